// Earlier days of a person that have visits or a diary, newest first.
import type { Diary, Visit } from '@/wire'
import { type DayTotals, totalsOf, visitsOf } from './day_lines'

export interface EarlierDay {
  on: string
  totals: DayTotals
  /** The beginning of the diary's text. */
  text: string
  state: 'none' | 'saved' | 'submitted'
}

/** A month of Fridays and what lies between. */
const DAYS = 30
const BEGINNING = 40

export function earlierDays(
  visits: readonly Visit[],
  diaries: readonly Diary[],
  person: string,
  before: string,
): EarlierDay[] {
  const mine = diaries.filter((one) => one.author_id === person && one.diary_on)
  const made = visitsOf(visits, person)
  const days = new Set([...mine.map((one) => one.diary_on), ...made.map((one) => one.visit_on)])
  return [...days]
    .filter((on): on is string => on !== null && on < before)
    .sort()
    .reverse()
    .slice(0, DAYS)
    .map((on) => {
      const diary = mine.find((one) => one.diary_on === on)
      return {
        on,
        totals: totalsOf(made.filter((one) => one.visit_on === on)),
        text: beginningOf(diary?.text ?? ''),
        state: !diary ? 'none' : diary.submitted ? 'submitted' : 'saved',
      }
    })
}

function beginningOf(text: string): string {
  const signs = Array.from(text.trim())
  return signs.length > BEGINNING ? `${signs.slice(0, BEGINNING).join('')}…` : signs.join('')
}
