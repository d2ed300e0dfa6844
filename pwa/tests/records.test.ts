import { beforeEach, describe, expect, it } from 'vitest'
import { database } from '@/db/database'
import { readQuery, readRecord } from '@/db/live'
import { by, create, event, patch, step, together } from '@/db/records'
import { diaryId, uuid5, uuid7 } from '@/db/uuid'
import { Phone } from './phone'

beforeEach(async () => {
  await Phone.of('li')
  await database().base.bulkPut([
    {
      collection: 'place',
      id: 'zhang',
      scope: 'team:t1',
      rev: 3,
      stamp: '0'.repeat(16),
      record: {
        id: 'zhang',
        scope: 'team:t1',
        rev: 3,
        conflict: [],
        note: '有狗。',
        tags: ['独居'],
        refusals: 2,
      },
    },
  ])
})

async function mutations() {
  return (await database().outbox.orderBy('order').toArray()).map((row) => ({
    mid: row.mid,
    ...row.mutation,
  }))
}

describe('the phone’s one door', () => {
  it('numbers mutations from 1 without a hole, whatever the collection', async () => {
    await create('visit', { place_id: 'zhang' })
    await Promise.all([
      patch('place', 'zhang', { building: '1号楼' }),
      patch('place', 'zhang', { note: '没有狗。' }),
    ])
    expect((await mutations()).map((one) => one.mid)).toEqual([1, 2, 3])
  })

  it('writes down the value the person saw, also when that was the phone’s own pending value', async () => {
    await patch('place', 'zhang', { note: '有狗。按门铃。' })
    await patch('place', 'zhang', { note: '有猫。' })
    const [first, second] = await mutations()
    expect(first?.changes.note).toEqual({ from: '有狗。', to: '有狗。按门铃。' })
    expect(second?.changes.note).toEqual({ from: '有狗。按门铃。', to: '有猫。' })
    expect(first?.base_rev).toBe(3)
  })

  it('turns arrays of sets into what was added and what was taken', async () => {
    await patch('place', 'zhang', { tags: ['军属'] })
    expect((await mutations())[0]?.changes.tags).toEqual({ op: 'delta', add: ['军属'], remove: ['独居'] })
  })

  it('counts, steps and settles in the forms of the protocol', async () => {
    const id = await create('service_request', { status: 'recorded', text: '路灯坏了' })
    await patch('service_request', id, { status: step('withdrawn', { reason: '重复' }) })
    await patch('place', 'zhang', { refusals: by(1) }, { settles: ['u1'] })
    const [, second, third] = await mutations()
    expect(second?.changes.status).toEqual({ op: 'step', from: 'recorded', to: 'withdrawn', reason: '重复' })
    expect(third).toMatchObject({ changes: { refusals: { op: 'inc', by: 1 } }, settles: ['u1'] })
  })

  it('makes no mutation of a value that is already there', async () => {
    await patch('place', 'zhang', { note: '有狗。', tags: ['独居'] })
    expect(await mutations()).toEqual([])
  })

  it('stores several writes together or none of them', async () => {
    const broken = together((door) => {
      door.create('visit', { place_id: 'zhang' })
      throw new Error('the caller changed his mind')
    })
    await expect(broken).rejects.toThrow('changed his mind')
    expect(await mutations()).toEqual([])
    await together((door) => {
      const visit = door.create('visit', { place_id: 'zhang' })
      door.patch('place', 'zhang', { building: '1号楼' })
      door.event('questionnaire_answer', { visit_id: visit })
    })
    expect((await mutations()).map((one) => one.op)).toEqual(['create', 'patch', 'event'])
  })

  it('gives a draft’s photos to the record and deletes the draft in the same commit', async () => {
    const db = database()
    const photo = {
      sha256: 'ab',
      type: 'image/jpeg',
      bytes: new ArrayBuffer(1),
      created_at: 1,
      state: 'draft' as const,
    }
    await db.attachments.put(photo)
    await db.drafts.put({ key: 'visit:new', value: {}, saved_at: 1 })
    await create('visit', { photos: ['ab'] }, { draft: 'visit:new' })
    expect((await mutations())[0]?.attachments).toEqual(['ab'])
    expect((await db.attachments.get('ab'))?.state).toBe('local')
    expect(await db.drafts.count()).toBe(0)
  })

  it('takes control signs and broken letters out of texts before they travel', async () => {
    await patch('place', 'zhang', { note: 'a\u0000b\ud800c\r\ne\u0301' })
    expect((await mutations())[0]?.changes.note).toMatchObject({ to: 'ab\ufffdc\n\u00e9' })
  })

  it('refuses a text too long for the wire with a sentence, and stores nothing', async () => {
    await expect(create('diary', { text: '长'.repeat(100_000) })).rejects.toMatchObject({ code: 'too_long' })
    expect(await mutations()).toEqual([])
  })

  it('shows what was written at once, in records and in lists', async () => {
    const id = await create('visit', { place_id: 'zhang', visit_on: '2026-11-27' })
    await event('service_request_event', { service_request_id: 'r1', kind: 'comment' })
    expect((await readRecord('visit', id))?.visit_on).toBe('2026-11-27')
    expect(await readQuery('visit', { where: { place_id: 'zhang', visit_on: '2026-11-27' } })).toHaveLength(1)
    expect(await readQuery('visit', { where: { place_id: 'li' } })).toHaveLength(0)
  })

  it('finds a record by a value that only its pending mutation has', async () => {
    const id = await create('visit', { place_id: 'zhang', outcome: 'met' })
    await patch('visit', id, { outcome: 'nobody' })
    expect(await readQuery('visit', { where: { outcome: 'nobody' } })).toHaveLength(1)
    expect(await readQuery('visit', { where: { outcome: 'met' } })).toHaveLength(0)
  })
})

describe('ids', () => {
  it('sort by time and say their version', () => {
    const [early, late] = [uuid7(1_764_000_000_000), uuid7(1_764_000_000_001)]
    expect(early < late).toBe(true)
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('of a diary are the same on every phone of its author', async () => {
    expect(await uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    )
    expect(await diaryId('li', '2026-11-27')).toBe(await diaryId('li', '2026-11-27'))
  })
})
