// Tracking codes as the phone makes them and as people type them, against the server's reading.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  formatTrackingCode,
  isTrackingCode,
  newTrackingCode,
  normalise,
  trackingCode,
} from '../src/rules/codes'

interface Vectors {
  made: { values: number[]; code: string; shown: string }[]
  typed: { typed: string; normal: string; right: boolean }[]
}

const file = resolve(import.meta.dirname, '../../tests/contract/codes.json')
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'))

describe('a tracking code', () => {
  it('made on the phone is the one the server would make', () => {
    expect(vectors.made.length).toBeGreaterThan(50)
    for (const { values, code, shown } of vectors.made) {
      expect(trackingCode(values)).toBe(code)
      expect(formatTrackingCode(code)).toBe(shown)
    }
  })

  it('typed by a resident is read as the server reads it', () => {
    expect(new Set(vectors.typed.map(({ right }) => right)).size).toBe(2)
    for (const { typed, normal, right } of vectors.typed) {
      expect(normalise(typed)).toBe(normal)
      expect(isTrackingCode(typed)).toBe(right)
    }
  })

  it('is fresh each time and always right', () => {
    const codes = Array.from({ length: 200 }, () => newTrackingCode())
    expect(codes.every(isTrackingCode)).toBe(true)
    expect(new Set(codes).size).toBe(200)
  })
})
