import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { database } from '@/db/database'
import { readRecord } from '@/db/live'
import { getMeta, setMeta } from '@/db/meta'
import { by, create, patch } from '@/db/records'
import { waitBefore } from '@/sync/back_off'
import { nextBatch, takePushReply } from '@/sync/push'
import { readSummary } from '@/sync/states'
import { tidy } from '@/sync/tidy'
import type { FakeServer } from './fake_server'
import { Phone, smallServer, TEAM } from './phone'

let server: FakeServer
let li: Phone

beforeEach(async () => {
  server = smallServer()
  li = await Phone.of('li')
})
afterEach(() => vi.unstubAllGlobals())

const noteOfZhang = async (): Promise<string | null | undefined> => (await readRecord('place', 'zhang'))?.note

describe('a round of push and pull', () => {
  it('brings the base, delivers the work, and empties the outbox', async () => {
    await li.sync()
    const visit = await create('visit', { place_id: 'zhang', outcome: 'met' })
    await patch('place', 'zhang', { refusals: by(2), tags: ['独居'] })
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.row('visit', visit)).toMatchObject({ place_id: 'zhang', outcome: 'met' })
    expect(server.row('place', 'zhang')).toMatchObject({ refusals: 2, tags: ['独居'] })
    expect(await li.outbox()).toEqual([])
    expect((await readRecord('visit', visit))?.rev).toBe(1)
  })

  it('is one request when nothing is new', async () => {
    await li.sync()
    server.heard = []
    await li.sync()
    expect(server.heard).toEqual(['POST /sync/pull'])
  })

  it('reads page after page until the end, and its digest agrees', async () => {
    server.page = 3
    for (let n = 0; n < 10; n++) server.put('place', { id: `p${n}`, scope: TEAM, label: `户${n}` })
    await li.sync()
    expect(await database().base.where({ scope: TEAM }).count()).toBe(11)
    expect(await getMeta('digest_misses', 0)).toBe(0)
  })

  it('brings two people’s edits of different fields together without a conflict', async () => {
    const wang = await Phone.of('wang')
    await wang.sync()
    await li.sync()
    await patch('place', 'zhang', { building: '1号楼' })
    wang.use()
    await patch('place', 'zhang', { note: '没有狗。' })
    await wang.sync()
    await li.sync()
    expect(await readRecord('place', 'zhang')).toMatchObject({
      building: '1号楼',
      note: '没有狗。',
      conflict: [],
    })
  })

  it('keeps the other person’s value on the record, and settles it by an ordinary mutation', async () => {
    const wang = await Phone.of('wang')
    await wang.sync()
    await li.sync()
    await patch('place', 'zhang', { building: '1号楼' })
    await li.sync()
    wang.use()
    await patch('place', 'zhang', { building: '2号楼' })
    await wang.sync()
    const entry = (await readRecord('place', 'zhang'))?.conflict[0]
    expect(entry).toMatchObject({ field: 'building', value: '1号楼', kind: 'lost' })
    await patch('place', 'zhang', {}, { settles: [entry?.uuid ?? ''] })
    await wang.sync()
    expect((await readRecord('place', 'zhang'))?.conflict).toEqual([])
    expect(server.row('place', 'zhang')?.conflict).toEqual([])
  })
})

describe('an acknowledged mutation', () => {
  it('stays on the screen until a pull has covered it', async () => {
    await li.sync()
    await patch('place', 'zhang', { note: '有狗。按门铃。' })
    const batch = await nextBatch(database())
    server.fault = (path) => (path === '/sync' ? new Response('', { status: 502 }) : null)
    await li.sync()
    server.fault = () => null
    // Only the push gets through, as when the network dies between the two.
    const reply = await server.fetch('/sync/push', {
      method: 'POST',
      headers: { 'X-Doorstep': '1' },
      body: JSON.stringify(batch?.body),
    })
    if (batch) await takePushReply(database(), batch, await reply.json())
    expect(await li.outbox()).toEqual([1])
    expect(await noteOfZhang()).toBe('有狗。按门铃。')
    expect((await readSummary()).all_confirmed).toBe(false)
    await li.sync()
    expect(await li.outbox()).toEqual([])
    expect(await noteOfZhang()).toBe('有狗。按门铃。')
    expect((await readSummary()).all_confirmed).toBe(true)
  })

  it('counts as covered when its scope was lost, and the work is not lost with it', async () => {
    await li.sync()
    const visit = await create('visit', { place_id: 'zhang' })
    server.scopes = [TEAM]
    await li.sync()
    server.scopes = ['all']
    await li.sync()
    expect(await database().base.where({ scope: TEAM }).count()).toBe(0)
    expect(server.row('visit', visit)).toBeDefined()
  })
})

