// The days somebody at a door usually means by "another day": tomorrow, Saturday, the next visit day.
import { dayInWords, plusDays, weekday } from '@/dates'
import { programme } from '@/programme'
import { t } from '@/text/t'

const SATURDAY = 6
/** ISO weekday of the programme's usual visit day where it names none. */
const FRIDAY = 5

/** Up to three different dates after `on`, each with its word. */
export function otherDays(on: string): { value: string; label: string; note: string }[] {
  const visit_day = (programme.value.cadence?.weekdays[0] ?? FRIDAY) % 7
  const candidates = [
    { value: plusDays(on, 1), label: t('visits.tomorrow') },
    { value: nextWeekday(on, SATURDAY), label: t('visits.saturday') },
    { value: nextWeekday(on, visit_day), label: t('visits.nextVisitDay') },
  ]
  return candidates
    .filter(({ value }, place) => candidates.findIndex((one) => one.value === value) === place)
    .sort((one, other) => (one.value < other.value ? -1 : 1))
    .map((day) => ({ ...day, note: dayInWords(day.value, on) }))
}

/** The first date after `on` that falls on `day` (0 = Sunday). */
export function nextWeekday(on: string, day: number): string {
  return plusDays(on, ((day - weekday(on) + 6) % 7) + 1)
}
