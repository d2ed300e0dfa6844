// Handing in a phone's file [L11]: pushed as the phone would have done it, by its owner or by who may stand in for them.
import { send } from '@/api/http'
import { bodyOf } from '@/api/online'
import { sha256Of } from '@/device/photos'
import { APP_VERSION, SCHEMA } from '@/version'
import type { Outcome, PushBody, PushReply } from '@/wire'
import type { OutboxFile } from './outbox_file'
import { fitting, MAX_BYTES, type Numbered } from './push'

const UPLOAD_TIMEOUT_MS = 120_000
const TOO_LARGE = {
  outcome: 'parked',
  zh: '这一条太大，没有交上去，仍在文件里。',
  en: 'This one is too large; it was not handed in and is still in the file.',
} as const

const NOT_TAKEN = {
  outcome: 'parked',
  zh: '这一条没有交上去，仍在文件里，请交给技术人员。',
  en: 'This one was not handed in and is still in the file; give it to a technician.',
} as const

/** Where a file is handed in: the owner's own addresses, or those that stand in for one of the owner's phones. */
export type Counter = (client_id: string) => { push: string; photos: string }

export const OWN_COUNTER: Counter = () => ({ push: '/sync/push', photos: '/attachments' })

/** `phones`: the owner's, newest first. A number that a phone gave itself [L9] is handed in for the newest. */
export function counterFor(phones: readonly string[]): Counter {
  return (client_id) => {
    const at = `/api/devices/${phones.includes(client_id) ? client_id : phones[0]}`
    return { push: `${at}/push`, photos: `${at}/attachments` }
  }
}

/** A mutation that was not accepted. */
export interface Refused {
  uuid: string
  collection: string
  id: string
  outcome: Omit<Outcome, 'mid'>
}

/** What became of a file: records that went in as they were, that differ from another person's change, and what was refused of others. */
export interface HandedIn {
  accepted: number
  differing: number
  refused: Refused[]
  photos: number
  bad_photos: number
}

/**
 * Hands in all records, then all photos; `said` hears how many of how many are done. Throws ReadableError where the network or the
 * server stand in the way: handing in the same file once more does nothing twice.
 */
export async function handIn(
  file: OutboxFile,
  counter: Counter,
  said: (done: number, of: number) => void,
): Promise<HandedIn> {
  const photos = file.photos.filter(({ state }) => state === 'local' || state === 'sent')
  const outcomes = new Map<string, Omit<Outcome, 'mid'>>()
  let photos_done = 0
  const tell = (): void => said(outcomes.size + photos_done, file.rows.length + photos.length)
  const push = async (rows: readonly Numbered[]): Promise<Numbered[]> =>
    pushAll(rows, counter, (uuid, outcome) => {
      outcomes.set(uuid, outcome)
      tell()
    })

  tell()
  let left: Numbered[] = []
  for (const rows of byNumber(file.rows)) left.push(...(await push(rows)))
  for (let before = Number.POSITIVE_INFINITY; left.length > 0 && left.length < before; ) {
    before = left.length
    left = await push(await numberedAnew(left))
  }
  for (const { mutation } of left) outcomes.set(mutation.uuid, NOT_TAKEN)
  let bad_photos = 0
  for (const photo of photos) {
    const { photos: at } = counter(file.rows[0]?.client_id ?? '')
    const bytes = { content: photo.bytes, type: photo.type }
    const reply = await send(`${at}/${photo.sha256}`, { method: 'PUT', bytes, timeout_ms: UPLOAD_TIMEOUT_MS })
    const refused = reply.kind === 'too_large' || (reply.kind === 'refused' && reply.status === 422)
    if (refused) bad_photos += 1
    else bodyOf(reply)
    photos_done += 1
    tell()
  }
  const all = file.rows.map(({ mutation: { uuid, collection, id } }) => {
    return { uuid, collection, id, outcome: outcomes.get(uuid) }
  })
  const refused = all.filter((one): one is Refused => one.outcome?.outcome === 'parked')
  const differing = all.filter((one) => one.outcome?.outcome === 'conflict')
  const troubled = recordsIn([...refused, ...differing])
  return {
    accepted: recordsIn(all) - troubled,
    differing: troubled - recordsIn(refused),
    refused,
    photos: photos.length - bad_photos,
    bad_photos,
  }
}

/** How many records these mutations speak of: people do not count mutations. */
export function recordsIn(mutations: readonly { collection: string; id: string }[]): number {
  return new Set(mutations.map(({ collection, id }) => `${collection}/${id}`)).size
}

/** The rows of each number by themselves, in the order of their mids. */
function byNumber(rows: readonly Numbered[]): Numbered[][] {
  const found = new Map<string, Numbered[]>()
  for (const row of rows) found.set(row.client_id, [...(found.get(row.client_id) ?? []), row])
  return [...found.values()].map((own) => own.sort((one, other) => one.mid - other.mid))
}

/** [L9] The same rows give the same number: a file that is handed in twice is known again. */
async function numberedAnew(rows: readonly Numbered[]): Promise<Numbered[]> {
  const uuids = rows.map(({ mutation }) => mutation.uuid).join(' ')
  const hash = await sha256Of(new TextEncoder().encode(uuids).buffer)
  return rows.map(({ mutation }, place) => ({
    client_id: `file-${hash.slice(0, 30)}`,
    mid: place + 1,
    mutation,
  }))
}

/** Pushes rows of one number; those that cannot go in under it come back. */
async function pushAll(
  rows: readonly Numbered[],
  counter: Counter,
  note: (uuid: string, outcome: Omit<Outcome, 'mid'>) => void,
): Promise<Numbered[]> {
  let waiting = [...rows]
  let bytes = MAX_BYTES
  const left: Numbered[] = []
  while (waiting[0]) {
    const { client_id } = waiting[0]
    const batch = fitting(waiting, client_id, bytes)
    const json = bodyOfPush(client_id, batch)
    const reply = await send<PushReply>(counter(client_id).push, { json })
    if (reply.kind === 'refused' && reply.code === 'gap') return [...left, ...waiting]
    if (reply.kind === 'too_large' && batch.length > 1) {
      bytes = Math.floor(bytes / 2)
      continue
    }
    if (reply.kind === 'too_large') {
      note(batch[0]?.mutation.uuid ?? '', TOO_LARGE)
      // What comes after it cannot go in under the next number.
      return [...left, ...waiting.slice(1)]
    }
    const outcomes = new Map(bodyOf(reply).results.map(({ mid, ...outcome }) => [mid, outcome]))
    for (const row of batch) {
      const outcome = outcomes.get(row.mid)
      if (outcome === undefined || outcome.code === 'id_reuse') left.push(row)
      else note(row.mutation.uuid, outcome)
    }
    waiting = waiting.slice(batch.length)
  }
  return left
}

function bodyOfPush(client_id: string, rows: readonly Numbered[]): PushBody {
  const mutations = rows.map(({ mid, mutation }) => ({ mid, ...mutation }))
  return { client_id, app_version: APP_VERSION, schema: SCHEMA, epoch: null, clock: Date.now(), mutations }
}
