// What a person does about parked mutations and held work: submit again, put away, export to a file.
import { session } from '@/api/session'
import { database, durable } from '@/db/database'
import { readRecord } from '@/db/live'
import { by, type Door, step, together } from '@/db/records'
import type { Fields } from '@/db/schema'
import type { Change, CollectionName, Json } from '@/wire'
import type { Parked } from './held'

/** The same content once more, over what the record holds now; the parked one is put away. */
export async function submitAgain({ row, result }: Parked): Promise<void> {
  const { op, changes, settles } = row.mutation
  const collection = row.collection as CollectionName
  const now = (await readRecord(collection, row.id)) as unknown as Fields | null
  await together((door: Door) => {
    const values = Object.fromEntries(
      Object.entries(changes).map(([field, change]) => [field, again(change, now?.[field] ?? null)]),
    )
    if (op === 'create' || op === 'event') door.create(collection, values, row.id)
    else if (op === 'delete') door.remove(collection, row.id)
    else door.patch(collection, row.id, values, settles)
  })
  await putAway(result.uuid)
}

/** A change as the value to say to the door, over what the record holds now. */
function again(change: Change, now: Json): never {
  if (change.op === 'inc') return by(change.by) as never
  if (change.op === 'step') return step(change.to, { reason: change.reason, text: change.text }) as never
  if (change.op !== 'delta') return change.to as never
  const stays = Array.isArray(now) ? now.filter((one) => !change.remove.includes(one)) : []
  return [...stays, ...change.add.filter((one) => !stays.includes(one))] as never
}

/** The person has read it. */
export async function putAway(uuid: string): Promise<void> {
  await durable((db) => db.results.update(uuid, { settled: 1 }))
}

/** Everything that is not yet certain to be on the server, as one file for a leader or a technician. */
export async function exportFile(): Promise<File> {
  const db = database()
  const [outbox, results, drafts, attachments, meta] = await Promise.all([
    db.outbox.orderBy('order').toArray(),
    db.results.toArray(),
    db.drafts.toArray(),
    db.attachments.toArray(),
    db.meta.get('client_id'),
  ])
  const parked = new Set(results.filter((row) => row.outcome === 'parked').map((row) => row.uuid))
  const kept = (await db.kept.toArray()).filter((row) => parked.has(row.uuid))
  const content = {
    format: 'doorstep-outbox-1',
    account_id: session.value?.account.id ?? null,
    client_id: meta?.value ?? null,
    exported_at: Date.now(),
    outbox: outbox.map((row) => ({ mid: row.mid, client_id: row.client_id, ...row.mutation })),
    parked: kept.map((row) => ({ mid: row.mid, client_id: row.client_id, ...row.mutation })),
    drafts,
    attachments: attachments.map((row) => ({ ...row, bytes: base64(row.bytes) })),
  }
  return new File([JSON.stringify(content)], `doorstep-${Date.now()}.json`, { type: 'application/json' })
}

function base64(bytes: ArrayBuffer): string {
  let text = ''
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte)
  return btoa(text)
}
