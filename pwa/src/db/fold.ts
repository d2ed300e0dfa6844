// What a screen shows: the server's row with this phone's own mutations on top [P2].
import {
  type Change,
  type CollectionName,
  type ConflictEntry,
  type Json,
  type Mutation,
  POLICIES,
  type Policy,
} from '@/wire'
import type { BaseRow, Fields } from './schema'

type Pending = Pick<Mutation, 'op' | 'id' | 'changes' | 'settles'>

/** A record as a screen shows it; what its row contains already is not counted twice. */
export function shown(
  collection: string,
  row: Pick<BaseRow, 'record' | 'contains'> | undefined,
  waiting: readonly { uuid: string; mutation: Pending }[],
): Fields | null {
  const pending = waiting.filter(({ uuid }) => !row?.contains?.includes(uuid))
  return fold(
    collection,
    row?.record ?? null,
    pending.map(({ mutation }) => mutation),
  )
}

/** `base` with `pending` applied in order; `null` when nothing exists or it was deleted. `base` is not touched. */
export function fold(collection: string, base: Fields | null, pending: readonly Pending[]): Fields | null {
  let view = base && complete(collection, base)
  for (const mutation of pending) {
    if (mutation.op === 'delete') {
      view = null
      continue
    }
    if (view === null && mutation.op === 'patch') continue
    view ??= complete(collection, { id: mutation.id })
    for (const [field, change] of Object.entries(mutation.changes)) {
      view[field] = changed(view[field], change)
    }
    if (mutation.settles?.length) view.conflict = withoutSettled(view.conflict, mutation.settles)
  }
  return view
}

/** A copy with every field of its collection: the wire leaves out what is empty, and older rows lack newer fields. */
export function complete(collection: string, record: Fields): Fields {
  const { blank, sets, counters } = shapeOf(collection)
  const whole = { ...blank, ...record }
  for (const field of sets) whole[field] ??= []
  for (const field of counters) whole[field] ??= 0
  return whole
}

interface Shape {
  blank: Fields
  sets: string[]
  counters: string[]
}

const shapes = new Map<string, Shape>()

function shapeOf(collection: string): Shape {
  const known = shapes.get(collection)
  if (known) return known
  const policies = Object.entries(POLICIES[collection as CollectionName] ?? {})
  const named = (wanted: Policy): string[] =>
    policies.filter(([, policy]) => policy === wanted).map(([field]) => field)
  const blank: Fields = { scope: '', rev: 0, ...Object.fromEntries(policies.map(([field]) => [field, null])) }
  const shape = { blank, sets: ['conflict', ...named('union')], counters: named('counter') }
  shapes.set(collection, shape)
  return shape
}

/** The value after one change. */
function changed(value: Json | undefined, change: Change): Json {
  switch (change.op) {
    case 'delta': {
      const present = Array.isArray(value) ? value : []
      const stays = present.filter((one) => !change.remove.includes(one) || change.add.includes(one))
      return [...stays, ...change.add.filter((one) => !stays.includes(one))]
    }
    case 'inc':
      return (typeof value === 'number' ? value : 0) + change.by
    default:
      return change.to
  }
}

function withoutSettled(conflict: Json | undefined, settles: readonly string[]): Json {
  const entries = (Array.isArray(conflict) ? conflict : []) as unknown as ConflictEntry[]
  return entries.filter((entry) => !settles.includes(entry.uuid)) as unknown as Json
}
