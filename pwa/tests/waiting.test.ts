import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { database } from '@/db/database'
import { readRecord } from '@/db/live'
import { by, create, patch } from '@/db/records'
import { differencesOf, keepBoth, take, together } from '@/features/conflict/sides'
import { readDiffering, readParked, readWaiting, stateOfWaiting } from '@/features/waiting/held'
import { putAway, submitAgain } from '@/features/waiting/mend'
import { exportFile } from '@/sync/outbox_file'
import type { FakeServer } from './fake_server'
import { Phone, smallServer } from './phone'

let server: FakeServer
let li: Phone

beforeEach(async () => {
  server = smallServer()
  li = await Phone.of('li')
  await li.sync()
})
afterEach(() => vi.unstubAllGlobals())

describe('work on its way', () => {
  it('is listed once for each record, in words', async () => {
    const visit = await create('visit', { place_id: 'zhang' })
    await patch('visit', visit, { outcome: 'met' })
    const [one, ...others] = await readWaiting()
    expect(others).toEqual([])
    expect(one).toMatchObject({ id: visit, title: '走访 · 张*' })
    expect(one && stateOfWaiting(one, new Set())).toBe('waiting')
    expect(one && stateOfWaiting(one, new Set(one.mutations.map(({ uuid }) => uuid)))).toBe('sending')
  })
})

describe('work that was not accepted', () => {
  it('says what it was and why, and can be submitted again over what is true now', async () => {
    server.put('place', { id: 'zhang', tags: ['独居', '军属'] })
    await li.sync()
    await patch('place', 'zhang', { note: 'poison', tags: ['军属', '困难'], refusals: by(1) })
    await li.sync()
    const [parked] = await readParked()
    expect(parked?.title).toBe('走访对象 · 张*')
    expect(parked?.lines).toEqual(['备注：poison'])
    server.put('place', { id: 'zhang', tags: ['独居', '军属', '党员'] })
    await li.sync()
    if (parked) await submitAgain(parked)
    expect(await readParked()).toEqual([])
    expect(await readRecord('place', 'zhang')).toMatchObject({
      note: 'poison',
      tags: ['军属', '党员', '困难'],
      refusals: 1,
    })
  })

  it('leaves the list when it was read', async () => {
    await patch('place', 'zhang', { note: 'poison' })
    await li.sync()
    const [parked] = await readParked()
    await putAway(parked?.result.uuid ?? '')
    expect(await readParked()).toEqual([])
  })
})

describe('the file a person can take away', () => {
  it('holds what waits, what was refused, drafts and photos, and nothing that has arrived', async () => {
    await patch('place', 'zhang', { building: '1号楼' })
    await li.sync()
    await patch('place', 'zhang', { note: 'poison' })
    await li.sync()
    const bytes = new Uint8Array([255, 216]).buffer
    await database().attachments.put({
      sha256: 'ab',
      type: 'image/jpeg',
      bytes,
      created_at: 1,
      state: 'draft',
    })
    await database().drafts.put({ key: 'diary', value: { text: '没写完' }, saved_at: 1 })
    const visit = await create('visit', { place_id: 'zhang', photos: ['ab'] })
    const file = JSON.parse(await (await exportFile()).text())
    expect(file.outbox).toMatchObject([{ mid: 3, id: visit, op: 'create' }])
    expect(file.parked).toMatchObject([{ mid: 2, changes: { note: { to: 'poison' } } }])
    expect(file.drafts).toMatchObject([{ key: 'diary' }])
    expect(file.attachments).toMatchObject([{ sha256: 'ab', bytes: btoa('\u00ff\u00d8') }])
  })
})

describe('two ways of writing the same', () => {
  async function twoNotes() {
    const wang = await Phone.of('wang')
    await wang.sync()
    li.use()
    await patch('place', 'zhang', { note: '敲门请大声。' })
    await li.sync()
    wang.use()
    await patch('place', 'zhang', { note: '下午在家。' })
    await wang.sync()
    await li.sync()
    const place = await readRecord('place', 'zhang')
    const [difference] = place ? await differencesOf(place, 'place', 'other') : []
    if (!difference) throw new Error('no difference')
    return difference
  }

  it('stand side by side, one’s own first', async () => {
    const { sides, may_keep_both } = await twoNotes()
    expect(sides.map(({ text, mine, current }) => [text, mine, current])).toEqual([
      ['敲门请大声。', true, false],
      ['下午在家。', false, true],
    ])
    expect(may_keep_both).toBe(true)
    expect(await readDiffering()).toMatchObject([{ id: 'zhang', count: 1 }])
  })

  it('end with the one that was chosen', async () => {
    const difference = await twoNotes()
    await take('place', 'zhang', difference, difference.sides[0])
    await li.sync()
    expect(server.row('place', 'zhang')).toMatchObject({ note: '敲门请大声。', conflict: [] })
  })

  it('end without a change when the present one is kept', async () => {
    const difference = await twoNotes()
    await take('place', 'zhang', difference, difference.sides[1])
    await li.sync()
    expect(server.row('place', 'zhang')).toMatchObject({ note: '下午在家。', conflict: [] })
    expect(await readDiffering()).toEqual([])
  })

  it('can both be kept', async () => {
    await keepBoth('place', 'zhang', await twoNotes())
    await li.sync()
    expect(server.row('place', 'zhang')).toMatchObject({ note: '下午在家。\n敲门请大声。', conflict: [] })
  })
  it('that share sentences are put together without saying anything twice', () => {
    const held = '上午走访三户。路坑洼，下雨积水。'
    const other = '上午走访三户。路坑洼，车辆难行。下午去了社区。'
    expect(together(held, other)).toBe('上午走访三户。路坑洼，车辆难行。下午去了社区。路坑洼，下雨积水。')
    expect(together('下午在家', '敲门请大声。')).toBe('下午在家\n敲门请大声。')
    expect(together('', '敲门请大声。')).toBe('敲门请大声。')
  })
})
