// The badge's digits, offline, against the server's.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { badgeChangesInMs, badgeCode, badgeSecret } from '../src/rules/badge'
import { sha1 } from '../src/rules/sha1_hmac'

interface Vector {
  secret_hex: string
  at_ms: number
  code: string
  changes_in_ms: number
}

const file = resolve(import.meta.dirname, '../../tests/contract/badge.json')
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8'))
const bytes = (text: string) => new TextEncoder().encode(text)
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')
const unhex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

describe('the badge on a phone without network', () => {
  it('shows the digits the server expects, for every secret and instant', () => {
    const shown = vectors.map(({ secret_hex, at_ms }) => badgeCode(unhex(secret_hex), at_ms))
    expect(vectors.length).toBeGreaterThan(40)
    expect(shown).toEqual(vectors.map(({ code }) => code))
  })

  it('knows when its digits change', () => {
    expect(vectors.map(({ at_ms }) => badgeChangesInMs(at_ms))).toEqual(vectors.map((v) => v.changes_in_ms))
  })

  it('agrees with the examples of RFC 6238', () => {
    const secret = bytes('12345678901234567890')
    const seconds = [59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000]
    expect(seconds.map((s) => badgeCode(secret, s * 1000))).toEqual([
      '287082',
      '081804',
      '050471',
      '005924',
      '279037',
      '353130',
    ])
  })

  it('reads the secret the session brings, and shows nothing for a broken one', () => {
    expect(badgeSecret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')).toEqual(bytes('12345678901234567890'))
    expect(badgeSecret('MZXW6===')).toEqual(bytes('foo'))
    expect(badgeSecret('no secret!')).toBeNull()
    expect(badgeSecret('')).toBeNull()
  })
})

describe('SHA-1', () => {
  it('agrees with the examples of FIPS 180-4 and around the block border', () => {
    expect(hex(sha1(bytes('abc')))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
    expect(hex(sha1(bytes('')))).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709')
    expect(hex(sha1(bytes('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')))).toBe(
      '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
    )
  })
})
