// A sync that never ends, or that fails before it begins, must not be the last one.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Ended } from '@/sync/round'

const rounds = vi.hoisted(() => ({ run: vi.fn<() => Promise<Ended>>() }))
vi.mock('@/sync/round', () => ({ syncRounds: rounds.run }))
vi.mock('@/sync/attachments', () => ({ sendPhotos: () => Promise.resolve('done') }))
vi.mock('@/db/database', async (original) => ({ ...(await original<object>()), database: () => ({}) }))
vi.mock('@/api/session', () => ({
  session: { value: { client_id: 'phone-of-li' } },
  expired: { value: false },
  sessionExpired: vi.fn(),
  forgetSession: vi.fn(),
}))
vi.mock('@/router', () => ({ router: { replace: vi.fn() } }))

import { lastEnd, syncing } from '@/sync/progress'
import { syncNow } from '@/sync/run'

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible')
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  rounds.run.mockReset()
})

it('is given up when it makes no step for minutes, and the next one runs', async () => {
  rounds.run.mockImplementationOnce(() => new Promise(() => undefined))
  syncNow()
  await vi.advanceTimersByTimeAsync(1000)
  expect(syncing.value).toBe(true)
  rounds.run.mockResolvedValue({ kind: 'complete' })
  syncNow()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(rounds.run).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(4 * 60_000)
  expect(rounds.run.mock.calls.length).toBeGreaterThan(1)
  expect(lastEnd.value).toEqual({ kind: 'complete' })
})

it('that cannot even begin leaves a next one planned', async () => {
  rounds.run.mockImplementationOnce(() => {
    throw new Error('the storage is away')
  })
  syncNow()
  await vi.advanceTimersByTimeAsync(1000)
  expect(syncing.value).toBe(false)
  rounds.run.mockResolvedValue({ kind: 'complete' })
  await vi.advanceTimersByTimeAsync(6 * 60_000)
  expect(rounds.run.mock.calls.length).toBeGreaterThan(1)
})
