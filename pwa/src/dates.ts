// Dates and times as the programme counts them: Asia/Shanghai, whatever zone the phone is set to.
import { locale } from '@/text/t'

const ZONE = 'Asia/Shanghai'
const DAY = new Intl.DateTimeFormat('sv-SE', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})
const CLOCK = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' })

/** The date of an instant (milliseconds) as YYYY-MM-DD. */
export function dateOf(at_ms: number): string {
  return DAY.format(at_ms)
}

/** Today's date. */
export function today(): string {
  return dateOf(Date.now())
}

/** HH:MM. */
export function clock(at_ms: number): string {
  return CLOCK.format(at_ms)
}

/** "11月22日 15:04", with the year when it is not `now`'s. */
export function dayAndClock(at_ms: number, now_ms: number = Date.now()): string {
  return `${dayInWords(dateOf(at_ms), dateOf(now_ms))} ${clock(at_ms)}`
}

const ENGLISH_DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' })

/** "11月22日" or "2025年11月22日" for a date YYYY-MM-DD; "22 Nov" or "22 Nov 2025" in English. */
export function dayInWords(on: string, today_on: string = today()): string {
  const [year, month, day] = on.split('-').map(Number)
  if (locale.value === 'en') {
    const short = ENGLISH_DAY.format(Date.parse(`${on}T00:00:00Z`))
    return on.slice(0, 4) === today_on.slice(0, 4) ? short : `${short} ${year}`
  }
  const short = `${month}月${day}日`
  return on.slice(0, 4) === today_on.slice(0, 4) ? short : `${year}年${short}`
}

/** 0 = Sunday … 6 = Saturday of a date YYYY-MM-DD. */
export function weekday(on: string): number {
  return new Date(`${on}T00:00:00Z`).getUTCDay()
}

/** `days` after (or before) a date YYYY-MM-DD. */
export function plusDays(on: string, days: number): string {
  return new Date(Date.parse(`${on}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
