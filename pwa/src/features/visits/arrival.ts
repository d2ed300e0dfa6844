// "Arrived" (到了): one tap stores the visit; one location fix is looked for beside it and added when it comes.
import { shallowReactive } from 'vue'
import { session } from '@/api/session'
import { today } from '@/dates'
import { readQuery, readRecord } from '@/db/live'
import { create, patch } from '@/db/records'
import { type FixState, searchFix } from '@/device/gps'
import { programme } from '@/programme'
import type { Visit } from '@/wire'
import { beginTaps, tapNow } from './taps'

const searches = shallowReactive(new Map<string, FixState>())
const arriving = new Map<string, Promise<string>>()

/** How the search for a visit's fix goes, `undefined` when this run of the app has not searched for it. */
export function fixSearchOf(visit_id: string): FixState | undefined {
  return searches.get(visit_id)
}

/**
 * The id of the new visit, after it is on the disk. A second tap on the same door, and a visit of today that still has no
 * outcome, lead to the same visit. Throws ReadableError when the phone cannot store.
 */
export function arrive(place_id: string, mode: NonNullable<Visit['mode']> = 'doorstep'): Promise<string> {
  const running = arriving.get(place_id)
  if (running) return running
  const made = record(place_id, mode, tapNow()).finally(() => arriving.delete(place_id))
  arriving.set(place_id, made)
  return made
}

async function record(
  place_id: string,
  mode: NonNullable<Visit['mode']>,
  first_tap: number,
): Promise<string> {
  const cadre_id = session.value?.cadre?.id ?? session.value?.account.id ?? null
  const visit_on = today()
  const mine = await readQuery('visit', { where: { visit_on, cadre_id } })
  const begun = mine.find(
    (one) => one.place_id === place_id && !one.outcome && !one.withdrawn && one.mode === mode,
  )
  if (begun) return begun.id
  const id = await create('visit', {
    place_id,
    cadre_id,
    visit_on,
    arrived_at: Date.now(),
    mode,
    companions: companionsOf(mine),
  })
  beginTaps(id, first_tap)
  if (mode === 'doorstep') void addFix(id)
  return id
}

/** Who walks along seldom changes between two doors: the last visit's companions. */
function companionsOf(mine: readonly Visit[]): string[] {
  const last = mine.reduce<Visit | null>(
    (latest, one) => ((one.arrived_at ?? 0) > (latest?.arrived_at ?? 0) ? one : latest),
    null,
  )
  return last?.companions ?? []
}

/** Whether a fix may be looked for at all: the programme's switch and the person's own. */
export async function mayLocate(): Promise<boolean> {
  if (programme.value.location_check_in === false) return false
  const cadre = await readRecord('cadre', session.value?.cadre?.id)
  return !cadre?.location_off
}

/** Looks for one fix and stores it; the screens go on meanwhile, and a phone that dies before is no loss to the visit. */
async function addFix(visit_id: string): Promise<void> {
  const owner = session.value?.account.id
  const search = searchFix(await mayLocate())
  searches.set(visit_id, search.state.value)
  const found = await search.done
  searches.set(visit_id, search.state.value)
  // Another person may have signed in meanwhile; this fix is none of theirs.
  if (session.value?.account.id !== owner) return
  const android = 'lat' in found && /Android/i.test(navigator.userAgent)
  await patch('visit', visit_id, { fix: android ? { ...found, android: true } : found }).catch(
    () => undefined,
  )
}
