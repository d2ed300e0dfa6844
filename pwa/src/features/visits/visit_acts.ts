// What the buttons of a visit do: each is stored at once, and each quick one can be taken back for eight seconds.
import { type NewValues, patch } from '@/db/records'
import { wordFor } from '@/programme'
import { t } from '@/text/t'
import type { Visit } from '@/wire'
import { lastAct } from './quick_undo'
import { tapsOf } from './taps'

type Outcome = NonNullable<Visit['outcome']>
type Finding = NonNullable<Visit['finding']>

/** Whether the outcome asks "anything?". */
export function asksFinding(outcome: Visit['outcome']): boolean {
  return outcome === 'met'
}

/** Whether a contact card may have been left instead of a talk. */
export function mayLeaveCard(outcome: Visit['outcome']): boolean {
  return outcome === 'nobody' || outcome === 'inconvenient'
}

/** Stores the outcome and forgets what belonged to another one. */
export function chooseOutcome(visit: Visit, outcome: Outcome): Promise<void> {
  return patch('visit', visit.id, {
    outcome,
    finding: asksFinding(outcome) ? visit.finding : null,
    card_left: mayLeaveCard(outcome) ? visit.card_left : null,
    rescheduled_on: outcome === 'rescheduled' ? visit.rescheduled_on : null,
  })
}

/** Stores whether anything came up; "nothing" offers to undo. */
export async function chooseFinding(visit: Visit, finding: Finding, name: string): Promise<void> {
  const before = visit.finding
  await patch('visit', visit.id, { finding })
  if (finding !== 'nothing') return
  lastAct.value = {
    message: t('visits.savedOutcome', { name, word: wordFor('findings', finding) }),
    undo: () => patch('visit', visit.id, { finding: before }),
    back_to: `/visit/${visit.id}`,
    at: Date.now(),
  }
}

/** What may be stored with the end of a visit. */
export type Ending = Pick<NewValues<'visit'>, 'card_left' | 'opinion' | 'rescheduled_on'>

/** Ends the visit; the first end stays. Without a talk the whole outcome can be undone. */
export async function finish(visit: Visit, ending: Ending, name: string, draft?: string): Promise<void> {
  const taps = visit.taps ?? tapsOf(visit.id)
  await patch('visit', visit.id, { ...ending, finished_at: visit.finished_at ?? Date.now(), taps }, { draft })
  if (visit.finished_at !== null || asksFinding(visit.outcome)) return
  lastAct.value = {
    message: t('visits.savedOutcome', { name, word: wordFor('outcomes', visit.outcome) }),
    undo: () =>
      patch('visit', visit.id, {
        outcome: null,
        card_left: null,
        rescheduled_on: null,
        finished_at: null,
      }),
    back_to: `/visit/${visit.id}`,
    at: Date.now(),
  }
}

/** Takes back a visit that was begun by mistake; it stays on record as withdrawn. */
export async function withdraw(visit: Visit, name: string): Promise<void> {
  await patch('visit', visit.id, { withdrawn: true })
  lastAct.value = {
    message: t('visits.savedWithdrawn', { name }),
    undo: () => patch('visit', visit.id, { withdrawn: false }),
    back_to: `/visit/${visit.id}`,
    at: Date.now(),
  }
}
