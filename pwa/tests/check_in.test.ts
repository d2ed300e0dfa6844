// The phone's grade of a visit against the server's, and its words.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Address,
  distanceInWords,
  distanceM,
  type Evidence,
  evidenceInWords,
  type Fix,
  gradeVisit,
  type Witness,
} from '../src/rules/check_in'

interface Vector {
  name: string
  address: Address
  location: Fix | { error: string }
  witness: Witness
  evidence: Evidence
  words: { zh: string; en: string }
}

const file = resolve(import.meta.dirname, '../../tests/contract/check_in.json')
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8'))

describe('a visit graded on the phone', () => {
  it.each(vectors)('gets the grade and the words of the server: $name', (vector) => {
    const { distance_m, ...grade } = gradeVisit(vector.address, vector.location, vector.witness)
    const { distance_m: expected, ...rest } = vector.evidence
    expect(grade).toEqual(rest)
    expect(evidenceInWords(vector.evidence)).toEqual(vector.words)
    if (expected === null) expect(distance_m).toBeNull()
    else expect(Math.abs((distance_m ?? Number.NaN) - expected)).toBeLessThanOrEqual(0.001 + expected / 1000)
  })

  it('is a full visit with the location switched off', () => {
    const door = { lat: 36.4566, lon: 115.9854, dwelling: 'building', confirmed: true }
    expect(gradeVisit(door, null)).toMatchObject({ grade: 'd', reason: 'off' })
  })

  it('follows the radii of the programme', () => {
    const door = { lat: 36.4566, lon: 115.9854, dwelling: 'building', confirmed: true }
    const fix = { lat: 36.4579, lon: 115.9854, accuracy_m: 5, taken_at: 1_795_161_600_000 }
    expect(gradeVisit(door, fix).location).toBe('outside')
    expect(gradeVisit(door, fix, {}, { building: 200 }).location).toBe('inside')
  })
})

describe('a distance', () => {
  it('is measured across the date line too', () => {
    expect(distanceM({ lat: 0, lon: 179.9995 }, { lat: 0, lon: -179.9995 })).toBeCloseTo(111.3, 1)
  })

  it('is said in round words', () => {
    expect(distanceInWords(3).zh).toBe('约10米')
    expect(distanceInWords(87).zh).toBe('约90米')
    expect(distanceInWords(1234)).toEqual({ zh: '约1.2公里', en: 'about 1.2 km' })
  })
})
