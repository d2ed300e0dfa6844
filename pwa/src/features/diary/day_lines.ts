// The day's visits as lines of the diary (民情日记): written by the visits themselves, so that nobody types them twice.
import { clock } from '@/dates'
import { shortAddress } from '@/features/today/route_list'
import { wordFor } from '@/programme'
import { t } from '@/text/t'
import type { Place, Visit } from '@/wire'

export interface DayLine {
  visit_id: string
  time: string
  name: string
  address: string
  words: string
}

/** Visits of a day that `person` made or walked along on, by arrival. */
export function visitsOf(visits: readonly Visit[], person: string): Visit[] {
  return visits
    .filter((one) => !one.withdrawn && (one.cadre_id === person || one.companions.includes(person)))
    .sort((one, other) => (one.arrived_at ?? 0) - (other.arrived_at ?? 0))
}

export function lineOf(visit: Visit, place: Place | undefined): DayLine {
  const words = [visit.outcome ? wordFor('outcomes', visit.outcome) : t('visits.noOutcome')]
  if (visit.finding) words.push(wordFor('findings', visit.finding))
  if (visit.late_entry) words.push(t('visits.lateTag'))
  if (visit.opinion) words.push(visit.opinion)
  return {
    visit_id: visit.id,
    time: visit.arrived_at ? clock(visit.arrived_at) : '',
    name: place?.label ?? t('visits.placeGone'),
    address: place ? [place.building, shortAddress(place)].filter(Boolean).join(' ') : '',
    words: words.join(' · '),
  }
}

/** The day in numbers: doors, people met, opinions, requests. */
export interface DayTotals {
  doors: number
  met: number
  opinions: number
  requests: number
}

export function totalsOf(visits: readonly Visit[]): DayTotals {
  const count = (fits: (one: Visit) => boolean): number => visits.filter(fits).length
  return {
    doors: new Set(visits.filter((one) => one.outcome).map((one) => one.place_id)).size,
    met: count((one) => one.outcome === 'met'),
    opinions: count((one) => one.finding === 'opinion'),
    requests: count((one) => one.finding === 'request'),
  }
}

/** With whom `person` walked on a day, each once. */
export function companionsOn(visits: readonly Visit[], person: string): string[] {
  const together = visitsOf(visits, person).flatMap((one) => [one.cadre_id ?? '', ...one.companions])
  return [...new Set(together)].filter((id) => id !== '' && id !== person)
}
