import { describe, expect, it } from 'vitest'
import { countsOf, isOfKind, sectionsOf, shortAddress, stopsOf } from '@/features/today/route_list'
import { matches } from '@/features/today/search'
import { holdsBack, preferencesOf } from '@/features/visits/preferences'
import type { Place, Visit } from '@/wire'
import { household, LI, WANG } from './town'

const FRIDAY = '2026-11-20'
const SATURDAY = '2026-11-21'

function door(n: number, more: Partial<Place> = {}): Place {
  return { ...household(n), conflict: [], rev: 1, refusals: 0, ...more } as Place
}

function visitAt(place_id: string, arrived_at: number, more: Partial<Visit> = {}): Visit {
  return {
    id: `v${arrived_at}`,
    place_id,
    arrived_at,
    visit_on: FRIDAY,
    outcome: 'met',
    withdrawn: null,
    ...more,
  } as Visit
}

describe('today’s list', () => {
  it('shows what was begun first, then the open doors by route, then what is done with the latest on top', () => {
    const visits = [visitAt('door-1', 10), visitAt('door-2', 20), visitAt('door-4', 30, { outcome: null })]
    const order = stopsOf(
      [5, 2, 4, 1, 3].map((n) => door(n)),
      visits,
      FRIDAY,
    ).map((stop) => stop.place.id)
    expect(order).toEqual(['door-4', 'door-3', 'door-5', 'door-2', 'door-1'])
  })

  it('opens a door again when its visit was withdrawn, and forgets visits of other days', () => {
    const visits = [
      visitAt('door-1', 10, { withdrawn: true }),
      visitAt('door-2', 5, { visit_on: '2026-11-13' }),
    ]
    expect(stopsOf([door(1), door(2)], visits, FRIDAY).map((stop) => stop.state)).toEqual(['open', 'open'])
  })

  it('shows the later one of two visits to a door', () => {
    const [stop] = stopsOf(
      [door(1)],
      [visitAt('door-1', 20, { outcome: 'nobody' }), visitAt('door-1', 10)],
      FRIDAY,
    )
    expect(stop?.visit?.outcome).toBe('nobody')
  })

  it('counts each kind by itself: 1 of 2 households, 0 of 1 enterprises, no villages', () => {
    const stops = stopsOf([door(1), door(2), door(3, { kind: 'enterprise' })], [visitAt('door-1', 1)], FRIDAY)
    expect(countsOf(stops)).toEqual([
      { kind: 'household', done: 1, total: 2 },
      { kind: 'enterprise', done: 0, total: 1 },
    ])
  })

  it('puts a building’s name over its doors once', () => {
    const sections = sectionsOf(
      stopsOf(
        [1, 2, 6, 7].map((n) => door(n)),
        [],
        FRIDAY,
      ),
      { begun: 'b', done: 'd' },
    )
    expect(sections.map((one) => [one.heading, one.stops.length])).toEqual([
      ['柳园小区1号楼', 2],
      ['柳园小区2号楼', 2],
    ])
  })

  it('can be narrowed to the enterprises linked to Li', () => {
    const linked = door(1, { kind: 'enterprise', linked_cadre_id: LI })
    expect(isOfKind(linked, 'linked', LI)).toBe(true)
    expect(isOfKind(linked, 'linked', WANG)).toBe(false)
    expect(isOfKind(linked, 'household', LI)).toBe(false)
    expect(isOfKind(door(2), 'linked', null)).toBe(false)
  })

  it('leaves out of the address what the heading says', () => {
    expect(shortAddress(door(1))).toBe('2单元201')
    expect(shortAddress(door(1, { building: '东苑9号楼' }))).toBe('柳园街道柳园社区柳园小区1号楼2单元201')
    expect(shortAddress(door(1, { building: null, grid_name: null }))).toContain('柳园街道')
  })
})

describe('the search', () => {
  const zhang = door(1, { label: '张**', pinyin: 'z lyjdlysqlyxq1hl2dy201', tags: ['独居老人'] })
  it.each([
    ['张', true],
    ['張', true],
    ['２单元', true],
    ['z', true],
    ['LYXQ', true],
    ['1-2-201', true],
    ['2-201', true],
    ['独居 1号楼', true],
    ['', true],
    ['1-201', false],
    ['20', true],
    ['王', false],
    ['独居 3号楼', false],
  ])('for %s finds Zhang: %s', (query, found) => {
    expect(matches(zhang, query)).toBe(found)
  })
})

describe('a household’s wishes', () => {
  it('are told the weightiest first', () => {
    const all = door(1, { do_not_disturb: true, refusals: 4, weekends_only: true, call_first: true })
    expect(preferencesOf(all)).toEqual(['do_not_disturb', 'three_refusals', 'weekends_only', 'call_first'])
  })

  it('hold back a knock after the third refusal, not after the second', () => {
    expect(holdsBack(door(1, { refusals: 2 }), FRIDAY)).toBeNull()
    expect(holdsBack(door(1, { refusals: 3 }), FRIDAY)).toBe('three_refusals')
  })

  it('for weekends hold back on Friday and not on Saturday', () => {
    expect(holdsBack(door(1, { weekends_only: true }), FRIDAY)).toBe('weekends_only')
    expect(holdsBack(door(1, { weekends_only: true }), SATURDAY)).toBeNull()
  })

  it('to be called first do not stand in the way of one tap', () => {
    expect(holdsBack(door(1, { call_first: true }), FRIDAY)).toBeNull()
  })
})
