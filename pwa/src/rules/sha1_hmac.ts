// HMAC-SHA-1 without waiting: WebCrypto answers only later and only over HTTPS, and a badge must show at once, anywhere.

const BLOCK = 64

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by))

/** The message with its 0x80, zeros and bit length, a whole number of blocks (FIPS 180-4, 5.1.1). */
function padded(message: Uint8Array): DataView {
  const room = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK)
  room.set(message)
  room[message.length] = 0x80
  const view = new DataView(room.buffer)
  view.setUint32(room.length - 4, message.length * 8)
  return view
}

/** Round function and constant of step t (FIPS 180-4, 4.1.1 and 4.2.1). */
function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
  return (b ^ c ^ d) + 0xca62c1d6
}

function absorb(state: Int32Array, block: DataView, at: number): void {
  const w = new Int32Array(80)
  const word = (t: number) => w[t] ?? 0
  for (let t = 0; t < 16; t += 1) w[t] = block.getInt32(at + t * 4)
  for (let t = 16; t < 80; t += 1) w[t] = rotate(word(t - 3) ^ word(t - 8) ^ word(t - 14) ^ word(t - 16), 1)
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state
  for (let t = 0; t < 80; t += 1) {
    const next = (rotate(a, 5) + mix(t, b, c, d) + e + word(t)) | 0
    ;[e, d, c, b, a] = [d, c, rotate(b, 30), a, next]
  }
  ;[a, b, c, d, e].forEach((value, i) => {
    state[i] = (state[i] ?? 0) + value
  })
}

/** SHA-1 (FIPS 180-4): 20 bytes. Here only inside HMAC, where its known weakness does not matter. */
export function sha1(message: Uint8Array): Uint8Array {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  const blocks = padded(message)
  for (let at = 0; at < blocks.byteLength; at += BLOCK) absorb(state, blocks, at)
  const digest = new DataView(new ArrayBuffer(20))
  state.forEach((value, i) => {
    digest.setInt32(i * 4, value)
  })
  return new Uint8Array(digest.buffer)
}

/** HMAC-SHA-1 (RFC 2104): 20 bytes. */
export function sha1Hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > BLOCK ? sha1(key) : key
  const inner = new Uint8Array(BLOCK + message.length).fill(0x36, 0, BLOCK)
  const outer = new Uint8Array(BLOCK + 20).fill(0x5c, 0, BLOCK)
  short.forEach((byte, i) => {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  })
  inner.set(message, BLOCK)
  outer.set(sha1(inner), BLOCK)
  return sha1(outer)
}
