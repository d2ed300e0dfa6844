// The phone's one door: every write of a screen becomes immutable mutations here, in one durable transaction.
import { ReadableError } from '@/errors'
import { clean } from '@/sync/text_merge'
import { SCHEMA } from '@/version'
import {
  type Change,
  type CollectionName,
  type Collections,
  type Json,
  type Mutation,
  POLICIES,
  type Synced,
} from '@/wire'
import { durable } from './database'
import { shown } from './fold'
import { getMeta, setMeta } from './meta'
import type { Fields, PhoneDatabase } from './schema'
import { uuid7 } from './uuid'

/** A number to add to a counter, whatever it is now. */
export class By {
  constructor(readonly by: number) {}
}
/** A step of a state, with what the rule asks for. */
export class Step {
  constructor(
    readonly to: string,
    readonly more: { reason?: string; text?: string; public?: boolean; evidence?: string[] } = {},
  ) {}
}
/** A new value with the one the person saw when the form was opened: what others wrote in between is merged, not overwritten. */
export class Edited {
  constructor(
    readonly seen: unknown,
    readonly to: unknown,
  ) {}
}
export const by = (n: number): By => new By(n)
export const step = (to: string, more?: Step['more']): Step => new Step(to, more)
export const edited = (seen: unknown, to: unknown): Edited => new Edited(seen, to)

/** Fields of a new record. Union fields are plain arrays. */
export type NewFields<C extends CollectionName> = Partial<Omit<Collections[C], keyof Synced>>
/** New values of an existing record: arrays are compared with what is there, `by(1)` counts, `step('closed')` moves a state. */
export type NewValues<C extends CollectionName> = {
  [F in keyof Omit<Collections[C], keyof Synced>]?: Collections[C][F] | By | Step | Edited
}

type Value = Json | By | Step | Edited | undefined
interface Intent {
  uuid: string
  collection: CollectionName
  id: string
  op: Mutation['op']
  values: Record<string, Value>
  settles: string[]
  occurred_at: number
  monotonic_ms: number
}

/** What `together` hands to its caller; nothing is stored before the caller returns. */
export interface Door {
  /** A new record; returns its id. */
  create<C extends CollectionName>(collection: C, fields: NewFields<C>, id?: string): string
  /** New values of an existing record; values that are no change make no mutation. */
  patch<C extends CollectionName>(collection: C, id: string, values: NewValues<C>, settles?: string[]): void
  /** A record of an append-only collection. */
  event<C extends CollectionName>(collection: C, fields: NewFields<C>): string
  remove(collection: CollectionName, id: string): void
}

const BOOT = uuid7()
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const CONTROL_SIGNS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
/** A batch of one must fit through every gateway [M1]. */
const MAX_MUTATION_BYTES = 200_000
const written = new Set<() => void>()

/** Calls `listener` after every commit (the sync client sends soon after). Returns how to stop. */
export function afterWrite(listener: () => void): () => void {
  written.add(listener)
  return () => written.delete(listener)
}

/**
 * Several writes as one: all are stored, or none. Resolves only after the commit is on the disk; `draft` is deleted in the
 * same transaction. Throws ReadableError `storage_full` or `storage_down`; nothing was stored then.
 */
export async function together<T>(write: (door: Door) => T, options: { draft?: string } = {}): Promise<T> {
  const intents: Intent[] = []
  const put = (
    op: Mutation['op'],
    collection: CollectionName,
    id: string,
    values: object,
    settles: string[] = [],
  ) => {
    intents.push({
      uuid: uuid7(),
      collection,
      id,
      op,
      values: structuredValues(values),
      settles,
      occurred_at: Date.now(),
      monotonic_ms: Math.round(performance.now()),
    })
    return id
  }
  const result = write({
    create: (collection, fields, id = uuid7()) => put('create', collection, id, fields),
    patch: (collection, id, values, settles) => void put('patch', collection, id, values, settles),
    event: (collection, fields) => put('event', collection, uuid7(), fields),
    remove: (collection, id) => void put('delete', collection, id, {}),
  })
  await durable((db) => commit(db, intents, options.draft))
  for (const listener of written) listener()
  return result
}

/** One new record; returns its id after the commit. */
export function create<C extends CollectionName>(
  collection: C,
  fields: NewFields<C>,
  options: { id?: string; draft?: string } = {},
): Promise<string> {
  return together((door) => door.create(collection, fields, options.id), options)
}

/** New values of one record; resolves after the commit. */
export function patch<C extends CollectionName>(
  collection: C,
  id: string,
  values: NewValues<C>,
  options: { settles?: string[]; draft?: string } = {},
): Promise<void> {
  return together((door) => door.patch(collection, id, values, options.settles), options)
}

/** One record of an append-only collection; returns its id after the commit. */
export function event<C extends CollectionName>(
  collection: C,
  fields: NewFields<C>,
  options: { draft?: string } = {},
): Promise<string> {
  return together((door) => door.event(collection, fields), options)
}

