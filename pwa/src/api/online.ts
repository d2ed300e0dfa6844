// What does not wait in the outbox: asked of the server or done there at once; every failure in two sentences.
import { ReadableError, type Sentences } from '@/errors'
import { type Reply, send } from './http'
import { sessionExpired } from './session'

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
