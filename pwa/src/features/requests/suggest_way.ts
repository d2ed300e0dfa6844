// Which of the six ways of handling (六办工作法) fits, and why; a suggestion with its reason, never a decision.
import type { TextKey } from '@/text/t'
import type { ServiceRequest } from '@/wire'

type Way = NonNullable<ServiceRequest['way']>
type Known = Pick<ServiceRequest, 'category' | 'place_id' | 'occurred_on' | 'status'>

export interface Suggestion {
  way: Way
  why: TextKey
}

/** As many other doors with the same category make a problem widespread (普遍性). */
const WIDESPREAD_DOORS = 3

/** What a request looks like before it is stored. */
export interface Sketch {
  handling: string
  category: string
  urgent: boolean
  place_id: string | null
}

/**
 * A suggestion for the request among `ways` of the programme, or `null`: urgent → at once; already raised at this door →
 * proactively; raised at three other doors → on site; the rest is left to the person.
 */
export function suggestWay(
  sketch: Sketch,
  known: readonly Known[],
  ways: readonly string[],
): Suggestion | null {
  const found = bestFit(sketch, known)
  return found && ways.includes(found.way) ? found : null
}

function bestFit(sketch: Sketch, known: readonly Known[]): Suggestion | null {
  if (sketch.urgent) return { way: 'at_once', why: 'requests.whyUrgent' }
  if (sketch.handling === 'on_the_spot') return { way: 'at_once', why: 'requests.whyOnTheSpot' }
  if (sketch.category === '') return null
  const alike = known.filter((one) => one.category === sketch.category && one.status !== 'withdrawn')
  if (sketch.place_id && alike.some((one) => one.place_id === sketch.place_id)) {
    return { way: 'proactive', why: 'requests.whyAgain' }
  }
  const doors = new Set(alike.map((one) => one.place_id).filter((id) => id !== null))
  return doors.size >= WIDESPREAD_DOORS ? { way: 'on_site', why: 'requests.whyWidespread' } : null
}
