// One entry of a record's conflict list as two sides to choose from, and the choice as an ordinary mutation.
import { database } from '@/db/database'
import { patch } from '@/db/records'
import { clean, sentences } from '@/sync/text_merge'
import { type CollectionName, type ConflictEntry, type Json, POLICIES, type Synced } from '@/wire'
import { valueInWords } from './words'

/** What one of the two is: its text, whose it is, and whether the record holds it now. */
export interface Side {
  text: string
  value: Json
  mine: boolean
  by_name: string | null
  current: boolean
}

export interface Difference {
  entry: ConflictEntry
  sides: [Side, Side]
  may_keep_both: boolean
}

/** The record's open conflicts, the person's own side first. */
export async function differencesOf(
  record: Synced,
  collection: CollectionName,
  me: string,
): Promise<Difference[]> {
  return Promise.all(
    record.conflict.map(async (entry) => {
      const value = (record as unknown as Record<string, Json>)[entry.field] ?? null
      const mine = entry.by === me
      const held_is_mine = !mine && (await wroteHere(collection, record.id, entry.field, value))
      const held: Side = {
        text: await valueInWords(entry.field, value),
        value,
        mine: held_is_mine,
        by_name: null,
        current: true,
      }
      const other: Side = {
        text: await valueInWords(entry.field, entry.value),
        value: entry.value,
        mine,
        by_name: entry.by_name,
        current: false,
      }
      const text = POLICIES[collection][entry.field] === 'text'
      return { entry, sides: mine ? [other, held] : [held, other], may_keep_both: text }
    }),
  )
}

/** Whether this phone wrote the value that the record holds. */
async function wroteHere(collection: string, id: string, field: string, value: Json): Promise<boolean> {
  const db = database()
  const rows = [...(await db.outbox.where({ id }).toArray()), ...(await db.kept.where({ id }).toArray())]
  return rows.some(({ collection: kind, mutation }) => {
    const change = mutation.changes[field]
    return kind === collection && change !== undefined && 'to' in change && change.to === value
  })
}

/** Takes one side; the entry leaves the record's list with it. */
export async function take(
  collection: CollectionName,
  id: string,
  { entry }: Difference,
  side: Side,
): Promise<void> {
  const values = side.current ? {} : { [entry.field]: side.value }
  await patch(collection, id, values, { settles: [entry.uuid] })
}

/** Keeps both texts: the other's own sentences are put into the one that the record holds, what they share stands once. */
export async function keepBoth(
  collection: CollectionName,
  id: string,
  difference: Difference,
): Promise<void> {
  const [held, other] = [...difference.sides].sort((one, two) => Number(two.current) - Number(one.current))
  const both = together(String(held?.value ?? ''), String(other?.value ?? ''))
  await patch(collection, id, { [difference.entry.field]: both }, { settles: [difference.entry.uuid] })
}

/** `held` with those sentences of `other` that it lacks, each after the sentence that it followed there. */
export function together(held: string, other: string): string {
  const kept = sentences(clean(held))
  let after: number | null = null
  for (const sentence of sentences(clean(other))) {
    const place = kept.indexOf(sentence)
    if (place >= 0) {
      after = place + 1
      continue
    }
    if (after === null && kept.length > 0) kept[kept.length - 1] = withLineEnd(kept[kept.length - 1] ?? '')
    const at: number = after ?? kept.length
    kept.splice(at, 0, sentence)
    after = at + 1
  }
  return kept.join('')
}

/** Texts that share no sentence stand on lines of their own. */
function withLineEnd(sentence: string): string {
  return sentence.endsWith('\n') ? sentence : `${sentence}\n`
}
