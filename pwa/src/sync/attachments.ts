// Photos on their way: each by its hash, asked for first, sent once; independent of push and pull [P5].
import { send } from '@/api/http'
import type { PhoneDatabase } from '@/db/schema'

const UPLOAD_TIMEOUT_MS = 120_000

/** How the sending of photos ended: all that could be sent was, or the network or server said stop. */
export type Sent = 'done' | 'stopped'

/** Sends every photo a record mentions. One bad photo stops no other. */
export async function sendPhotos(db: PhoneDatabase): Promise<Sent> {
  for (const sha256 of await db.attachments.where({ state: 'local' }).primaryKeys()) {
    const state = await deliver(db, sha256)
    if (state === 'stopped') return 'stopped'
    await db.attachments.update(sha256, { state })
  }
  await dropDelivered(db)
  return 'done'
}

async function deliver(db: PhoneDatabase, sha256: string): Promise<'sent' | 'refused' | 'stopped'> {
  const path = `/attachments/${sha256}`
  const there = await send(path, { method: 'HEAD' })
  if (there.kind === 'server' && there.status === 200) return 'sent'
  if (there.kind !== 'server' && there.kind !== 'refused') return 'stopped'
  const row = await db.attachments.get(sha256)
  if (!row) return 'sent'
  const reply = await send(path, {
    method: 'PUT',
    bytes: { content: row.bytes, type: row.type },
    timeout_ms: UPLOAD_TIMEOUT_MS,
  })
  if (reply.kind === 'server') return 'sent'
  return reply.kind === 'too_large' || (reply.kind === 'refused' && reply.status === 422)
    ? 'refused'
    : 'stopped'
}

/** Bytes go only after the server holds them and no mutation that mentions them is still in the outbox. */
async function dropDelivered(db: PhoneDatabase): Promise<void> {
  await db.transaction('rw', db.attachments, db.outbox, async () => {
    for (const sha256 of await db.attachments.where({ state: 'sent' }).primaryKeys()) {
      const mentioned = await db.outbox.where('mutation.attachments').equals(sha256).count()
      if (mentioned === 0) await db.attachments.delete(sha256)
    }
  })
}