/** Vue's proxies cannot be stored; what is not a marker becomes plain data with clean texts. */
function structuredValues(values: object): Record<string, Value> {
  const plain = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    plain.map(([field, value]) => [field, value instanceof By ? value : cleaned(value)]),
  )
}

function cleaned(value: unknown): Json | Step | Edited {
  if (value instanceof Edited) return new Edited(cleaned(value.seen), cleaned(value.to))
  if (value instanceof Step) return new Step(value.to, cleaned(value.more) as Step['more'])
  return JSON.parse(JSON.stringify(value), (_key, part) =>
    typeof part === 'string' ? cleanText(part) : part,
  ) as Json
}

/** The form in which the server keeps texts (merging compares them), without control signs. */
function cleanText(text: string): string {
  return clean(text).replace(CONTROL_SIGNS, '')
}

async function commit(db: PhoneDatabase, intents: readonly Intent[], draft?: string): Promise<void> {
  const tables = [db.base, db.outbox, db.kept, db.meta, db.attachments, db.drafts]
  await db.transaction('rw', tables, async () => {
    const client_id = (await getMeta('client_id', null, db)) ?? uuid7()
    let mid = (await getMeta('last_mid', 0, db)) ?? 0
    for (const intent of intents) {
      // A commit may have succeeded although the connection died while telling us so.
      if (await db.outbox.get({ uuid: intent.uuid })) return
      const row = await db.base.get([intent.collection, intent.id])
      const pending = await db.outbox.where({ collection: intent.collection, id: intent.id }).sortBy('order')
      const view = shown(intent.collection, row, pending)
      const mutation = mutationOf(intent, view, row?.rev ?? 0)
      if (!mutation) continue
      checkSize(mutation)
      mid += 1
      const { uuid, collection, id } = intent
      await db.outbox.add({ client_id, mid, uuid, collection, id, mutation } as never)
      await db.attachments.where('sha256').anyOf(mutation.attachments).and(isDraft).modify({ state: 'local' })
    }
    await setMeta('client_id', client_id, db)
    await setMeta('last_mid', mid, db)
    if (draft) await db.drafts.delete(draft)
  })
}

function checkSize(mutation: object): void {
  if (new TextEncoder().encode(JSON.stringify(mutation)).length <= MAX_MUTATION_BYTES) return
  throw new ReadableError(
    'too_long',
    '内容太长，存不下，请分成几次写。',
    'This is too long to be stored; please split it.',
  )
}

const isDraft = (row: { state: string }): boolean => row.state === 'draft'

/** The mutation for an intent over what the person saw; `null` when nothing would change. */
function mutationOf(intent: Intent, view: Fields | null, base_rev: number): Omit<Mutation, 'mid'> | null {
  const fresh = intent.op === 'create' || intent.op === 'event'
  const changes: Record<string, Change> = {}
  for (const [field, value] of Object.entries(intent.values)) {
    const change = changeOf(intent.collection, field, view?.[field] ?? null, value ?? null, fresh)
    if (change) changes[field] = change
  }
  if (intent.op === 'patch' && Object.keys(changes).length === 0 && intent.settles.length === 0) return null
  const photos = changes.photos?.op === 'delta' ? (changes.photos.add as string[]) : []
  return {
    uuid: intent.uuid,
    collection: intent.collection,
    id: intent.id,
    op: intent.op,
    v: SCHEMA,
    base_rev,
    changes,
    occurred_at: intent.occurred_at,
    monotonic_ms: intent.monotonic_ms,
    boot: BOOT,
    depends_on: [],
    attachments: photos,
    ...(intent.settles.length ? { settles: intent.settles } : {}),
  }
}

/** One field's change in the form its policy asks for. */
function changeOf(
  collection: CollectionName,
  field: string,
  seen: Json,
  value: Json | By | Step | Edited,
  fresh: boolean,
): Change | null {
  if (value instanceof Edited) return changeOf(collection, field, value.seen as Json, value.to as Json, fresh)
  const policy = POLICIES[collection][field]
  if (value instanceof By) return { op: 'inc', by: value.by }
  if (value instanceof Step) return stepFrom(seen, value)
  if (policy === 'union') return delta(seen, value)
  if (fresh) return value === null ? null : { to: value }
  if (policy === 'status') return stepFrom(seen, new Step(String(value)))
  return same(seen, value) ? null : { from: seen, to: value }
}

function stepFrom(seen: Json, to: Step): Change | null {
  if (seen === to.to) return null
  return { op: 'step', from: String(seen ?? ''), to: to.to, ...to.more }
}

function delta(seen: Json, value: Json): Change | null {
  const before = Array.isArray(seen) ? seen : []
  const after = Array.isArray(value) ? value : []
  const add = after.filter((one) => !before.includes(one))
  const remove = before.filter((one) => !after.includes(one))
  return add.length || remove.length ? { op: 'delta', add, remove } : null
}

function same(one: Json, other: Json): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
