// Push: the next batch of the outbox within the server's limits, and what its answer means. Numbers cite sync/README.md.
import { getMeta, setMeta } from '@/db/meta'
import { offerAgainFrom, takeNewNumber, unacknowledged } from '@/db/numbering'
import type { OutboxRow, PhoneDatabase } from '@/db/schema'
import { APP_VERSION, SCHEMA } from '@/version'
import type { Mutation, PushBody, PushReply } from '@/wire'
import { leaveOutbox, noteResults } from './outcomes'

export const MAX_MUTATIONS = 200
export const MAX_BYTES = 256 * 1024
/** Room for what stands around the mutations in the body. */
const FRAME_BYTES = 600

/** A mutation under the number it goes by. */
export type Numbered = Pick<OutboxRow, 'client_id' | 'mid' | 'mutation'>

export interface Batch {
  body: PushBody
  uuids: string[]
}

/** The oldest unacknowledged mutations that fit into `max_bytes` [M1]; `null` when there are none. One always fits. */
export async function nextBatch(db: PhoneDatabase, max_bytes: number = MAX_BYTES): Promise<Batch | null> {
  const client_id = await getMeta('client_id', null, db)
  if (client_id === null) return null
  const rows = fitting(await unacknowledged(db), client_id, max_bytes)
  if (rows.length === 0) return null
  const body = { ...(await emptyBody(db)), mutations: rows.map(asSent) }
  return { body, uuids: rows.map((row) => row.uuid) }
}

/** A push of nothing. */
export async function emptyBody(db: PhoneDatabase): Promise<PushBody> {
  return {
    client_id: (await getMeta('client_id', null, db)) ?? '',
    app_version: APP_VERSION,
    schema: SCHEMA,
    epoch: await getMeta('epoch', null, db),
    clock: Date.now(),
    mutations: [],
  }
}

/** The first of these rows that travel together under `client_id`. */
export function fitting<Row extends Numbered>(
  rows: readonly Row[],
  client_id: string,
  max_bytes: number,
): Row[] {
  const chosen: Row[] = []
  let bytes = FRAME_BYTES
  for (const row of rows) {
    const previous = chosen.at(-1)
    bytes += new TextEncoder().encode(JSON.stringify(asSent(row))).length + 1
    const follows = previous === undefined || row.mid === previous.mid + 1
    const fits = previous === undefined || (bytes <= max_bytes && chosen.length < MAX_MUTATIONS)
    if (row.client_id !== client_id || !follows || !fits) break
    chosen.push(row)
  }
  return chosen
}

function asSent(row: Numbered): Mutation {
  return { mid: row.mid, ...row.mutation }
}

/** Stores the outcomes of a batch; a number that another phone used means that this one needs a new one [M5] [L9]. */
export async function takePushReply(db: PhoneDatabase, batch: Batch, reply: PushReply): Promise<void> {
  const reused = await db.transaction(
    'rw',
    [db.outbox, db.kept, db.results, db.cursors, db.meta],
    async () => {
      const clash = await noteResults(db, batch.body.client_id, reply.results)
      await setMeta('clock_offset_ms', reply.server_time - Date.now(), db)
      await leaveOutbox(db)
      return clash
    },
  )
  if (reused) await takeNewNumber(db)
}

/** 409: the server waits for `expected_mid` [M3]. Offers again from there, or takes a new number [L9]. */
export async function takeGap(db: PhoneDatabase, batch: Batch, expected_mid: number): Promise<void> {
  const whole = await offerAgainFrom(db, batch.body.client_id, expected_mid)
  const known = expected_mid <= ((await getMeta('last_mid', 0, db)) ?? 0)
  if (!whole || !known) await takeNewNumber(db)
}
