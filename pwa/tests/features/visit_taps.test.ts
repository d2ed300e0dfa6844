import { afterEach, describe, expect, it } from 'vitest'
import { readQuery, readRecord } from '@/db/live'
import { patch } from '@/db/records'
import { UNDO_SECONDS } from '@/features/visits/quick_undo'
import type { City } from '../fake_server'
import { outbox, patiently, Screen, stored } from './screen'
import { household, LI, TEAM_SCOPE, WANG } from './town'

let screen: Screen
afterEach(() => screen.close())

const rows = (): City['rows'] => [
  ['place', household(1)],
  ['place', household(2)],
  ['place', household(3, { do_not_disturb: true })],
]

async function visits() {
  return readQuery('visit', {})
}

describe('an ordinary visit', () => {
  it('takes Li four taps: arrived, met, nothing, done', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await screen.tap('见到人')
    await screen.tap('没事')
    await screen.tap('完成')
    await patiently(() => expect(screen.path).toBe('/'))
    expect(screen.taps).toBe(4)
    const [visit] = await visits()
    expect(visit).toMatchObject({
      place_id: 'door-1',
      cadre_id: LI,
      outcome: 'met',
      finding: 'nothing',
      mode: 'doorstep',
      taps: 4,
    })
    expect(visit?.finished_at).toBeGreaterThanOrEqual(visit?.arrived_at ?? Number.POSITIVE_INFINITY)
  })

  it('is on the disk with the first tap, before anything is known of the location', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await patiently(() => expect(screen.path).toMatch(/^\/visit\//))
    const [first] = await outbox('visit')
    expect(first).toMatchObject({ op: 'create' })
    expect(first?.changes.fix).toBeUndefined()
  })

  it('goes on without a location, which is stored as unavailable', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await patiently(async () => expect(await stored('visit', 'fix')).toEqual({ error: 'unavailable' }))
    await screen.sees('走访照常有效')
  })

  it('asks nothing of the phone when Li has switched location off', async () => {
    const off = { id: LI, scope: TEAM_SCOPE, name: '李建国', location_off: true }
    screen = await Screen.open([...rows(), ['cadre', off]])
    await screen.tap('到了：张1*')
    await patiently(async () => expect(await stored('visit', 'fix')).toEqual({ error: 'off' }))
  })

  it('asks nothing of the phone when the programme takes no location', async () => {
    screen = await Screen.open(rows(), '/', { location_check_in: false })
    await screen.tap('到了：张1*')
    await patiently(async () => expect(await stored('visit', 'fix')).toEqual({ error: 'off' }))
  })
})

describe('nobody home', () => {
  it('takes Li three taps: arrived, nobody, card left', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await screen.tap('无人')
    await screen.tap('已留联系卡')
    await patiently(() => expect(screen.path).toBe('/'))
    expect(screen.taps).toBe(3)
    expect((await visits())[0]).toMatchObject({ outcome: 'nobody', card_left: true, finding: null })
  })

  it('can be undone from the list for eight seconds, and Li is back at the door', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await screen.tap('无人')
    await screen.tap('已留联系卡')
    await patiently(() => expect(screen.path).toBe('/'))
    await screen.sees(`${UNDO_SECONDS}`)
    await screen.tap('撤销')
    await patiently(() => expect(screen.path).toMatch(/^\/visit\//))
    expect((await visits())[0]).toMatchObject({
      outcome: null,
      card_left: null,
      finished_at: null,
      withdrawn: null,
    })
  })
})

describe('a slip of the thumb', () => {
  it('on "arrived" twice makes one visit', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*', 2)
    await patiently(() => expect(screen.path).toMatch(/^\/visit\//))
    await screen.go('/place/door-1')
    await screen.tap('到了')
    await patiently(() => expect(screen.path).toMatch(/^\/visit\//))
    expect(await visits()).toHaveLength(1)
  })

  it('can be taken back: the visit stays on record as withdrawn and the door is open again', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await screen.tap('见到人')
    await screen.tap('点错了，撤回这次走访')
    await screen.tap('撤回')
    await patiently(() => expect(screen.path).toBe('/'))
    expect((await visits())[0]?.withdrawn).toBe(true)
    await patiently(() => expect(screen.offers('到了：张1*')).toBe(true))
  })
})

describe('a household that asks not to be disturbed', () => {
  it('has no quick button, but a calm word and a way to record a visit all the same', async () => {
    screen = await Screen.open(rows())
    await screen.sees('请勿打扰')
    expect(screen.offers('到了：张3*')).toBe(false)
    await screen.go('/place/door-3')
    await screen.sees('没有约好，请不要敲门')
    await screen.tap('仍要记录走访')
    await patiently(() => expect(screen.path).toMatch(/^\/visit\//))
  })
})

describe('a visit as the server sends it', () => {
  it('with null where a list is empty opens all the same', async () => {
    const bare = {
      id: 'v1',
      scope: TEAM_SCOPE,
      place_id: 'door-1',
      cadre_id: WANG,
      companions: null,
      photos: null,
      outcome: 'met',
    }
    screen = await Screen.open([...rows(), ['visit', bare]], '/visit/v1')
    await screen.sees('到访依据')
    expect((await readRecord('visit', 'v1'))?.companions).toEqual([])
  })
})

describe('companions', () => {
  it('of the last door walk along to the next one', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await patiently(() => expect(screen.path).toMatch(/^\/visit\//))
    const id = screen.path.slice('/visit/'.length)
    await patch('visit', id, { companions: [WANG] })
    await screen.go('/')
    await screen.tap('到了：张2*')
    await patiently(() => expect(screen.path).not.toBe(`/visit/${id}`))
    await patiently(() => expect(screen.path).toMatch(/^\/visit\//))
    expect((await readRecord('visit', screen.path.slice('/visit/'.length)))?.companions).toEqual([WANG])
  })
})
