// How long to wait before the next sync.
import type { Ended } from './round'

const FIRST_MS = 2000
const MOST_MS = 5 * 60 * 1000

/**
 * Milliseconds to wait after `ended`: what the server asked for plus up to a half more (500 phones must not come back at
 * once), else doubled with each failure, within half and one and a half of it.
 */
export function waitBefore(
  ended: Ended | null,
  failures: number,
  every_ms: number,
  random: () => number = Math.random,
): number {
  if (ended === null || ended.kind === 'complete') return every_ms
  if (ended.kind === 'busy' && ended.retry_after_s !== null)
    return ended.retry_after_s * 1000 * (1 + random() / 2)
  if (ended.kind === 'expired' || ended.kind === 'revoked' || ended.kind === 'refused') return every_ms
  const doubled = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 10))
  return doubled * (0.5 + random())
}
