// Ids made on the phone: UUIDv7 (time-ordered) for new records, UUIDv5 for records that must be the same on every phone.

/** UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 random bits. */
export function uuid7(now_ms: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let rest = now_ms
  for (let place = 5; place >= 0; place--) {
    bytes[place] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return written(bytes, 0x70)
}

/** UUIDv5 (RFC 9562) of `name` in `namespace`; needs WebCrypto, so call it before opening a transaction. */
export async function uuid5(namespace: string, name: string): Promise<string> {
  const space = Uint8Array.from(namespace.replaceAll('-', '').match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  )
  const text = new TextEncoder().encode(name)
  const both = new Uint8Array(space.length + text.length)
  both.set(space)
  both.set(text, space.length)
  return written(new Uint8Array(await crypto.subtle.digest('SHA-1', both)).slice(0, 16), 0x50)
}

function written(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | version
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}

const DIARY_NAMESPACE = '6f1c0a52-5b1d-5a53-9a3e-0d1b6f6b7a11'

/** The id of a person's diary of a day: two phones of one person write the same record. */
export function diaryId(author_id: string, diary_on: string): Promise<string> {
  return uuid5(DIARY_NAMESPACE, `${author_id}/${diary_on}`)
}
