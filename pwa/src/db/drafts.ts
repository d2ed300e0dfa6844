// Forms that survive: what is typed is stored every two seconds and when the page is hidden, and comes back by itself.
import { onScopeDispose, type Ref, ref, watch } from 'vue'
import { database, durable } from './database'
import { dirtyForms } from './dirty'

const AUTOSAVE_MS = 2000
/** Where the storage could not be written to. */
const AGAIN_MS = 10_000

/** What stood in forms that were left while nothing could be stored. */
const left = new Map<string, unknown>()

/** What a form gets from `useDraft`. */
export interface Draft {
  /** The form was filled from a draft: say so, and offer to start afresh. */
  restored: Ref<boolean>
  /** The stored draft has been looked for; show the form only now. */
  ready: Ref<boolean>
  /** Stores at once. */
  save(): Promise<void>
  /** Forgets the draft: after "start afresh". After saving records, pass `{ draft: key }` to the door instead and call `done`. */
  discard(): Promise<void>
  /** The form's content is in the outbox: nothing more to store. */
  done(): void
}

/**
 * Keeps `form` (a ref of plain data; photos as their hashes) under `key`, e.g. `visit:<id>`. While a form holds unsaved
 * work the app never reloads itself.
 */
export function useDraft<T extends object>(key: string, form: Ref<T>): Draft {
  const restored = ref(false)
  const ready = ref(false)
  let touched = false
  let finished = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const content = (): unknown => JSON.parse(JSON.stringify(form.value))
  const save = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (!touched || finished) return
    touched = false
    const row = { key, value: content(), saved_at: Date.now() }
    try {
      await durable((db) => db.drafts.put(row))
    } catch (error) {
      touched = true
      throw error
    }
  }
  const saveAfter = (ms: number): void => {
    timer ??= setTimeout(() => void save().catch(() => saveAfter(AGAIN_MS)), ms)
  }
  const changed = (): void => {
    if (!ready.value || finished) return
    touched = true
    dirtyForms.set(key, content)
    saveAfter(AUTOSAVE_MS)
  }
  const stop = watch(form, changed, { deep: true })
  const leave = (): void => void save().catch(() => saveAfter(AGAIN_MS))

  const opened = left.has(key) ? Promise.resolve(left.get(key) as T) : readDraft<T>(key)
  void opened.then((found) => {
    if (found) Object.assign(form.value, found)
    restored.value = found !== null
    queueMicrotask(() => {
      ready.value = true
      if (left.delete(key)) changed()
    })
  })
  const done = (): void => {
    finished = true
    clearTimeout(timer)
    dirtyForms.delete(key)
  }
  window.addEventListener('pagehide', leave)
  document.addEventListener('visibilitychange', leave)
  onScopeDispose(() => {
    const last = content()
    // What cannot be stored stays in memory, for whoever comes back to the form or exports it.
    void save().catch(() => {
      left.set(key, last)
      dirtyForms.set(key, () => last)
    })
    clearTimeout(timer)
    stop()
    if (dirtyForms.get(key) === content) dirtyForms.delete(key)
    window.removeEventListener('pagehide', leave)
    document.removeEventListener('visibilitychange', leave)
  })
  return {
    restored,
    ready,
    save,
    done,
    async discard() {
      done()
      await durable((db) => db.drafts.delete(key))
    },
  }
}

/** A stored draft, or `null`; also `null` when the storage cannot be read, so that a form always opens. */
export async function readDraft<T>(key: string): Promise<T | null> {
  const row = await database()
    .drafts.get(key)
    .catch(() => undefined)
  return row ? (row.value as T) : null
}
