// What this phone holds that its owner may want to know of: records on their way, parked ones, conflicts.
import { database } from '@/db/database'
import { readRecord } from '@/db/live'
import type { KeptRow, OutboxRow, ResultRow } from '@/db/schema'
import { type PhotoCount, type SyncState, stateOf, worstOf } from '@/sync/states'
import { t, tryText } from '@/text/t'
import type { CollectionName, ConflictEntry, Json } from '@/wire'
import { valueInWords } from '../conflict/words'

/** A record with mutations of ours in the outbox. */
export interface Waiting {
  collection: string
  id: string
  title: string
  mutations: { uuid: string; result: ResultRow | undefined }[]
  photos: PhotoCount
}

/** A mutation that was not accepted, with what it said. */
export interface Parked {
  row: KeptRow
  result: ResultRow
  title: string
  lines: string[]
}

/** A record whose conflict list is not empty. */
export interface Differing {
  collection: string
  id: string
  title: string
  count: number
}

/** How one record stands; `sending` are the uuids on their way. */
export function stateOfWaiting(waiting: Waiting, sending: ReadonlySet<string>): SyncState {
  return worstOf(waiting.mutations.map(({ uuid, result }) => stateOf(result, sending.has(uuid))))
}

/** Records in the outbox, oldest first. */
export async function readWaiting(): Promise<Waiting[]> {
  const db = database()
  const rows = await db.outbox.orderBy('order').toArray()
  const results = await db.results.bulkGet(rows.map((row) => row.uuid))
  const local = new Set(await db.attachments.where('state').anyOf('local', 'refused').primaryKeys())
  const groups = new Map<string, Waiting>()
  for (const [place, row] of rows.entries()) {
    const key = `${row.collection}/${row.id}`
    const group = groups.get(key) ?? {
      collection: row.collection,
      id: row.id,
      title: await titleOf(row),
      mutations: [],
      photos: { total: 0, waiting: 0 },
    }
    group.mutations.push({ uuid: row.uuid, result: results[place] })
    group.photos.total += row.mutation.attachments.length
    group.photos.waiting += row.mutation.attachments.filter((hash) => local.has(hash)).length
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** Parked mutations that were not put away, newest first. */
export async function readParked(): Promise<Parked[]> {
  const db = database()
  const results = await db.results
    .where({ outcome: 'parked' })
    .and((row) => row.settled === 0)
    .toArray()
  const found = await Promise.all(
    results.map(async (result) => {
      const row = await db.kept.get({ uuid: result.uuid })
      return row ? { row, result, title: await titleOf(row), lines: await linesOf(row) } : null
    }),
  )
  return found
    .filter((one) => one !== null)
    .sort((one, other) => other.result.answered_at - one.result.answered_at)
}

/** Records of the base whose conflicts nobody has settled. */
export async function readDiffering(): Promise<Differing[]> {
  const rows = await database()
    .base.filter((row) => Array.isArray(row.record.conflict) && row.record.conflict.length > 0)
    .toArray()
  const views = await Promise.all(
    rows.map(async ({ collection, id }) => {
      const view = await readRecord(collection as CollectionName, id)
      const conflict: ConflictEntry[] = view?.conflict ?? []
      return { collection, id, title: await titleOf({ collection, id }), count: conflict.length }
    }),
  )
  return views.filter((one) => one.count > 0)
}

/** What a record is called on a list: "走访 · 张*华". */
export async function titleOf({ collection, id }: Pick<OutboxRow, 'collection' | 'id'>): Promise<string> {
  const kind = tryText(`waiting.${collection}`) ?? t('waiting.other')
  const name = await nameOf(collection, id)
  return name ? `${kind} · ${name}` : kind
}

async function nameOf(collection: string, id: string): Promise<string | null> {
  switch (collection) {
    case 'place':
      return (await readRecord('place', id))?.label ?? null
    case 'visit':
      return (await readRecord('place', (await readRecord('visit', id))?.place_id))?.label ?? null
    case 'service_request':
      return (await readRecord('service_request', id))?.text?.slice(0, 24) ?? null
    case 'diary':
      return (await readRecord('diary', id))?.diary_on ?? null
    default:
      return null
  }
}

/** What a mutation said, a line for each field; ids and what has no words are left out. */
async function linesOf({ mutation }: OutboxRow): Promise<string[]> {
  const lines = Object.entries(mutation.changes).map(async ([field, change]) => {
    if (change.op === 'delta' || change.op === 'inc') return null
    const name = tryText(`conflict.field_${field}`)
    const value: Json = change.to
    if (name === null || value === null || /_id$|_at$/.test(field)) return null
    const said = change.op === 'step' ? [change.reason, change.text] : []
    return `${name}：${[await valueInWords(field, value), ...said].filter(Boolean).join(' · ')}`
  })
  return (await Promise.all(lines)).filter((line) => line !== null)
}
