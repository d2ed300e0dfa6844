// What a tap does, and what went wrong with it: the one way in which screens save, send and ask.
import { type Ref, ref } from 'vue'
import { type Sentences, sentencesOf } from '@/errors'

interface Attempts {
  /** What went wrong the last time, for an ErrorNote. */
  error: Ref<Sentences | null>
  /** Does it at once, whatever else is under way; false where it went wrong. For choices, of which none may be lost. */
  attempt: (what: () => Promise<unknown>) => Promise<boolean>
}

interface Acts extends Attempts {
  busy: Ref<boolean>
  /** One at a time: false where it went wrong, and where another was still running. For buttons that save or send. */
  run: (what: () => Promise<unknown>) => Promise<boolean>
}

export function useAttempt(): Attempts {
  const error = ref<Sentences | null>(null)
  async function attempt(what: () => Promise<unknown>): Promise<boolean> {
    error.value = null
    try {
      await what()
      return true
    } catch (problem) {
      error.value = sentencesOf(problem)
      return false
    }
  }
  return { error, attempt }
}

export function useAct(): Acts {
  const { error, attempt } = useAttempt()
  const busy = ref(false)
  async function run(what: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    const done = await attempt(what)
    busy.value = false
    return done
  }
  return { busy, error, attempt, run }
}
