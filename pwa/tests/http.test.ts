import { afterEach, describe, expect, it, vi } from 'vitest'
import { send } from '@/api/http'

afterEach(() => vi.unstubAllGlobals())

const JSON_TYPE = { 'Content-Type': 'application/json' }
const OURS = { 'X-Doorstep': '1' }

function answers(body: string | null, status: number, headers: Record<string, string>): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status, headers })))
}

describe('a reply', () => {
  it('is ours only with our header and our kind of content', async () => {
    answers('{"a": 1}', 200, { ...JSON_TYPE, ...OURS })
    expect(await send('/api/x')).toMatchObject({ kind: 'server', body: { a: 1 } })
    answers('{"a": 1}', 200, JSON_TYPE)
    expect(await send('/api/x')).toEqual({ kind: 'portal' })
    answers('<html>', 200, { 'Content-Type': 'text/html', ...OURS })
    expect(await send('/api/x')).toEqual({ kind: 'portal' })
  })

  it('says "expired" or "signed out" only when our server says so', async () => {
    answers('{"error": "session_expired"}', 401, { ...JSON_TYPE, ...OURS })
    expect(await send('/api/x')).toEqual({ kind: 'expired' })
    answers('{}', 200, { ...JSON_TYPE, ...OURS, 'X-Doorstep-Logout': '1' })
    expect(await send('/api/x')).toEqual({ kind: 'logout' })
    answers('{}', 403, { ...JSON_TYPE, 'X-Doorstep-Wipe': '1' })
    expect(await send('/api/x')).toEqual({ kind: 'portal' })
    answers('{}', 403, { ...JSON_TYPE, ...OURS, 'X-Doorstep-Wipe': '1' })
    expect(await send('/api/x')).toEqual({ kind: 'wipe' })
  })

  it('of a gateway in between is understood: too large, busy, come back later', async () => {
    answers('<html>413</html>', 413, { 'Content-Type': 'text/html' })
    expect(await send('/sync')).toEqual({ kind: 'too_large', max_bytes: null })
    answers('{"error": "too_large", "max_bytes": 1000}', 413, { ...JSON_TYPE, ...OURS })
    expect(await send('/sync')).toEqual({ kind: 'too_large', max_bytes: 1000 })
    answers('', 503, { 'Retry-After': '20' })
    expect(await send('/sync')).toEqual({ kind: 'busy', retry_after_s: 20 })
    answers('', 502, {})
    expect(await send('/sync')).toEqual({ kind: 'busy', retry_after_s: null })
  })

  it('to a photo needs no body, but must be a success', async () => {
    const bytes = { content: new ArrayBuffer(1), type: 'image/jpeg' }
    answers(null, 201, OURS)
    expect(await send('/attachments/ab', { method: 'PUT', bytes })).toMatchObject({
      kind: 'server',
      status: 201,
    })
    answers('{"error": "photo_not_picture"}', 422, { ...JSON_TYPE, ...OURS })
    expect(await send('/attachments/ab', { method: 'PUT', bytes })).toMatchObject({
      kind: 'refused',
      status: 422,
    })
    answers(null, 404, OURS)
    expect(await send('/attachments/ab', { method: 'HEAD' })).toMatchObject({ kind: 'refused', status: 404 })
    answers(null, 200, {})
    expect(await send('/attachments/ab', { method: 'HEAD' })).toEqual({ kind: 'portal' })
  })

  it('that never comes is "offline", never an exception', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network lost')))
    expect(await send('/sync')).toEqual({ kind: 'offline' })
  })

  it('to a change carries the header no foreign form can set', async () => {
    const heard = vi.fn(() => Promise.resolve(new Response('{}', { headers: { ...JSON_TYPE, ...OURS } })))
    vi.stubGlobal('fetch', heard)
    await send('/api/x', { json: { a: 1 } })
    expect(heard).toHaveBeenCalledWith(
      '/api/x',
      expect.objectContaining({ method: 'POST', headers: expect.objectContaining({ 'X-Doorstep': '1' }) }),
    )
  })
})
