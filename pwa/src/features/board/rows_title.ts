// What a list of rows is called: the words of the number that was tapped.
import { wordFor } from '@/programme'
import { type DeskKey, say, word } from './say'

const PLACES: Record<string, DeskKey> = {
  all: 'placesAll',
  now: 'placesNow',
  visited: 'placesVisited',
  stale: 'placesStale',
  spared: 'placesSpared',
}

/** The words of the narrowest condition; empty when there is none. */
export function rowsTitle(of: string, where: Record<string, string>): string {
  const { outcome, finding, evidence, kind, way, reached, waiting, due, clock, state } = where
  if (outcome) return outcome === 'none' ? say('outcome_none') : wordFor('outcomes', outcome)
  if (finding) return wordFor('findings', finding)
  if (evidence) return word('evidence', evidence)
  if (kind) return wordFor('targets', kind)
  if (where.late_entry) return say('lateEntries')
  if (way) return word('way', way)
  if (reached) return `${word('stage', reached)} · ${say('reachedNow')}`
  if (waiting) return `${word('stage', waiting)} · ${say('standingNow')}`
  if (due) return `${word('due', due)} · ${word('clock', clock ?? 'resident')}`
  if (where.ids) return say('classes')
  if (where.project) return say('projects')
  if (of === 'phones' && state) return word('phones', state)
  if (of === 'places' && state) return where.building || say(PLACES[state] ?? 'rows_places')
  return ''
}
