// The badge (工作证): six digits that change every 30 seconds, made on the phone without any network.
// Twin of app/domain/badge.py (RFC 6238); both are held to tests/contract/badge.json.
import { sha1Hmac } from './sha1_hmac'

export const STEP_MS = 30_000
const DIGITS = 6
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The six digits of this instant (ms since 1970). */
export function badgeCode(secret: Uint8Array, atMs: number): string {
  const step = new DataView(new ArrayBuffer(8))
  step.setBigUint64(0, BigInt(Math.max(Math.floor(atMs / STEP_MS), 0)))
  const mac = new DataView(sha1Hmac(secret, new Uint8Array(step.buffer)).buffer)
  const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** How long the present digits stay, for the ring around them: 1 to 30,000 ms. */
export function badgeChangesInMs(atMs: number): number {
  return STEP_MS - (((atMs % STEP_MS) + STEP_MS) % STEP_MS)
}

/** The secret as the session brings it (RFC 4648 base32); null if it is none, so that no wrong digits are shown. */
export function badgeSecret(base32: string): Uint8Array | null {
  const signs = base32.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((signs.length * 5) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (const sign of signs) {
    const value = BASE32.indexOf(sign)
    if (value < 0) return null
    bits = ((bits << 5) | value) & 0xfff
    held += 5
    if (held >= 8) {
      held -= 8
      bytes[at] = bits >> held
      at += 1
    }
  }
  return bytes.length > 0 ? bytes : null
}
