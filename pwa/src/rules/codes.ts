// Tracking codes (查询码): made on the phone at the door, read aloud and typed by residents.
// Twin of app/domain/codes.py; both are held to tests/contract/codes.json.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TRACKING_SIGNS = 10
// Spelled out because "white space" is not the same in Python and on the phone.
const GAPS = /[ \t\r\n\u00a0\u2000-\u200b\u3000\ufeff_\-\u2010-\u2015\u2212]+/g
const MISREAD: Record<string, string> = { O: '0', I: '1', L: '1' }

/** Times x in the field of 32 elements (polynomial x^5 + x^2 + 1). */
const doubled = (value: number) => (value < 16 ? value << 1 : (value << 1) ^ 0b100101)

/** The sign that makes a code proof against one wrong sign and against two exchanged ones. */
export function checkSign(signs: string): string {
  let total = 0
  for (const sign of signs) total = doubled(total ^ ALPHABET.indexOf(sign))
  return ALPHABET.charAt(total)
}

/** The tracking code of nine values from 0 to 31. Without dash. */
export function trackingCode(values: ArrayLike<number>): string {
  const body = Array.from({ length: TRACKING_SIGNS - 1 }, (_, i) =>
    ALPHABET.charAt((values[i] ?? 0) & 31),
  ).join('')
  return body + checkSign(body)
}

/** A fresh tracking code. */
export function newTrackingCode(): string {
  return trackingCode(crypto.getRandomValues(new Uint8Array(TRACKING_SIGNS - 1)))
}

/** What somebody typed, in the alphabet where possible: o→0, i and l→1, no dashes, no full width. */
export function normalise(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(GAPS, '')
    .replace(/[a-z]/g, (sign) => sign.toUpperCase())
    .replace(/[OIL]/g, (sign) => MISREAD[sign] ?? sign)
}

/** Whether this is a tracking code however it was typed. */
export function isTrackingCode(text: string): boolean {
  const code = normalise(text)
  const body = code.slice(0, -1)
  return /^[0-9A-HJKMNP-TV-Z]{10}$/.test(code) && checkSign(body) === code.slice(-1)
}

/** As people read it: XXXXX-XXXXX. */
export function formatTrackingCode(code: string): string {
  return `${code.slice(0, 5)}-${code.slice(5)}`
}
