// What all screens of the desk share: who looks, which days and whose; days and team stand in the address.
import { computed, shallowRef } from 'vue'
import { type LocationQueryRaw, type RouteLocationRaw, useRoute, useRouter } from 'vue-router'
import { ask, type Query, withQuery } from '@/api/online'
import { dayInWords, plusDays, weekday } from '@/dates'
import { locale } from '@/text/t'
import type { Frame } from './answers'
import { type DeskKey, say } from './say'

const WEEK_DAYS = 7
const frame = shallowRef<Frame>()

/** Read once when the desk opens, and again for the counts beside its sections. Throws ReadableError. */
export async function readFrame(): Promise<void> {
  frame.value = await ask<Frame>('/api/review/frame')
}

/** Nobody's desk from now on. */
export function forgetFrame(): void {
  frame.value = undefined
}

/** The name of a category in the language of the screen; the code itself when the programme does not know it. */
export function categoryName(code: string | null | undefined): string {
  const found = frame.value?.categories.find((one) => one.code === code)
  return found ? (locale.value === 'en' ? found.en : found.zh) : (code ?? '')
}

/** "11月20日 星期五", or "Friday, 20 Nov" in English. */
export function dayWithWeekday(on: string): string {
  return say('day', { day: shortDay(on), weekday: say(`weekday_${weekday(on)}` as DeskKey) })
}

/** "11月20日" or "20 Nov 2026"; without the year where there is little room. */
export function shortDay(on: string, with_year = true): string {
  if (locale.value !== 'en') return dayInWords(on)
  const parts = {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: with_year ? 'numeric' : undefined,
  } as const
  return new Date(`${on}T00:00:00Z`).toLocaleDateString('en-GB', parts)
}

/** The days and the reach of the screen that is open. */
export function useDesk() {
  const route = useRoute()
  const router = useRouter()
  const text = (name: string): string => {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }
  const on = computed(() => text('on') || frame.value?.on || '')
  const week = computed(() => text('span') === 'week')
  const team = computed(() => text('team'))
  /** What every question to the server carries. */
  const asked = computed<Query>(() => ({
    on: on.value,
    from: week.value ? plusDays(on.value, 1 - WEEK_DAYS) : undefined,
    team: team.value,
  }))
  /** What every link within the desk keeps. */
  const kept = computed<LocationQueryRaw>(() => ({
    ...(text('on') ? { on: text('on') } : {}),
    ...(week.value ? { span: 'week' } : {}),
    ...(team.value ? { team: team.value } : {}),
  }))

  function show(change: Record<string, string | undefined>): void {
    void router.replace({ query: { ...route.query, ...change } })
  }

  /** Where the rows behind a number are. */
  function rows(of: string, where: Record<string, string> = {}): RouteLocationRaw {
    return { path: '/board/rows', query: { ...kept.value, on: on.value, of, ...where } }
  }

  function path(address: string, query: Query = {}): string | null {
    return on.value ? withQuery(address, { ...asked.value, ...query }) : null
  }

  return { frame, on, week, team, asked, kept, show, rows, path, text }
}

/** The visit day before (-1) or after (1) a day, by the programme's weekdays; any day where it fixes none. */
export function nextVisitDay(on: string, direction: 1 | -1): string {
  const days = frame.value?.cadence.weekdays ?? []
  for (let steps = 1; steps <= WEEK_DAYS; steps++) {
    const day = plusDays(on, steps * direction)
    // ISO counts Sunday as 7.
    if (days.length === 0 || days.includes(weekday(day) || WEEK_DAYS)) return day
  }
  return plusDays(on, direction)
}
