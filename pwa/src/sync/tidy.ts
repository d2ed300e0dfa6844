// What may go: delivered mutations after 30 days, and photos that no record and no draft mentions any more.
import type { PhoneDatabase } from '@/db/schema'

const DAY_MS = 86_400_000
/** [L8] For a server restored from a backup. */
const KEPT_MS = 30 * DAY_MS
const DRAFT_PHOTO_MS = 7 * DAY_MS

/** Never touches the outbox, nor a parked mutation its author has not put away. */
export async function tidy(db: PhoneDatabase, now_ms: number = Date.now()): Promise<void> {
  await db.transaction('rw', db.kept, db.results, async () => {
    const old = await db.kept
      .where('left_at')
      .below(now_ms - KEPT_MS)
      .toArray()
    const results = await db.results.bulkGet(old.map((row) => row.uuid))
    const done = old.filter(
      (_row, place) => results[place]?.outcome !== 'parked' || results[place]?.settled === 1,
    )
    await db.kept.bulkDelete(done.map((row) => row.order))
    await db.results.bulkDelete(done.map((row) => row.uuid))
  })
  await db.transaction('rw', db.attachments, db.drafts, async () => {
    const drafts = JSON.stringify((await db.drafts.toArray()).map((row) => row.value))
    const old = await db.attachments
      .where({ state: 'draft' })
      .and((row) => row.created_at < now_ms - DRAFT_PHOTO_MS && !drafts.includes(row.sha256))
      .primaryKeys()
    await db.attachments.bulkDelete(old)
  })
}
