// A late entry's fields from its form: the time is the person's word, and there is no fix because it would say where he is now.
import type { NewFields } from '@/db/records'
import { ReadableError } from '@/errors'
import type { Visit } from '@/wire'
import { asksFinding } from './visit_acts'

export interface LateEntry {
  /** YYYY-MM-DD in Asia/Shanghai. */
  on: string
  /** HH:MM in Asia/Shanghai, or '' when nobody remembers. */
  at: string
  mode: NonNullable<Visit['mode']>
  outcome: NonNullable<Visit['outcome']> | ''
  finding: NonNullable<Visit['finding']> | ''
  opinion: string
}

/** When nobody remembers the hour, noon: the middle of the day it was. */
const UNKNOWN_TIME = '12:00'

/** The visit to store. Throws ReadableError when the outcome is missing or the time has not come yet. */
export function lateVisit(
  form: LateEntry,
  by: { place_id: string; cadre_id: string | null; now_ms: number },
): NewFields<'visit'> {
  if (form.outcome === '') {
    throw new ReadableError('missing_outcome', '请先选走访结果。', 'Choose the outcome of the visit first.')
  }
  if (asksFinding(form.outcome) && form.finding === '') {
    throw new ReadableError('missing_finding', '请选有没有意见或诉求。', 'Say whether anything came up.')
  }
  const claimed_at = Date.parse(`${form.on}T${form.at || UNKNOWN_TIME}:00+08:00`)
  const arrived_at = form.at === '' ? Math.min(claimed_at, by.now_ms) : claimed_at
  if (Number.isNaN(arrived_at) || arrived_at > by.now_ms) {
    throw new ReadableError(
      'time_to_come',
      '走访时间不能晚于现在，请改一下。',
      'The visit cannot lie in the future; please correct its time.',
    )
  }
  const met = asksFinding(form.outcome)
  return {
    place_id: by.place_id,
    cadre_id: by.cadre_id,
    visit_on: form.on,
    arrived_at,
    late_entry: true,
    mode: form.mode,
    outcome: form.outcome,
    finding: met ? form.finding || null : null,
    opinion: met && form.finding === 'opinion' ? form.opinion.trim() || null : null,
    finished_at: arrived_at,
  }
}
