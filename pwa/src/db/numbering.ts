// The numbers of mutations: taking a new client id [L9], and offering again what a restored server lacks [L8].
import { setMeta } from './meta'
import type { KeptRow, OutboxRow, PhoneDatabase } from './schema'
import { tell } from './told'
import { uuid7 } from './uuid'

const NUMBERS = 'doorstep.numbers'
const MOST_NUMBERS = 20

/** The client ids this phone went under, newest first, whoever was signed in: the server finds the person's own among them [L10]. */
export function knownNumbers(): string[] {
  const kept = localStorage.getItem(NUMBERS)
  return kept ? kept.split(' ') : []
}

/** Keeps a client id beyond signing out. */
export function rememberNumber(client_id: string): void {
  const others = knownNumbers().filter((one) => one !== client_id)
  localStorage.setItem(NUMBERS, [client_id, ...others].slice(0, MOST_NUMBERS).join(' '))
}

/**
 * Takes a new client id and numbers what was never acknowledged anew from 1, under the old uuids. Acknowledged mutations that
 * wait for their pull stay as they are. Nothing leaves the outbox.
 */
export async function takeNewNumber(db: PhoneDatabase, client_id: string = uuid7()): Promise<void> {
  await db.transaction('rw', db.outbox, db.results, db.meta, async () => {
    let mid = 0
    const before = await db.meta.get('client_id')
    for (const row of await unacknowledged(db)) {
      mid += 1
      await db.outbox.update(row.order, { client_id, mid })
    }
    await setMeta('client_id', client_id, db)
    await setMeta('last_mid', mid, db)
    if (before) await tell(db, 'new_number')
  })
  // Whoever enrols again goes on under the number that the server knows this work by [L10].
  rememberNumber(client_id)
}

/** Mutations without an outcome, in the order of writing. */
export async function unacknowledged(db: PhoneDatabase): Promise<OutboxRow[]> {
  const rows = await db.outbox.orderBy('order').toArray()
  const results = await db.results.bulkGet(rows.map((row) => row.uuid))
  return rows.filter((_row, place) => results[place] === undefined)
}

/**
 * Forgets the outcomes from `mid` on, so that those mutations are pushed again, unchanged and under their old numbers.
 * `false` when the first of them is gone from this phone: then it needs a new number.
 */
export async function offerAgainFrom(db: PhoneDatabase, client_id: string, mid: number): Promise<boolean> {
  return db.transaction('rw', [db.base, db.outbox, db.kept, db.results, db.attachments], async () => {
    const range = [
      [client_id, mid],
      [client_id, Number.MAX_SAFE_INTEGER],
    ] as const
    const kept = await db.kept
      .where('[client_id+mid]')
      .between(...range, true, true)
      .toArray()
    const waiting = await db.outbox
      .where('[client_id+mid]')
      .between(...range, true, true)
      .toArray()
    const all = [...kept, ...waiting].sort((one, other) => one.mid - other.mid)
    const whole = all.every((row, place) => row.mid === mid + place)
    if (!whole) return false
    await db.kept.bulkDelete(kept.map((row) => row.order))
    await db.outbox.bulkPut(kept.map(withoutDate))
    for (const { collection, id, uuid } of kept) await noteContained(db, [collection, id], uuid)
    await db.results.bulkDelete(all.map((row) => row.uuid))
    // The restored server may lack their photos too.
    await db.attachments.where('state').equals('sent').modify({ state: 'local' })
    return true
  })
}

async function noteContained(db: PhoneDatabase, key: [string, string], uuid: string): Promise<void> {
  const row = await db.base.get(key)
  if (row) await db.base.update(key, { contains: [...(row.contains ?? []), uuid] })
}

function withoutDate({ left_at: _left_at, ...row }: KeptRow): OutboxRow {
  return row
}
