// One sync from beginning to end: rounds of push and pull until nothing is left to say. The sequence of the protocol.
import { type Reply, send } from '@/api/http'
import { setMeta } from '@/db/meta'
import type { PhoneDatabase } from '@/db/schema'
import type { PullBody, PullReply, PushReply } from '@/wire'
import { isNewEpoch, pullBody, takePullReply } from './pull'
import { type Batch, emptyBody, MAX_BYTES, nextBatch, takeGap, takePushReply } from './push'

/** How a sync ended. */
export type Ended =
  | { kind: 'complete' }
  | { kind: 'offline' | 'portal' | 'expired' | 'logout' | 'wipe' | 'revoked' }
  | { kind: 'busy'; retry_after_s: number | null }
  | { kind: 'refused'; code: string }

interface Both {
  push?:
    | (PushReply & { error?: undefined })
    | { error: string; expected_mid?: number; max_bytes?: number }
    | null
  pull?: PullReply | null
}

/** A server that always says "again" must not keep a phone awake. */
const MOST_ROUNDS = 200
const LEAST_BYTES = 2000

/** How much a batch may hold; halved where a gateway or a weak network refuses, and kept for the next sync. */
let batchBytes = MAX_BYTES

/** Runs rounds until everything is delivered and read, or something stands in the way. `sending` hears which uuids travel. */
export async function syncRounds(
  db: PhoneDatabase,
  sending: (uuids: readonly string[]) => void,
): Promise<Ended> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const batch = await nextBatch(db, batchBytes)
    const asked = await pullBody(db)
    sending(batch?.uuids ?? [])
    const reply = await exchange(batch, asked)
    const ended = await take(db, batch, asked, reply)
    if (ended !== 'again') return ended
  }
  return { kind: 'busy', retry_after_s: null }
}

/** Push and pull share one round trip, because one costs seconds on a village network. */
async function exchange(batch: Batch | null, asked: PullBody): Promise<Reply<Both>> {
  if (batch) return send<Both>('/sync', { json: { push: batch.body, pull: asked } })
  const reply = await send<PullReply>('/sync/pull', { json: asked })
  return reply.kind === 'server' ? { ...reply, body: { pull: reply.body } } : reply
}

async function take(
  db: PhoneDatabase,
  batch: Batch | null,
  asked: PullBody,
  reply: Reply<Both>,
): Promise<Ended | 'again'> {
  switch (reply.kind) {
    case 'server':
      return takeBoth(db, batch, asked, reply.status, reply.body, reply.retry_after_s ?? null)
    case 'too_large':
      return smallerBatch(batch, reply.max_bytes)
    case 'refused':
      return reply.code === 'device_revoked' ? handIn(db, batch) : { kind: 'refused', code: reply.code }
    case 'offline':
      // On a weak network a smaller parcel may get through where a large one did not.
      if (batch) batchBytes = Math.max(LEAST_BYTES, Math.floor(batchBytes / 2))
      return { kind: 'offline' }
    case 'busy':
      return { kind: 'busy', retry_after_s: reply.retry_after_s }
    default:
      return { kind: reply.kind }
  }
}

async function takeBoth(
  db: PhoneDatabase,
  batch: Batch | null,
  asked: PullBody,
  status: number,
  { push, pull }: Both,
  retry_after_s: number | null,
): Promise<Ended | 'again'> {
  let again = false
  if (batch && push && push.error === undefined) {
    await takePushReply(db, batch, push)
    if (await isNewEpoch(db, push)) return 'again'
    batchBytes = Math.min(MAX_BYTES, batchBytes * 2)
    again = (await nextBatch(db)) !== null
  }
  const pulled = pull ? await takePullReply(db, asked, pull) : 'again'
  if (batch && push?.error === 'gap' && push.expected_mid !== undefined) {
    await takeGap(db, batch, push.expected_mid)
    again = true
  } else if (batch && status === 413) {
    return smallerBatch(batch, push && 'max_bytes' in push ? (push.max_bytes ?? null) : null)
  } else if (batch && push?.error !== undefined) {
    return status === 503 || status === 429
      ? { kind: 'busy', retry_after_s }
      : { kind: 'refused', code: push.error }
  }
  if (again || pulled === 'again') return 'again'
  await setMeta('complete_pull_at', Date.now(), db)
  return { kind: 'complete' }
}

/** [M1] Split by bytes; a single mutation that is refused for its size is a fault of the gateway, not of the batch. */
function smallerBatch(batch: Batch | null, max_bytes: number | null): Ended | 'again' {
  if (!batch || batch.uuids.length === 1) return { kind: 'refused', code: 'too_large' }
  batchBytes = Math.max(LEAST_BYTES, Math.min(max_bytes ?? batchBytes, Math.floor(batchBytes / 2)))
  return 'again'
}

/**
 * [S4] A phone whose owner left the post pulls nothing more, but its work is handed in for a person to look at. An empty push
 * asks whether the server still has what it took: one that came back from a backup gets it again.
 */
async function handIn(db: PhoneDatabase, batch: Batch | null): Promise<Ended> {
  let left = batch
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const reply = await send<PushReply>('/sync/push', { json: left?.body ?? (await emptyBody(db)) })
    if (reply.kind === 'refused' && reply.code === 'gap' && left) {
      await takeGap(db, left, Number(reply.body.expected_mid))
    } else if (reply.kind !== 'server') {
      return { kind: reply.kind === 'wipe' ? 'wipe' : 'revoked' }
    } else {
      if (left) await takePushReply(db, left, reply.body)
      await isNewEpoch(db, reply.body)
    }
    left = await nextBatch(db, batchBytes)
    if (!left) break
  }
  return { kind: 'revoked' }
}
