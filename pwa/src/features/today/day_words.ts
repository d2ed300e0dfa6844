// The day in words: its weekday, and whether the programme visits on it.
import { dayInWords, weekday } from '@/dates'
import { programme } from '@/programme'
import { t } from '@/text/t'

const NAMES = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/** "11月20日 星期五" for a date YYYY-MM-DD. */
export function dayAndWeekday(on: string): string {
  return t('visits.dayLine', { day: dayInWords(on), weekday: t(`visits.${NAMES[weekday(on)] ?? 'sunday'}`) })
}

/** Whether the programme names this weekday as its visit day (走访日). */
export function isVisitDay(on: string): boolean {
  return programme.value.cadence?.weekdays.includes(weekday(on) || 7) ?? false
}
