// What the system saw of a person's visits: the same that a leader can see, for the person to check and to answer.
import { t, tryText } from '@/text/t'
import type { Visit } from '@/wire'

/** Visits of one day. */
export interface RecordDay {
  on: string
  visits: Visit[]
}

/** As far back as most people remember. */
const DAYS = 60

/** The person's own visits by day, newest first. */
export function recordDays(visits: readonly Visit[], person: string): RecordDay[] {
  const days = new Map<string, Visit[]>()
  for (const visit of visits) {
    if (visit.cadre_id !== person || visit.visit_on === null) continue
    days.set(visit.visit_on, [...(days.get(visit.visit_on) ?? []), visit])
  }
  return [...days]
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .slice(0, DAYS)
    .map(([on, made]) => ({ on, visits: made.sort((a, b) => (b.arrived_at ?? 0) - (a.arrived_at ?? 0)) }))
}

/** A flag in words; one that a newer server knows and this app does not is called "other". */
export function flagInWords(flag: string): string {
  return tryText(`record.flag_${flag}`) ?? t('status.unknown')
}

/** What a note or appeal about a visit is filed under. */
export function aboutVisit(visit_id: string): string {
  return `visit:${visit_id}`
}
