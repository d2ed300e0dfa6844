// Reading and acting on the server from a desk: online only, every failure in two sentences.
import { type Ref, ref, shallowRef, watch } from 'vue'
import { type Reply, send } from '@/api/http'
import { sessionExpired } from '@/api/session'
import { ReadableError, type Sentences, sentencesOf } from '@/errors'

export type Query = Record<string, string | number | null | undefined>

/** A path with its query; empty values are left out. */
export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  )
  const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
  return search ? `${path}?${search}` : path
}

/** The body of an answer. Throws ReadableError. */
export async function ask<T>(path: string, query?: Query): Promise<T> {
  // A city's sums take the server seconds.
  return bodyOf(await send<T>(withQuery(path, query), { timeout_ms: 120_000 }))
}

/** Does something on the server. Throws ReadableError. */
export async function act<T>(path: string, json: unknown = {}): Promise<T> {
  return bodyOf(await send<T>(path, { method: 'POST', json }))
}

export function bodyOf<T>(reply: Reply<T>): T {
  if (reply.kind === 'server' && reply.status < 400) return reply.body
  // A conflict is an answer for a phone's sync; here it is a refusal with its words.
  const words = reply.kind === 'server' ? (reply.body as unknown as Partial<Sentences>) : reply
  if ('zh' in words && words.zh && words.en) throw new ReadableError('refused', words.zh, words.en)
  if (reply.kind === 'expired') {
    sessionExpired(true)
    throw new ReadableError(
      'expired',
      '登录已过期，请重新登录。',
      'The session has expired; please sign in again.',
    )
  }
  if (reply.kind === 'offline' || reply.kind === 'portal') {
    throw new ReadableError(
      'offline',
      '现在没有网络，请联网后再试。',
      'There is no network; try again once you are online.',
    )
  }
  if (reply.kind === 'busy') {
    throw new ReadableError(
      'busy',
      '系统繁忙，请稍等一会儿再试。',
      'The system is busy; please try again in a moment.',
    )
  }
  if (reply.kind === 'too_large') {
    throw new ReadableError('too_large', '文件过大，请分成几个文件。', 'The file is too large; split it.')
  }
  throw new ReadableError('refused', '没有成功，请刷新后再试。', 'That did not work; reload and try again.')
}

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

/** Runs one act at a time and keeps what went wrong for an ErrorNote. */
export function useAct(): {
  busy: Ref<boolean>
  error: Ref<Sentences | null>
  run: (what: () => Promise<void>) => Promise<boolean>
} {
  const busy = ref(false)
  const error = ref<Sentences | null>(null)
  async function run(what: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      await what()
      return true
    } catch (problem) {
      error.value = sentencesOf(problem)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}
