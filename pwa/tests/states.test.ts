import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { database } from '@/db/database'
import { create, patch } from '@/db/records'
import { sumOf } from '@/sync/digest'
import { readSummary, reasonInWords, stateInWords, stateOf, worstOf } from '@/sync/states'
import type { FakeServer } from './fake_server'
import { Phone, smallServer } from './phone'

let server: FakeServer
let li: Phone

beforeEach(async () => {
  server = smallServer()
  li = await Phone.of('li')
})
afterEach(() => vi.unstubAllGlobals())

async function keptPhoto(sha256: string): Promise<void> {
  const bytes = new TextEncoder().encode(sha256).buffer
  await database().attachments.put({ sha256, type: 'image/jpeg', bytes, created_at: 1, state: 'draft' })
}

describe('honest words', () => {
  it('tell each state of a mutation apart', () => {
    expect(stateOf(undefined, false)).toBe('waiting')
    expect(stateOf(undefined, true)).toBe('sending')
    expect(stateOf({ outcome: 'applied' }, false)).toBe('confirmed')
    expect(stateOf({ outcome: 'merged' }, false)).toBe('differs')
    expect(stateOf({ outcome: 'conflict' }, false)).toBe('differs')
    expect(stateOf({ outcome: 'parked', code: 'invalid_value' }, false)).toBe('needs_you')
    expect(stateOf({ outcome: 'parked', code: 'scope_lost' }, false)).toBe('with_leader')
  })

  it('speak of the worst part of a record, and count its photos', () => {
    expect(worstOf(['confirmed', 'waiting', 'needs_you'])).toBe('needs_you')
    expect(worstOf([])).toBe('confirmed')
    expect(stateInWords({ state: 'confirmed', photos: { total: 3, waiting: 1 } })).toBe('已送达，照片 2/3')
  })

  it('give a reason even for a code this version does not know', () => {
    const result = {
      uuid: 'u',
      outcome: 'parked' as const,
      code: 'from_the_future',
      answered_at: 1,
      settled: 0 as const,
    }
    expect(reasonInWords(result)).toMatchObject({ zh: expect.any(String), en: expect.any(String) })
  })
})

describe('"everything is delivered"', () => {
  it('is not said before the first complete pull', async () => {
    expect((await readSummary()).all_confirmed).toBe(false)
    await li.sync()
    expect((await readSummary()).all_confirmed).toBe(true)
  })

  it('is not said while anything waits, was refused, or is a photo on its way', async () => {
    await li.sync()
    await patch('place', 'zhang', { building: '1号楼' })
    expect(await readSummary()).toMatchObject({ waiting: 1, all_confirmed: false })
    await li.sync()
    await patch('place', 'zhang', { note: 'poison' })
    await li.sync()
    expect(await readSummary()).toMatchObject({ waiting: 0, parked: 1, all_confirmed: false })
    await database().results.toCollection().modify({ settled: 1 })
    await keptPhoto('ab')
    await create('visit', { place_id: 'zhang', photos: ['ab'] })
    await li.sync()
    expect(await readSummary()).toMatchObject({ waiting: 0, photos_waiting: 1, all_confirmed: false })
    expect(await li.photos()).toBe('done')
    expect(await readSummary()).toMatchObject({ photos_waiting: 0, all_confirmed: true })
  })
})

describe('photos', () => {
  it('travel apart from the record, and their bytes go only when both have arrived', async () => {
    await keptPhoto('ab')
    await create('visit', { place_id: 'zhang', photos: ['ab'] })
    await li.photos()
    expect(server.hasPhoto('ab')).toBe(true)
    expect(await database().attachments.count()).toBe(1)
    await li.sync()
    await li.photos()
    expect(await database().attachments.count()).toBe(0)
  })

  it('that the server holds already are not sent again', async () => {
    await keptPhoto('ab')
    await create('visit', { photos: ['ab'] })
    await li.photos()
    const wang = await Phone.of('wang')
    await keptPhoto('ab')
    await create('visit', { photos: ['ab'] })
    server.heard = []
    await wang.photos()
    expect(server.heard).toEqual(['HEAD /attachments/ab'])
  })

  it('that the server cannot read are said to be refused and stop no other', async () => {
    await keptPhoto('aa')
    await keptPhoto('bb')
    await create('visit', { photos: ['aa', 'bb'] })
    const headers = { 'Content-Type': 'application/json', 'X-Doorstep': '1' }
    server.fault = (path, request) =>
      path.endsWith('aa') && request.method === 'PUT'
        ? new Response('{"error":"photo_not_picture"}', { status: 422, headers })
        : null
    expect(await li.photos()).toBe('done')
    expect(server.hasPhoto('bb')).toBe(true)
    expect(await readSummary()).toMatchObject({ photos_refused: 1, photos_waiting: 0 })
  })

  it('wait when the network is gone half-way', async () => {
    await keptPhoto('ab')
    await create('visit', { photos: ['ab'] })
    server.fault = (_path, request) => (request.method === 'PUT' ? 'drop' : null)
    expect(await li.photos()).toBe('stopped')
    expect((await database().attachments.get('ab'))?.state).toBe('local')
  })
})

describe('a digest', () => {
  it('is a sum modulo 2^64, whatever the order', () => {
    expect(sumOf(['ffffffffffffffff', '0000000000000002'])).toBe('0000000000000001')
    expect(sumOf([])).toBe('0000000000000000')
  })
})
