// Reading from the server on a screen, and what went wrong with it.
import { type Ref, ref, shallowRef, watch } from 'vue'
import { ask } from '@/api/online'
import { type Sentences, sentencesOf } from '@/errors'

export interface Answer<T> {
  /** Undefined until the first answer; the last one while it is read again. */
  data: Ref<T | undefined>
  error: Ref<Sentences | null>
  reading: Ref<boolean>
  read: () => Promise<void>
}

/** What `path()` answers, read again whenever it changes; null reads nothing. An answer that comes too late is dropped. */
export function useAnswer<T>(path: () => string | null): Answer<T> {
  const data = shallowRef<T>()
  const error = ref<Sentences | null>(null)
  const reading = ref(false)
  let turn = 0

  async function read(): Promise<void> {
    const wanted = path()
    const mine = ++turn
    error.value = null
    if (wanted === null) return
    reading.value = true
    try {
      const found = await ask<T>(wanted)
      if (mine === turn) data.value = found
    } catch (problem) {
      if (mine === turn) error.value = sentencesOf(problem)
    } finally {
      if (mine === turn) reading.value = false
    }
  }

  watch(path, () => void read(), { immediate: true })
  return { data, error, reading, read }
}
