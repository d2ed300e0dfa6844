// A server that came back from a backup [L8] [M9]: it gets again what it lacks, and the screen does not flicker over it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { database } from '@/db/database'
import { readQuery, readRecord } from '@/db/live'
import { getMeta } from '@/db/meta'
import { by, create, patch } from '@/db/records'
import { nextBatch, takePushReply } from '@/sync/push'
import { readSummary } from '@/sync/states'
import type { FakeServer } from './fake_server'
import { Phone, smallServer } from './phone'

let server: FakeServer
let li: Phone

beforeEach(async () => {
  server = smallServer()
  li = await Phone.of('li')
})
afterEach(() => vi.unstubAllGlobals())

const noteOfZhang = async (): Promise<string | null | undefined> => (await readRecord('place', 'zhang'))?.note

describe('a server restored from a backup', () => {
  it('gets back what it lost, under the old numbers, once', async () => {
    await li.sync()
    await patch('place', 'zhang', { refusals: by(1) })
    await li.sync()
    const yesterday = server.backup()
    await patch('place', 'zhang', { refusals: by(1) })
    const visit = await create('visit', { place_id: 'zhang' })
    await li.sync()
    server.restore(yesterday, 'epoch-2')
    expect(server.row('visit', visit)).toBeUndefined()
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.row('visit', visit)).toBeDefined()
    expect(server.row('place', 'zhang')?.refusals).toBe(2)
    expect(server.lastMid(await li.clientId())).toBe(3)
    expect((await getMeta('told'))?.[0]?.code).toBe('epoch')
    expect(await readSummary()).toMatchObject({ waiting: 0, all_confirmed: true })
  })

  it('takes no new work before the phone has heard of it, and the screen keeps it', async () => {
    await li.sync()
    const yesterday = server.backup()
    for (let n = 0; n < 5; n++) server.put('place', { id: 'zhang', building: `${n}号楼` })
    await li.sync()
    server.restore(yesterday, 'epoch-2')
    await patch('place', 'zhang', { note: '有狗。按门铃。' })
    const batch = await nextBatch(database())
    const init = { method: 'POST', headers: { 'X-Doorstep': '1' }, body: JSON.stringify(batch?.body) }
    const reply = await server.fetch('/sync/push', init)
    if (batch) await takePushReply(database(), batch, await reply.json())
    expect(await li.outbox()).toEqual([1])
    expect(await noteOfZhang()).toBe('有狗。按门铃。')
    await li.sync()
    expect(await li.outbox()).toEqual([])
    expect(await noteOfZhang()).toBe('有狗。按门铃。')
  })

  it('gets it back from a phone that died while it heard of it', async () => {
    await li.sync()
    const yesterday = server.backup()
    const visit = await create('visit', { place_id: 'zhang' })
    await li.sync()
    server.restore(yesterday, 'epoch-2')
    vi.spyOn(database().kept, 'bulkDelete').mockImplementationOnce(() => {
      throw new Error('dead')
    })
    await expect(li.sync()).rejects.toThrow('dead')
    vi.restoreAllMocks()
    vi.stubGlobal('fetch', server.fetch)
    expect(await getMeta('epoch')).toBe('epoch-1')
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(server.row('visit', visit)).toBeDefined()
  })

  it('never empties the screen of a phone that goes offline meanwhile', async () => {
    await li.sync()
    server.restore(server.backup(), 'epoch-2')
    let calls = 0
    server.fault = () => (++calls > 1 ? 'drop' : null)
    await li.sync()
    expect(await noteOfZhang()).toBe('有狗。')
  })

  it('is not shown what it counted already a second time until its own row comes', async () => {
    await li.sync()
    const yesterday = server.backup()
    await patch('place', 'zhang', { refusals: by(1) })
    await li.sync()
    server.restore(yesterday, 'epoch-2')
    await patch('place', 'zhang', { refusals: by(1) })
    const refusals = async (): Promise<number | undefined> => (await readRecord('place', 'zhang'))?.refusals
    expect(await refusals()).toBe(2)
    let calls = 0
    server.fault = () => (++calls > 1 ? 'drop' : null)
    await li.sync()
    expect(await getMeta('epoch')).toBe('epoch-2')
    expect(await refusals()).toBe(2)
    expect(await readQuery('place', { where: { id: 'zhang' } })).toMatchObject([{ refusals: 2 }])
    server.fault = () => null
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(await refusals()).toBe(2)
    expect(server.row('place', 'zhang')?.refusals).toBe(2)
  })

  it('that lacks more than the phone still keeps makes the phone take a new number and go on', async () => {
    const empty = server.backup()
    await li.sync()
    await patch('place', 'zhang', { building: '1号楼' })
    await li.sync()
    await database().kept.clear()
    await database().results.clear()
    server.restore(empty, 'epoch-2')
    await patch('place', 'zhang', { building: '2号楼' })
    const before = await li.clientId()
    expect(await li.sync()).toEqual({ kind: 'complete' })
    expect(await li.clientId()).not.toBe(before)
    expect(server.row('place', 'zhang')?.building).toBe('2号楼')
  })
})
