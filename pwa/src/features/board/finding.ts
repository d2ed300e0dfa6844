// What the random layer of a spot check allows to say, in one sentence.
import type { CallFinding } from './answers'
import { say } from './say'

/** "149 户中 0 户不符：有 95% 的把握，不符的不超过 2.0%". The bound is rounded up: a sentence may promise less, never more. */
export function findingInWords(finding: CallFinding): string {
  if (finding.upper === null) return say('findingNone')
  const upper = `${(Math.ceil(finding.upper * 1000) / 10).toFixed(1)}%`
  return say('finding', { n: finding.reached, differ: finding.differ, upper })
}

/** A share as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}
