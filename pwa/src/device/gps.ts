// One location fix for an arrival: at most 20 seconds, never blocking, never tracking; a visit without it is a full visit.
import { onScopeDispose, type Ref, shallowRef } from 'vue'
import { t } from '@/text/t'
import type { LocationFailure, LocationFix } from '@/wire'

export type FixState =
  | { kind: 'off' }
  | { kind: 'pending'; since: number }
  | { kind: 'success'; fix: LocationFix }
  | { kind: 'failure'; error: LocationFailure['error'] }

export const FIX_SECONDS = 20
/** Good enough to stop looking. */
const GOOD_M = 30

/** A search for one fix. `value()` may be stored at any moment, also before the search has ended. */
export interface FixSearch {
  state: Ref<FixState>
  /** Ends when a fix is good, the time is over, or the phone refuses. */
  done: Promise<LocationFix | LocationFailure>
  stop(): void
}

/** Looks for a fix: takes the best within 20 s, ends early at ±30 m. With `allowed` false nothing is asked of the phone. */
export function searchFix(
  allowed: boolean,
  device: Geolocation | undefined = navigator.geolocation,
): FixSearch {
  const state = shallowRef<FixState>(allowed ? { kind: 'pending', since: Date.now() } : { kind: 'off' })
  if (!allowed) return { state, done: Promise.resolve({ error: 'off' }), stop: () => undefined }

  let best: LocationFix | null = null
  let watching: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let end: (error?: LocationFailure['error']) => void = () => undefined
  const done = new Promise<LocationFix | LocationFailure>((resolve) => {
    end = (error = 'timeout') => {
      if (watching !== undefined) device?.clearWatch(watching)
      clearTimeout(timer)
      state.value = best ? { kind: 'success', fix: best } : { kind: 'failure', error }
      resolve(best ?? { error })
    }
  })
  const found = ({ coords, timestamp }: GeolocationPosition): void => {
    const fix = fixOf(coords, timestamp)
    if (!best || fix.accuracy_m < best.accuracy_m) best = fix
    if (best.accuracy_m <= GOOD_M) end()
  }
  const refused = (error: GeolocationPositionError): void => {
    if (error.code === error.PERMISSION_DENIED) end('denied')
    else if (error.code === error.POSITION_UNAVAILABLE) end('unavailable')
  }
  if (device) {
    timer = setTimeout(() => end('timeout'), FIX_SECONDS * 1000)
    watching = device.watchPosition(found, refused, {
      enableHighAccuracy: true,
      timeout: FIX_SECONDS * 1000,
      maximumAge: 0,
    })
  } else {
    end('unavailable')
  }
  return { state, done, stop: () => end('timeout') }
}

/** The same for a component: looks when `start` is called, stops when the component goes. */
export function useFix(): { state: Ref<FixState | null>; start(allowed: boolean): FixSearch } {
  const state = shallowRef<FixState | null>(null)
  let search: FixSearch | null = null
  onScopeDispose(() => search?.stop())
  return {
    state,
    start(allowed) {
      search?.stop()
      const mine = searchFix(allowed)
      search = mine
      state.value = mine.state.value
      void mine.done.then(() => {
        state.value = mine.state.value
      })
      return mine
    },
  }
}

function fixOf(coords: GeolocationCoordinates, taken_at: number): LocationFix {
  const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7
  return {
    lat: round(coords.latitude),
    lon: round(coords.longitude),
    accuracy_m: Math.round(coords.accuracy),
    taken_at: Math.round(taken_at),
    // Android's radius holds 68 % of fixes, the others' 95 %.
    android: /Android/i.test(navigator.userAgent),
  }
}

/** The state in words for the person, e.g. "定位好了，误差约 15 米". */
export function fixInWords(state: FixState): string {
  switch (state.kind) {
    case 'off':
      return t('device.fixOff')
    case 'pending':
      return t('device.fixPending')
    case 'success':
      return state.fix.accuracy_m > 200
        ? t('device.fixRough', { n: state.fix.accuracy_m })
        : t('device.fixGood', { n: state.fix.accuracy_m })
    case 'failure':
      return {
        denied: t('device.fixDenied'),
        timeout: t('device.fixTimeout'),
        unavailable: t('device.fixUnavailable'),
        off: t('device.fixOff'),
      }[state.error]
  }
}
