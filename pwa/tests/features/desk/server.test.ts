import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { Reply } from '../../../src/api/http'
import { bodyOf, withQuery } from '../../../src/api/online'
import { useAnswer } from '../../../src/features/board/desk_api'
import { nameIn } from '../../../src/features/ledger/download'

afterEach(() => vi.unstubAllGlobals())

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', 'X-Doorstep': '1' },
  })

describe('asking the server', () => {
  it('leaves empty values out of the address', () => {
    expect(withQuery('/api/review/rows', { of: 'visits', team: '', from: undefined, after: 0 })).toBe(
      '/api/review/rows?of=visits&after=0',
    )
    expect(withQuery('/api/review/frame')).toBe('/api/review/frame')
  })

  it('reads a conflict as a refusal with its own words', () => {
    const conflict: Reply<unknown> = {
      kind: 'server',
      status: 409,
      body: { zh: '已经签阅。', en: 'Signed already.' },
    }
    expect(() => bodyOf(conflict)).toThrowError(
      expect.objectContaining({ zh: '已经签阅。', en: 'Signed already.' }),
    )
  })

  it.each([
    [{ kind: 'offline' }, '没有网络'],
    [{ kind: 'portal' }, '没有网络'],
    [{ kind: 'busy', retry_after_s: 5 }, '繁忙'],
    [{ kind: 'expired' }, '登录已过期'],
    [{ kind: 'refused', status: 500, code: 'server_error', body: {} }, '没有成功'],
  ] as [Reply<unknown>, string][])('says in words what went wrong: %o', (reply, words) => {
    expect(() => bodyOf(reply)).toThrowError(expect.objectContaining({ zh: expect.stringContaining(words) }))
  })

  it('drops an answer that comes after a newer question', async () => {
    const waiting: ((reply: Response) => void)[] = []
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => waiting.push(resolve)))
    const day = ref('1')
    const scope = effectScope()
    const answer = scope.run(() => useAnswer<{ day: string }>(() => `/api/review/friday?on=${day.value}`))
    day.value = '2'
    await nextTick()
    waiting[1]?.(json({ day: '2' }))
    waiting[0]?.(json({ day: '1' }))
    await vi.waitFor(() => expect(answer?.data.value).toEqual({ day: '2' }))
    expect(answer?.reading.value).toBe(false)
    scope.stop()
  })
})

describe('a downloaded file', () => {
  it('has the Chinese name that the server gave it', () => {
    const header =
      'attachment; filename="ledger.xlsx"; filename*=UTF-8\'\'%E6%B0%91%E6%83%85%E5%8F%B0%E8%B4%A6.xlsx'
    expect(nameIn(header)).toBe('民情台账.xlsx')
    expect(nameIn('attachment; filename="ledger.xlsx"')).toBe('ledger.xlsx')
    expect(nameIn(null)).toBe('export')
  })
})
