// What a household has asked for. It binds every team, so it is shown calmly before the visit and never enforced with a wall.
import { weekday } from '@/dates'
import type { Place } from '@/wire'

/** After the third refusal nobody knocks again (PRODUCT: "three refusals → stop"). */
export const REFUSALS_BEFORE_STOP = 3

export type Preference = 'do_not_disturb' | 'three_refusals' | 'weekends_only' | 'call_first'

type Asked = Pick<Place, 'do_not_disturb' | 'refusals' | 'weekends_only' | 'call_first'>

/** The wishes of a household, the weightiest first. */
export function preferencesOf(place: Asked): Preference[] {
  const found: Preference[] = []
  if (place.do_not_disturb) found.push('do_not_disturb')
  if (place.refusals >= REFUSALS_BEFORE_STOP) found.push('three_refusals')
  if (place.weekends_only) found.push('weekends_only')
  if (place.call_first) found.push('call_first')
  return found
}

/** The wish that speaks against knocking on the date `on` (YYYY-MM-DD), or `null`. */
export function holdsBack(place: Asked, on: string): Preference | null {
  if (place.do_not_disturb) return 'do_not_disturb'
  if (place.refusals >= REFUSALS_BEFORE_STOP) return 'three_refusals'
  const day = weekday(on)
  return place.weekends_only && day !== 0 && day !== 6 ? 'weekends_only' : null
}
