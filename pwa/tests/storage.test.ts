import { afterEach, describe, expect, it, vi } from 'vitest'
import { mustInstallFirst, storageState } from '@/device/storage'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1'
const MAC =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15'
const ANDROID = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36'

afterEach(() => vi.unstubAllGlobals())

describe('a phone that may lose its records', () => {
  it('is an iPhone or iPad in the browser, not a Mac, nor an Android phone', () => {
    expect(mustInstallFirst(IPHONE, 5)).toBe(true)
    expect(mustInstallFirst(MAC, 5)).toBe(true)
    expect(mustInstallFirst(MAC, 0)).toBe(false)
    expect(mustInstallFirst(ANDROID, 5)).toBe(false)
  })

  it('says how much room is left, and warns before a day of photos no longer fits', async () => {
    const estimate = (usage: number, quota: number) => async () => ({ usage, quota })
    const storage = { persisted: async () => true, estimate: estimate(5_242_880, 1_073_741_824) }
    vi.stubGlobal('navigator', { ...navigator, storage })
    expect(await storageState()).toEqual({ persisted: true, used_mb: 5, free_mb: 1019, low: false })
    storage.estimate = estimate(1_050_000_000, 1_073_741_824)
    expect((await storageState()).low).toBe(true)
  })

  it('claims nothing where the system cannot be asked', async () => {
    vi.stubGlobal('navigator', { userAgent: ANDROID })
    expect(await storageState()).toEqual({ persisted: null, used_mb: null, free_mb: null, low: false })
  })
})
