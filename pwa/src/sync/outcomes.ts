// Outcomes of mutations, and when a mutation may leave the outbox without the screen losing it [L6] [L7].
import { setMeta } from '@/db/meta'
import type { OutboxRow, PhoneDatabase, ResultRow } from '@/db/schema'
import type { Outcome } from '@/wire'

/**
 * Stores outcomes by the uuid of their mutation. Returns whether one says `id_reuse`: that one is no outcome, its mutation
 * stays. Joins the caller's transaction.
 */
export async function noteResults(
  db: PhoneDatabase,
  client_id: string,
  outcomes: readonly Outcome[],
): Promise<boolean> {
  const answered_at = Date.now()
  let reused = false
  for (const { mid, record: _record, ...outcome } of outcomes) {
    const row = await db.outbox.where({ client_id, mid }).first()
    if (!row) continue
    if (outcome.code === 'id_reuse') {
      reused = true
      continue
    }
    await db.results.put({ ...outcome, uuid: row.uuid, answered_at, settled: 0 })
    await setMeta('pull_owed', true, db)
  }
  return reused
}

/**
 * Moves on what is done with: parked mutations at once (the screen shows what the server holds, the content stays to be read),
 * the others when a pull has covered them. `head` are the scopes this session may read, once known.
 */
export async function leaveOutbox(
  db: PhoneDatabase,
  head: Record<string, number> | null = null,
): Promise<void> {
  const rows = await db.outbox.orderBy('order').toArray()
  const results = await db.results.bulkGet(rows.map((row) => row.uuid))
  const cursors = new Map((await db.cursors.toArray()).map((row) => [row.scope, row]))
  const covered = (result: ResultRow): boolean => {
    if (result.outcome === 'parked' || result.seq == null || result.scope == null) return true
    if (head !== null && !(result.scope in head)) return true
    const row = cursors.get(result.scope)
    return row !== undefined && !row.anew && row.cursor >= result.seq
  }
  const leaving = rows.filter((_row, place) => {
    const result = results[place]
    return result !== undefined && covered(result)
  })
  await keep(db, leaving)
}

async function keep(db: PhoneDatabase, rows: readonly OutboxRow[]): Promise<void> {
  const left_at = Date.now()
  await db.kept.bulkPut(rows.map((row) => ({ ...row, left_at })))
  await db.outbox.bulkDelete(rows.map((row) => row.order))
}
