import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { database } from '@/db/database'
import { readRecord } from '@/db/live'
import { getMeta } from '@/db/meta'
import { create, patch } from '@/db/records'
import { outdated } from '@/sync/progress'
import { SCHEMA } from '@/version'
import type { FakeServer } from './fake_server'
import { Phone, smallServer, TEAM } from './phone'

let server: FakeServer
let li: Phone

beforeEach(async () => {
  server = smallServer()
  li = await Phone.of('li')
})
afterEach(() => vi.unstubAllGlobals())

describe('an app that is older than its server', () => {
  it('keeps collections and fields it does not know, and goes on with those it does', async () => {
    await li.sync()
    server.put('spaceship', { id: 'x', scope: TEAM, name: '天宫' })
    server.put('place', { id: 'zhang', gate_code: '1234' })
    await patch('place', 'zhang', { note: '有狗。请敲门。' })
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.row('place', 'zhang')).toMatchObject({ note: '有狗。请敲门。', gate_code: '1234' })
    expect((await readRecord('place', 'zhang'))?.note).toBe('有狗。请敲门。')
    // What it cannot show counts in the digest all the same.
    expect(await getMeta('digest_misses', 0)).toBe(0)
    expect((await database().base.get(['spaceship', 'x']))?.record).toMatchObject({ name: '天宫' })
  })

  it('is told to update where it is too old, and delivers all the same', async () => {
    server.min_schema = SCHEMA + 1
    const visit = await create('visit', { place_id: 'zhang' })
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.row('visit', visit)).toBeDefined()
    expect(outdated.value).toBe(true)
    server.min_schema = SCHEMA
    await li.sync()
    expect(outdated.value).toBe(false)
  })
})