describe('a network that fails', () => {
  it('loses nothing and doubles nothing when the answer is lost after the commit', async () => {
    await li.sync()
    await patch('place', 'zhang', { refusals: by(1) })
    server.fault = () => 'drop_after'
    expect(await li.sync()).toEqual({ kind: 'offline' })
    server.fault = () => null
    await li.sync()
    expect(server.row('place', 'zhang')?.refusals).toBe(1)
    expect(await li.outbox()).toEqual([])
  })

  it('survives an answer that is cut off', async () => {
    await create('visit', { place_id: 'zhang' })
    server.fault = () => 'cut'
    expect(await li.sync()).toEqual({ kind: 'offline' })
    server.fault = () => null
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.count('visit')).toBe(1)
  })

  it('is told from a captive portal, whose page is never taken for ours', async () => {
    await create('visit', { place_id: 'zhang' })
    const page = { headers: { 'Content-Type': 'text/html' } }
    server.fault = () => new Response('<html>请登录 Wi-Fi</html>', page)
    expect(await li.sync()).toEqual({ kind: 'portal' })
    server.fault = () =>
      new Response('{"push": {"results": []}}', { headers: { 'Content-Type': 'application/json' } })
    expect(await li.sync()).toEqual({ kind: 'portal' })
    server.fault = () => new Response('', { status: 401 })
    expect(await li.sync()).toEqual({ kind: 'portal' })
    expect(await li.outbox()).toEqual([1])
  })

  it('asks for no more than the gateway lets through', async () => {
    for (let n = 0; n < 12; n++) await create('visit', { place_id: 'zhang', note: '长'.repeat(1000) })
    server.max_bytes = 12_000
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.count('visit')).toBe(12)
  })

  it('splits by number and by bytes, and always sends at least one', async () => {
    for (let n = 0; n < 5; n++) await create('visit', { place_id: 'zhang', note: '长'.repeat(1000) })
    expect((await nextBatch(database(), 10_000))?.body.mutations.map((one) => one.mid)).toEqual([1, 2])
    expect((await nextBatch(database(), 10))?.body.mutations).toHaveLength(1)
    expect((await nextBatch(database()))?.body.mutations).toHaveLength(5)
  })

  it('still pulls when the push is told to come back later', async () => {
    await li.sync()
    server.put('place', { id: 'wang', scope: TEAM, label: '王*' })
    await create('visit', { place_id: 'zhang' })
    server.busy = true
    expect(await li.sync()).toEqual({ kind: 'busy', retry_after_s: 20 })
    expect(await readRecord('place', 'wang')).not.toBeNull()
    expect(await li.outbox()).toEqual([1])
  })
})

describe('when to come back', () => {
  it('honours Retry-After and never sooner, doubles after failures, and rests after success', () => {
    expect(waitBefore({ kind: 'busy', retry_after_s: 20 }, 1, 300_000, () => 0)).toBe(20_000)
    expect(waitBefore({ kind: 'busy', retry_after_s: 20 }, 1, 300_000, () => 1)).toBe(30_000)
    expect(waitBefore({ kind: 'offline' }, 1, 300_000, () => 0.5)).toBe(4_000)
    expect(waitBefore({ kind: 'offline' }, 3, 300_000, () => 0.5)).toBe(16_000)
    expect(waitBefore({ kind: 'offline' }, 99, 300_000, () => 0.5)).toBe(300_000)
    expect(waitBefore({ kind: 'complete' }, 0, 300_000)).toBe(300_000)
  })
})

describe('outcomes', () => {
  it('one bad mutation stops no other, and its author reads why', async () => {
    await li.sync()
    await patch('place', 'zhang', { note: 'poison' })
    const visit = await create('visit', { place_id: 'zhang' })
    await li.sync()
    expect(server.row('visit', visit)).toBeDefined()
    const [parked] = await database().results.where({ outcome: 'parked' }).toArray()
    expect(parked).toMatchObject({ code: 'invalid_value', settled: 0 })
    expect(await database().kept.get({ uuid: parked?.uuid ?? '' })).toMatchObject({ id: 'zhang' })
    // The screen shows what is true on the server, not what was refused.
    expect(await noteOfZhang()).toBe('有狗。')
    expect(await readSummary()).toMatchObject({ parked: 1, all_confirmed: false })
  })

  it('are kept for thirty days, a parked one until it is put away', async () => {
    await li.sync()
    await patch('place', 'zhang', { note: 'poison' })
    await patch('place', 'zhang', { building: '1号楼' })
    await li.sync()
    const later = Date.now() + 31 * 86_400_000
    await tidy(database(), later)
    expect((await database().kept.toArray()).map((row) => row.mid)).toEqual([1])
    await database().results.toCollection().modify({ settled: 1 })
    await tidy(database(), later)
    expect(await database().kept.count()).toBe(0)
  })
})

