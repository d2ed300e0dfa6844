// How things stand, in words that are true: of one record, and of everything this phone holds (SYNC.md "honest status").
import { computed, type Ref, toValue } from 'vue'
import { database } from '@/db/database'
import { useLive } from '@/db/live'
import { getMeta } from '@/db/meta'
import type { ResultRow } from '@/db/schema'
import { t, tryText } from '@/text/t'
import type { CollectionName } from '@/wire'
import { inFlight } from './progress'

/** From the one that needs a person most to the one that is done with. */
export const STATES = ['needs_you', 'with_leader', 'waiting', 'sending', 'differs', 'confirmed'] as const
export type SyncState = (typeof STATES)[number]

/** Parked mutations that the author cannot mend: somebody else looks at them. */
const WITH_LEADER = new Set(['scope_lost', 'quarantined', 'internal_error'])

/** The state of one mutation. */
export function stateOf(
  result: Pick<ResultRow, 'outcome' | 'code'> | undefined,
  sending: boolean,
): SyncState {
  if (result === undefined) return sending ? 'sending' : 'waiting'
  if (result.outcome === 'applied') return 'confirmed'
  if (result.outcome !== 'parked') return 'differs'
  return WITH_LEADER.has(result.code ?? '') ? 'with_leader' : 'needs_you'
}

/** The one that matters most. */
export function worstOf(states: readonly SyncState[]): SyncState {
  return STATES.find((state) => states.includes(state)) ?? 'confirmed'
}

/** Photos of a record: all, and those the server does not hold yet. */
export interface PhotoCount {
  total: number
  waiting: number
}

export interface RecordState {
  state: SyncState
  photos: PhotoCount
}

/** The state in words, e.g. "已送达，照片 2/3". */
export function stateInWords({ state, photos }: RecordState): string {
  const words = t(`sync.${state}`)
  if (photos.waiting === 0) return words
  return t('sync.withPhotos', { words, sent: photos.total - photos.waiting, total: photos.total })
}

/** Why a mutation was parked: the server's sentences, else ours, else a general one. */
export function reasonInWords(result: Pick<ResultRow, 'zh' | 'en' | 'code'>): { zh: string; en: string } {
  if (result.zh && result.en) return { zh: result.zh, en: result.en }
  return {
    zh: tryText(`sync.parked_${result.code}`) ?? '系统没有接受这条内容，已保留在本机。',
    en: 'The system did not accept this; it is kept on this phone.',
  }
}

/** How a record of this phone stands, live. Without anything of ours pending: confirmed. */
export function useRecordState(
  collection: CollectionName,
  id: () => string | null | undefined,
): Ref<RecordState> {
  const read = useLive(
    () => readRecordState(collection, toValue(id) ?? ''),
    { mutations: [] as Row[], photos: { total: 0, waiting: 0 } },
    () => toValue(id),
  )
  return computed(() => ({
    state: worstOf(read.value.mutations.map(({ uuid, result }) => stateOf(result, inFlight.value.has(uuid)))),
    photos: read.value.photos,
  }))
}

interface Row {
  uuid: string
  result: ResultRow | undefined
}

async function readRecordState(
  collection: string,
  id: string,
): Promise<{ mutations: Row[]; photos: PhotoCount }> {
  const db = database()
  const pending = await db.outbox.where({ collection, id }).toArray()
  const kept = await db.kept.where({ id }).toArray()
  const rows = [...pending, ...kept.filter((row) => row.collection === collection)]
  const results = await db.results.bulkGet(rows.map((row) => row.uuid))
  const hashes = [...new Set(rows.flatMap((row) => row.mutation.attachments))]
  const photos = await db.attachments.bulkGet(hashes)
  const waiting = photos.filter((photo) => photo?.state === 'local' || photo?.state === 'refused').length
  const mutations = rows
    .map((row, place) => ({ uuid: row.uuid, result: results[place] }))
    .filter(({ result }) => result?.settled !== 1)
  return { mutations, photos: { total: hashes.length, waiting } }
}

/** Everything this phone holds, in numbers. */
export interface SyncSummary {
  /** Records with something not acknowledged yet. */
  waiting: number
  /** Parked and not put away. */
  parked: number
  photos_waiting: number
  photos_refused: number
  /** Of the last complete pull; `null` before the first. */
  complete_pull_at: number | null
  /** May be said only when the outbox is empty, nothing is parked, no photo is awaited and a complete pull came last. */
  all_confirmed: boolean
}

export const NOTHING_KNOWN: SyncSummary = {
  waiting: 0,
  parked: 0,
  photos_waiting: 0,
  photos_refused: 0,
  complete_pull_at: null,
  all_confirmed: false,
}

/** The summary, live; before the first reading it claims nothing. */
export function useSyncSummary(): Ref<SyncSummary> {
  return useLive(readSummary, NOTHING_KNOWN)
}

/** The summary as it is now. */
export async function readSummary(): Promise<SyncSummary> {
  const db = database()
  const outbox = await db.outbox.toArray()
  const results = await db.results.bulkGet(outbox.map((row) => row.uuid))
  const waiting = new Set(
    outbox.filter((_row, place) => !results[place]).map((row) => `${row.collection}/${row.id}`),
  ).size
  const parked = await db.results
    .where({ outcome: 'parked' })
    .and((row) => row.settled === 0)
    .count()
  const photos_waiting = await db.attachments.where({ state: 'local' }).count()
  const photos_refused = await db.attachments.where({ state: 'refused' }).count()
  const complete_pull_at = await getMeta('complete_pull_at', null, db)
  const pull_owed = await getMeta('pull_owed', true, db)
  return {
    waiting,
    parked,
    photos_waiting,
    photos_refused,
    complete_pull_at,
    all_confirmed:
      outbox.length === 0 &&
      parked === 0 &&
      photos_waiting + photos_refused === 0 &&
      complete_pull_at !== null &&
      pull_owed === false,
  }
}
