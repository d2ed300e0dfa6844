import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { database } from '@/db/database'
import { dirtyForms } from '@/db/dirty'
import { readDraft, useDraft } from '@/db/drafts'
import { create } from '@/db/records'
import { Phone } from './phone'

beforeEach(async () => {
  await Phone.of('li')
})
afterEach(() => vi.useRealTimers())

interface Form {
  text: string
}

async function opened(key: string) {
  const scope = effectScope()
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
})