describe('a cloned or wiped phone', () => {
  it('takes a new number when its own was used by another, and both phones’ work arrives', async () => {
    const number = await li.clientId()
    const clone = await Phone.of('clone')
    await setMeta('client_id', number)
    li.use()
    const a = await create('visit', { place_id: 'zhang', note: 'a' })
    await li.sync()
    clone.use()
    const b = await create('visit', { place_id: 'zhang', note: 'b' })
    expect(await clone.sync()).toEqual({ kind: 'complete' })
    expect(server.row('visit', a)?.note).toBe('a')
    expect(server.row('visit', b)?.note).toBe('b')
    expect(await clone.clientId()).not.toBe(number)
    expect((await getMeta('told'))?.map((one) => one.code)).toEqual(['new_number'])
    expect(await clone.outbox()).toEqual([])
  })

  it('notices that it gave out more numbers than it remembers', async () => {
    await create('visit', { place_id: 'zhang' })
    await li.sync()
    const number = await li.clientId()
    const wiped = await Phone.of('wiped')
    await setMeta('client_id', number)
    await wiped.sync()
    expect(await wiped.clientId()).not.toBe(number)
    expect((await getMeta('told'))?.map((one) => one.code)).toEqual(['new_number'])
  })
})

describe('scopes', () => {
  it('an exit from the old team does not take away what has arrived in the new one', async () => {
    server.scopes = [TEAM, 'team:t2', 'all']
    await li.sync()
    server.put('place', { id: 'zhang', scope: 'team:t2' })
    await li.sync()
    expect((await readRecord('place', 'zhang'))?.scope).toBe('team:t2')
    server.scopes = [TEAM, 'all']
    await li.sync()
    expect(await readRecord('place', 'zhang')).toBeNull()
  })

  it('whose digest differs is read anew, and the outbox is not touched', async () => {
    await li.sync()
    await database().base.where({ scope: TEAM }).delete()
    server.put('place', { id: 'wang', scope: TEAM, label: '王*' })
    await create('visit', { place_id: 'zhang', note: 'poison' })
    await li.sync()
    expect(await noteOfZhang()).toBe('有狗。')
    expect(await getMeta('digest_misses')).toBe(1)
  })

  it('that the server resets are dropped and read again from the beginning', async () => {
    await li.sync()
    server.put('place', { id: 'wang', scope: TEAM, label: '王*' })
    await database().cursors.update(TEAM, { cursor: 999 })
    await li.sync()
    expect(await readRecord('place', 'wang')).not.toBeNull()
    expect((await database().cursors.get(TEAM))?.cursor).toBe(2)
  })
})

describe('a gap', () => {
  it('makes the phone send again from where the server’s knowledge ends', async () => {
    await create('visit', { place_id: 'zhang', note: 'a' })
    await li.sync()
    const number = await li.clientId()
    server.forget(number)
    await create('visit', { place_id: 'zhang', note: 'b' })
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.lastMid(number)).toBe(2)
  })
})

describe('sessions', () => {
  it('that expired say so and keep everything', async () => {
    await create('visit', { place_id: 'zhang' })
    server.signed_in = false
    expect(await li.sync()).toEqual({ kind: 'expired' })
    expect(await li.outbox()).toEqual([1])
  })

  it('of a phone whose owner left the post hand in the work and pull nothing', async () => {
    await create('visit', { place_id: 'zhang' })
    server.fault = (path) => {
      const body = JSON.stringify({ error: 'device_revoked', zh: '已停用。', en: 'Revoked.' })
      const headers = { 'Content-Type': 'application/json', 'X-Doorstep': '1' }
      return path === '/sync/push' ? null : new Response(body, { status: 403, headers })
    }
    expect(await li.sync()).toEqual({ kind: 'revoked' })
    expect(server.count('visit')).toBe(1)
  })

  it('of a phone whose owner left the post hand the work in again when the server lost it', async () => {
    await li.sync()
    const yesterday = server.backup()
    server.fault = (path) => {
      const body = JSON.stringify({ error: 'device_revoked', zh: '已停用。', en: 'Revoked.' })
      const headers = { 'Content-Type': 'application/json', 'X-Doorstep': '1' }
      return path === '/sync/push' ? null : new Response(body, { status: 403, headers })
    }
    await create('visit', { place_id: 'zhang' })
    await li.sync()
    server.restore(yesterday, 'epoch-2')
    expect(server.count('visit')).toBe(0)
    expect(await li.sync()).toEqual({ kind: 'revoked' })
    expect(server.count('visit')).toBe(1)
  })
})
