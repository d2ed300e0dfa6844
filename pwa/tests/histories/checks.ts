// What must be true when the network is quiet; the numbers are those of the invariants (tests/property/invariants.py).
import type { BaseRow, OutboxRow, ResultRow } from '@/db/schema'
import type { Change, Json } from '@/wire'
import { ask } from './network'
import { type People, type Said, sentencesOf } from './people'
import type { Phone, Program } from './phone'

type Record_ = Record<string, Json>
type Stored = OutboxRow & { result: ResultRow | undefined }

/** What one phone holds at the end, or held when its storage was cleared. */
export interface Held {
  phone: Phone
  base: BaseRow[]
  scopes: string[]
  outbox: OutboxRow[]
  stored: Stored[]
  digest_misses: number
  all_confirmed: boolean
}

export class Broken extends Error {}

function must(truth: unknown, what: string): void {
  if (!truth) throw new Broken(what)
}

/** Everything on a phone's disk that the checks need. */
export async function heldBy(phone: Phone, { db, states }: Program): Promise<Held> {
  const [outbox, kept] = await Promise.all([db.outbox.toArray(), db.kept.toArray()])
  const rows: OutboxRow[] = [...kept, ...outbox]
  const results = await db.results.bulkGet(rows.map((row) => row.uuid))
  const misses = await db.meta.get('digest_misses')
  return {
    phone,
    outbox,
    base: await db.base.toArray(),
    scopes: (await db.cursors.toArray()).map((row) => row.scope),
    stored: rows.map((row, place) => ({ ...row, result: results[place] })),
    digest_misses: Number(misses?.value ?? 0),
    all_confirmed: (await states.readSummary()).all_confirmed,
  }
}

/** `forgotten` are the phones as they were when their storage was cleared: what they had not delivered is gone with them. */
export async function checkEverything(
  held: readonly Held[],
  forgotten: readonly Held[],
  { journal, settled }: People,
): Promise<void> {
  const scopes = [...new Set(held.flatMap((one) => one.scopes))]
  const people = [...new Set(held.map((one) => one.phone.person))]
  const { rows, parked } = await ask<{
    rows: Record<string, Record_>
    parked: { uuid: string; body: string }[]
  }>('what_is_there', { scopes, people })
  const refused = new Map(parked.map((one) => [one.uuid, one.body]))
  for (const one of held) checkPhone(one, rows, refused)
  const stored = [...forgotten, ...held].flatMap((one) => one.stored)
  const lost = new Set(
    forgotten.flatMap((one) => one.stored.filter((row) => !row.result).map((row) => row.uuid)),
  )
  const delivered = stored.filter((row) => !lost.has(row.uuid))
  checkNothingSaidIsGone(stored, journal)
  checkExactlyOnce(delivered, journal, rows, forgotten.length > 0)
  checkCounters(delivered, stored, rows)
  checkValues(delivered, stored, rows, refused, settled)
  checkWords(delivered, stored, rows, refused)
}

/** 1, 3, 8, 10, 21, 22: the phone has what the server has in its scopes, one outcome for each mutation, and says so only then. */
function checkPhone(one: Held, rows: Record<string, Record_>, refused: Map<string, string>): void {
  const { name } = one.phone
  must(one.outbox.length === 0, `${name} still holds ${JSON.stringify(one.outbox)}`)
  const mine = Object.entries(rows).filter(([, row]) => one.scopes.includes(String(row.scope)))
  const here = new Map(one.base.map((row) => [`${row.collection}/${row.id}`, row.record]))
  must(here.size === mine.length, `${name} has ${here.size} rows, the server ${mine.length}`)
  for (const [key, row] of mine)
    must(
      equal(here.get(key), row),
      `${name} shows ${JSON.stringify(here.get(key))} for ${JSON.stringify(row)}`,
    )
  must(one.digest_misses === 0, `${name}'s digests differed ${one.digest_misses} times`)
  for (const { uuid, result } of one.stored) {
    must(result, `${name} was never told what became of ${uuid}`)
    if (result?.outcome === 'parked') must(refused.has(uuid), `nobody keeps ${uuid}, which ${result.code}`)
  }
  const open = one.stored.some((row) => row.result?.outcome === 'parked' && row.result.settled === 0)
  must(one.all_confirmed === !open, `${name} says "${one.all_confirmed ? '全部送达' : '未全部送达'}"`)
}

