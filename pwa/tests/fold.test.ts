import { describe, expect, it } from 'vitest'
import { fold } from '@/db/fold'
import type { Fields } from '@/db/schema'
import type { Change, Json, Mutation } from '@/wire'

const base: Fields = {
  id: 'zhang',
  scope: 'team:t1',
  rev: 3,
  conflict: [],
  note: '有狗。',
  tags: ['独居'],
  refusals: 1,
}

function patch(changes: Record<string, Change>, more: Partial<Mutation> = {}) {
  return { op: 'patch' as const, id: 'zhang', changes, ...more }
}

describe('what a screen shows', () => {
  it('is the server’s row when nothing is pending', () => {
    expect(fold('place', base, [])).toMatchObject(base)
  })

  it('has every field of its collection, whatever the wire left out', () => {
    const sparse = { id: 'v1', scope: 'team:t1', rev: 2, photos: null, place_id: 'zhang' }
    const view = fold('visit', sparse, [])
    expect(view).toMatchObject({
      place_id: 'zhang',
      companions: [],
      photos: [],
      conflict: [],
      outcome: null,
      rev: 2,
    })
  })

  it('is the person’s own value on top, and leaves the server’s row alone', () => {
    const view = fold('place', base, [patch({ note: { from: '有狗。', to: '有狗。按门铃。' } })])
    expect(view?.note).toBe('有狗。按门铃。')
    expect(base.note).toBe('有狗。')
  })

  it('adds to and takes from a set, and adding wins over taking in one mutation', () => {
    const view = fold('place', base, [
      patch({ tags: { op: 'delta', add: ['军属', '独居'], remove: ['独居'] } }),
    ])
    expect(view?.tags).toEqual(['独居', '军属'])
  })

  it('adds up a counter over several mutations', () => {
    const one = patch({ refusals: { op: 'inc', by: 1 } })
    expect(fold('place', base, [one, one])?.refusals).toBe(3)
  })

  it('keeps a chain of five edits over a server row that changes meanwhile', () => {
    const edits = ['一', '二', '三', '四', '五'].map((to) => patch({ note: { from: '', to } }))
    const moved = { ...base, note: '别人写的', rev: 9, building: '2号楼' }
    expect(fold('place', moved, edits)).toMatchObject({ note: '五', building: '2号楼', rev: 9 })
  })

  it('gives a record that only this phone knows every field of its collection', () => {
    const view = fold('visit', null, [{ op: 'create', id: 'v1', changes: { place_id: { to: 'zhang' } } }])
    expect(view).toMatchObject({
      id: 'v1',
      place_id: 'zhang',
      outcome: null,
      companions: [],
      conflict: [],
      rev: 0,
    })
  })

  it('shows nothing after a delete, and nothing for a patch to what does not exist', () => {
    expect(fold('place', base, [{ op: 'delete', id: 'zhang', changes: {} }])).toBeNull()
    expect(fold('place', null, [patch({ note: { to: '一' } })])).toBeNull()
  })

  it('takes a settled conflict from the list at once', () => {
    const conflict = [{ uuid: 'u1' }, { uuid: 'u2' }] as Json
    const view = fold('place', { ...base, conflict }, [patch({}, { settles: ['u1'] })])
    expect(view?.conflict).toEqual([{ uuid: 'u2' }])
  })

  it('shows the step of a state that waits to be sent', () => {
    const step: Change = { op: 'step', from: 'recorded', to: 'to_be_forwarded' }
    expect(fold('service_request', { ...base, status: 'recorded' }, [patch({ status: step })])?.status).toBe(
      'to_be_forwarded',
    )
  })
})
