// How much time is left to a date, in words. The two clocks are never mixed: the resident's never pauses.
import { dayAndClock } from '@/dates'
import { t } from '@/text/t'
import type { Tone } from '@/ui/StatusChip.vue'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** From when on the days are counted out. */
const SOON_MS = 3 * DAY_MS

/** "还剩 5 小时" with a tone; the date itself when it is far. Both instants in ms. */
export function dueInWords(due_at: number, now_ms: number): { text: string; tone: Tone } {
  const left = due_at - now_ms
  if (left < 0) return { text: t('requests.overdue', { span: spanInWords(-left) }), tone: 'bad' }
  if (left < DAY_MS) return { text: t('requests.left', { span: spanInWords(left) }), tone: 'warn' }
  if (left < SOON_MS) return { text: t('requests.left', { span: spanInWords(left) }), tone: 'info' }
  return { text: t('requests.until', { when: dayAndClock(due_at, now_ms) }), tone: 'plain' }
}

/** A span as whole days from two days on, as whole hours from one hour on, else as minutes. */
function spanInWords(span_ms: number): string {
  if (span_ms >= 2 * DAY_MS) return t('requests.days', { n: Math.floor(span_ms / DAY_MS) })
  if (span_ms >= HOUR_MS) return t('requests.hours', { n: Math.floor(span_ms / HOUR_MS) })
  return t('requests.minutes', { n: Math.max(1, Math.floor(span_ms / 60_000)) })
}