/** 11: what a phone has said it has saved is on its disk, or was delivered from it. */
function checkNothingSaidIsGone(stored: readonly Stored[], journal: readonly Said[]): void {
  const wrote = (said: Said, { mutation, ...row }: Stored): boolean => {
    const change = mutation.changes[said.field]
    if (row.collection !== said.collection || row.id !== said.id || !change) return false
    if (change.op === 'inc') return change.by === said.value
    if (!('to' in change)) return false
    if (said.collection !== 'diary') return change.to === said.value
    const sentence = String(said.value)
    return String(change.to).includes(sentence) && !String(fromOf(change)).includes(sentence)
  }
  const left = [...stored]
  for (const said of journal.filter((one) => one.told)) {
    const place = left.findIndex((row) => wrote(said, row))
    must(
      place >= 0,
      `${said.phone.name} was told that ${said.collection} ${said.field}=${said.value} is saved`,
    )
    left.splice(place, 1)
  }
}

/** 2: a visit or request that is in is there once (ids are keys), and what nobody made is not there. */
function checkExactlyOnce(
  delivered: readonly Stored[],
  journal: readonly Said[],
  rows: Record<string, Record_>,
  some_forgotten: boolean,
): void {
  const tried = new Set(journal.map((said) => `${said.collection}/${said.id}`))
  for (const { collection, id, mutation, result } of delivered) {
    if (mutation.op === 'create' && result && result.outcome !== 'parked')
      must(rows[`${collection}/${id}`], `${collection}/${id} was delivered and is not there`)
  }
  for (const key of Object.keys(rows)) {
    if (/^(visit|service_request|diary)\//.test(key)) must(tried.has(key), `nobody made ${key}`)
  }
  const uuids = delivered.map((row) => row.uuid)
  must(some_forgotten || new Set(uuids).size === uuids.length, 'two phones hold the same mutation')
}

/** 12: a counter is the sum of what was delivered. What a cleared phone may or may not have delivered is let pass. */
function checkCounters(
  delivered: readonly Stored[],
  stored: readonly Stored[],
  rows: Record<string, Record_>,
): void {
  const sum = (of: readonly Stored[], id: string): number =>
    of
      .filter((row) => row.id === id && row.result?.outcome !== 'parked')
      .reduce((total, row) => total + incOf(row.mutation.changes.refusals), 0)
  for (const [key, row] of Object.entries(rows)) {
    if (!key.startsWith('place/')) continue
    const [least, most] = [sum(delivered, String(row.id)), sum(stored, String(row.id))]
    const counted = Number(row.refusals ?? 0)
    must(least <= counted && counted <= most, `${key} counts ${counted}, people ${least} to ${most}`)
  }
}

function incOf(change: Change | undefined): number {
  return change?.op === 'inc' ? change.by : 0
}

/** 4: a value is current, or was seen by a later edit or put away by somebody, or stands in conflict or parked. */
function checkValues(
  delivered: readonly Stored[],
  stored: readonly Stored[],
  rows: Record<string, Record_>,
  refused: Map<string, string>,
  settled: Set<string>,
): void {
  // A cleared phone may have delivered, without an answer, what it wrote over it.
  const seen = new Set(stored.flatMap(({ id, mutation }) => [`${id} ${fromOf(mutation.changes.address)}`]))
  for (const { collection, id, uuid, mutation } of delivered) {
    const change = mutation.changes.address
    if (!change || !('to' in change)) continue
    const row = rows[`${collection}/${id}`]
    const value = change.to
    const read = seen.has(`${id} ${value}`) || settled.has(`${id} ${value}`)
    must(
      row?.address === value || read || inConflict(row, value) || refused.has(uuid),
      `the address ${value} is gone from ${JSON.stringify(row)}`,
    )
  }
}

function fromOf(change: Change | undefined): Json {
  return change && 'from' in change ? (change.from ?? null) : null
}

function inConflict(row: Record_ | undefined, value: Json): boolean {
  return JSON.stringify(row?.conflict ?? []).includes(JSON.stringify(value))
}

/** 5: a sentence is in the text, or somebody who read it took it out, or it stands in conflict or parked. */
function checkWords(
  delivered: readonly Stored[],
  stored: readonly Stored[],
  rows: Record<string, Record_>,
  refused: Map<string, string>,
): void {
  const struck = stored.flatMap(diaryEdit)
  for (const { id, uuid, from, to } of delivered.flatMap(diaryEdit)) {
    const row = rows[`diary/${id}`]
    for (const sentence of sentencesOf(to).filter((one) => !sentencesOf(from).includes(one))) {
      const out = struck.some(
        (one) => one.id === id && one.from.includes(sentence) && !one.to.includes(sentence),
      )
      const here =
        String(row?.text ?? '').includes(sentence) || JSON.stringify(row?.conflict ?? []).includes(sentence)
      must(here || out || refused.has(uuid), `the sentence ${sentence} is gone from ${JSON.stringify(row)}`)
    }
  }
}

function diaryEdit({ collection, id, uuid, mutation }: Stored) {
  const change = mutation.changes.text
  if (collection !== 'diary' || !change || !('to' in change)) return []
  return [{ id, uuid, from: String(fromOf(change) ?? ''), to: String(change.to) }]
}

function equal(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
}
