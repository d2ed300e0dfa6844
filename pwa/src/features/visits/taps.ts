// How many taps a visit costs, from "arrived" to "done": a number and nothing else, for the burden meter.

let taps = 0
const firstOf = new Map<string, number>()

// A finger that scrolls ends in a pointercancel, so only taps are counted; the capture phase sees those that are stopped later.
addEventListener('pointerup', () => taps++, { capture: true, passive: true })

/** The number of the tap that is being answered. */
export function tapNow(): number {
  return taps
}

/** A visit began with the tap of this number. */
export function beginTaps(visit_id: string, first: number): void {
  firstOf.set(visit_id, first)
}

/** The taps of a visit so far, "arrived" included; `null` when the app was started anew in between. */
export function tapsOf(visit_id: string): number | null {
  const first = firstOf.get(visit_id)
  return first === undefined ? null : taps - first + 1
}
