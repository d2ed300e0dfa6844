// What a person does about parked mutations: submit again, put away.
import { durable } from '@/db/database'
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
