import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fixInWords, searchFix } from '@/device/gps'

/** A phone's locator that answers when the test says so. */
class Locator {
  found: PositionCallback = () => undefined
  failed: PositionErrorCallback = () => undefined
  watching = 0

  watchPosition(found: PositionCallback, failed?: PositionErrorCallback | null): number {
    this.found = found
    this.failed = failed ?? (() => undefined)
    this.watching += 1
    return 7
  }

  clearWatch(): void {
    this.watching -= 1
  }

  at(accuracy: number): void {
    const coords = { latitude: 36.456_200_04, longitude: 115.985_1, accuracy }
    this.found({ coords, timestamp: 1_764_000_000_000 } as GeolocationPosition)
  }

  fail(code: 1 | 2 | 3): void {
    const error = { code, message: '', PERMISSION_DENIED: 1, POSITION_UNAVAILABLE: 2, TIMEOUT: 3 }
    this.failed(error as GeolocationPositionError)
  }
}

let locator: Locator

beforeEach(() => {
  locator = new Locator()
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const search = () => searchFix(true, locator as unknown as Geolocation)

describe('"arrived" looks for one fix', () => {
  it('and stops as soon as it is good, to seven decimals', async () => {
    const { state, done } = search()
    expect(state.value.kind).toBe('pending')
    locator.at(80)
    expect(state.value.kind).toBe('pending')
    locator.at(12)
    expect(await done).toMatchObject({
      lat: 36.4562,
      lon: 115.9851,
      accuracy_m: 12,
      taken_at: 1_764_000_000_000,
    })
    expect(locator.watching).toBe(0)
    expect(fixInWords(state.value)).toBe('定位好了，误差约 12 米')
  })

  it('and after twenty seconds takes the best it has', async () => {
    const { done } = search()
    locator.at(400)
    locator.at(90)
    locator.at(120)
    vi.advanceTimersByTime(20_000)
    expect(await done).toMatchObject({ accuracy_m: 90 })
    expect(locator.watching).toBe(0)
  })

  it('and says so when there is none', async () => {
    const { state, done } = search()
    vi.advanceTimersByTime(20_000)
    expect(await done).toEqual({ error: 'timeout' })
    expect(fixInWords(state.value)).toContain('走访照常有效')
  })

  it('and keeps a fix it already has when the phone then refuses', async () => {
    const { done } = search()
    locator.at(60)
    locator.fail(2)
    expect(await done).toMatchObject({ accuracy_m: 60 })
  })

  it('and ends at once when it is not allowed', async () => {
    const { done } = search()
    locator.fail(1)
    expect(await done).toEqual({ error: 'denied' })
  })

  it('but never when it is switched off', async () => {
    const { state, done } = searchFix(false, locator as unknown as Geolocation)
    expect(await done).toEqual({ error: 'off' })
    expect(locator.watching).toBe(0)
    expect(state.value.kind).toBe('off')
  })
})
