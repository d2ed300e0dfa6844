import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EffectScope, effectScope, nextTick, ref } from 'vue'
import { database } from '@/db/database'
import { dirtyForms } from '@/db/dirty'
import { readDraft, useDraft } from '@/db/drafts'
import { create } from '@/db/records'
import { exportForms, takeDrafts } from '@/sync/outbox_file'
import { Phone } from './phone'

beforeEach(async () => {
  await Phone.of('li')
})
afterEach(() => {
  vi.useRealTimers()
  for (const scope of scopes.splice(0)) scope.stop()
})

interface Form {
  text: string
}

const scopes: EffectScope[] = []

async function opened(key: string) {
  const scope = effectScope()
  scopes.push(scope)
  const form = ref<Form>({ text: '' })
  const draft = scope.run(() => useDraft(key, form))
  if (!draft) throw new Error('no draft')
  await vi.waitFor(() => expect(draft.ready.value).toBe(true))
  return { scope, form, draft }
}

describe('a form', () => {
  it('is stored two seconds after typing, and comes back after a crash', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const { form } = await opened('diary')
    form.value.text = '今天走了十二户'
    await nextTick()
    expect(dirtyForms.has('diary')).toBe(true)
    expect(await readDraft('diary')).toBeNull()
    vi.advanceTimersByTime(2000)
    vi.useRealTimers()
    await vi.waitFor(async () => expect(await readDraft('diary')).toEqual({ text: '今天走了十二户' }))
    const again = await opened('diary')
    expect(again.form.value.text).toBe('今天走了十二户')
    expect(again.draft.restored.value).toBe(true)
  })

  it('is stored at once when the page is hidden', async () => {
    const { form } = await opened('diary')
    form.value.text = '没写完'
    await nextTick()
    window.dispatchEvent(new Event('pagehide'))
    await vi.waitFor(async () => expect(await readDraft('diary')).toEqual({ text: '没写完' }))
  })

  it('that nobody touched leaves no draft behind', async () => {
    const { scope } = await opened('diary')
    scope.stop()
    expect(await database().drafts.count()).toBe(0)
    expect(dirtyForms.has('diary')).toBe(false)
  })

  it('whose records are saved is no draft any more, and does not come back', async () => {
    const { scope, form, draft } = await opened('diary')
    form.value.text = '写完了'
    await nextTick()
    await draft.save()
    await create('diary', { text: form.value.text }, { draft: 'diary' })
    draft.done()
    scope.stop()
    expect(await readDraft('diary')).toBeNull()
    expect(dirtyForms.size).toBe(0)
  })

  it('that cannot be stored stays in memory when it is left, can be exported, and is stored once there is room', async () => {
    const full = Object.assign(new Error('full'), { name: 'QuotaExceededError' })
    vi.spyOn(database().drafts, 'put').mockRejectedValue(full)
    const { scope, form, draft } = await opened('diary')
    form.value.text = '存不下的一段'
    await nextTick()
    await expect(draft.save()).rejects.toMatchObject({ code: 'storage_full' })
    scope.stop()
    await vi.waitFor(() => expect(dirtyForms.get('diary')?.()).toEqual({ text: '存不下的一段' }))
    const exported = JSON.parse(await exportForms().text())
    expect(exported).toMatchObject({
      outbox: [],
      drafts: [{ key: 'diary', value: { text: '存不下的一段' } }],
    })
    const again = await opened('diary')
    expect(again.form.value.text).toBe('存不下的一段')
    vi.restoreAllMocks()
    await again.draft.save()
    expect(await readDraft('diary')).toEqual({ text: '存不下的一段' })
    again.draft.done()
  })

  it('comes back from its file, unless something newer was written since', async () => {
    await database().drafts.put({ key: 'diary', value: { text: '旧的' }, saved_at: 10 })
    const row = { key: 'diary', value: { text: '新的' } }
    const file = { account_id: '', person_id: '', name: '', exported_at: 1, rows: [], photos: [] }
    expect(await takeDrafts({ ...file, drafts: [{ ...row, saved_at: 9 }] })).toBe(0)
    expect(await takeDrafts({ ...file, drafts: [{ ...row, saved_at: 11 }] })).toBe(1)
    expect(await readDraft('diary')).toEqual({ text: '新的' })
  })
})
