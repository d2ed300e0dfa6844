// Records as live Vue values: a screen shows base + outbox and changes by itself when either does.
import { liveQuery, type Subscription } from 'dexie'
import { onScopeDispose, type Ref, shallowRef, toValue, watch } from 'vue'
import { session } from '@/api/session'
import type { CollectionName, Collections } from '@/wire'
import { database } from './database'
import { shown } from './fold'
import { type BaseRow, type Fields, INDEXED_FIELDS, type OutboxRow } from './schema'

const AGAIN_MS = 400

/** The newest result of `read`, re-read whenever what it read in the database changes, or a reactive value it names in `watching`. */
export function useLive<T>(read: () => Promise<T>, initial: T, watching?: () => unknown): Ref<T> {
  const value = shallowRef(initial) as Ref<T>
  let subscription: Subscription | undefined
  let again: ReturnType<typeof setTimeout> | undefined

  const subscribe = (): void => {
    subscription?.unsubscribe()
    subscription = liveQuery(read).subscribe({
      next: (found) => {
        value.value = found
      },
      // The phone killed the connection: open it again and go on showing what we have until then.
      error: () => {
        again = setTimeout(() => {
          database().close({ disableAutoOpen: false })
          subscribe()
        }, AGAIN_MS)
      },
    })
  }
  // Another account has another database.
  watch(() => [session.value?.account.id, watching?.()], subscribe, { immediate: true })
  onScopeDispose(() => {
    clearTimeout(again)
    subscription?.unsubscribe()
  })
  return value
}

/** One record by id: `undefined` while reading, `null` when there is none. */
export function useRecord<C extends CollectionName>(
  collection: C,
  id: string | null | undefined | Ref<string | null | undefined> | (() => string | null | undefined),
): Ref<Collections[C] | null | undefined> {
  return useLive<Collections[C] | null | undefined>(
    () => readRecord(collection, toValue(id)),
    undefined,
    () => toValue(id),
  )
}

/** How to choose records: equal fields (`where`), then any test (`filter`), then an order. */
export interface Query<C extends CollectionName> {
  where?: Partial<Collections[C]>
  filter?: (record: Collections[C]) => boolean
  sort?: (one: Collections[C], other: Collections[C]) => number
}

/** All records that fit, live. Reactive values read inside `query` are watched. `rows` is `undefined` while first reading. */
export function useQuery<C extends CollectionName>(
  collection: C,
  query: () => Query<C> = () => ({}),
): Ref<Collections[C][] | undefined> {
  return useLive<Collections[C][] | undefined>(
    () => readQuery(collection, query()),
    undefined,
    () => {
      const { where, filter, sort } = query()
      return [JSON.stringify(where), filter, sort]
    },
  )
}

/** The same once, without staying live. */
export async function readRecord<C extends CollectionName>(
  collection: C,
  id: string | null | undefined,
): Promise<Collections[C] | null> {
  if (!id) return null
  const db = database()
  const [row, pending] = await Promise.all([
    db.base.get([collection, id]),
    db.outbox.where({ collection, id }).sortBy('order'),
  ])
  const view = shown(collection, row, pending)
  return view as unknown as Collections[C] | null
}

/** The same once, without staying live. */
export async function readQuery<C extends CollectionName>(
  collection: C,
  query: Query<C>,
): Promise<Collections[C][]> {
  const { where = {}, filter, sort } = query
  const wanted = Object.entries(where) as [string, Fields[string]][]
  const pending = byRecord(await database().outbox.where({ collection }).sortBy('order'))
  const views: Fields[] = []
  for (const row of await candidates(collection, wanted)) {
    const mine = pending.get(row.id)
    pending.delete(row.id)
    const view = shown(collection, row, mine ?? [])
    if (view) views.push(view)
  }
  // What is left was made on this phone, or does not fit in the base but may fit now.
  for (const [id, mine] of pending) {
    const row = wanted.length ? await database().base.get([collection, id]) : undefined
    const view = shown(collection, row, mine)
    if (view) views.push(view)
  }
  const fits = views.filter((view) => wanted.every(([field, value]) => view[field] === value))
  const records = fits as unknown as Collections[C][]
  const chosen = filter ? records.filter(filter) : records
  return sort ? chosen.sort(sort) : chosen
}

/** Base rows that may fit: by index where one exists, else the whole collection. */
function candidates(collection: string, wanted: [string, Fields[string]][]): Promise<BaseRow[]> {
  const { base } = database()
  const indexed = wanted.find(
    ([field, value]) => INDEXED_FIELDS.some((one) => one === field) && typeof value === 'string',
  )
  if (indexed) {
    return base
      .where(`[collection+record.${indexed[0]}]`)
      .equals([collection, indexed[1] as string])
      .toArray()
  }
  return base.where({ collection }).toArray()
}

function byRecord(rows: readonly OutboxRow[]): Map<string, OutboxRow[]> {
  const groups = new Map<string, OutboxRow[]>()
  for (const row of rows) {
    const group = groups.get(row.id)
    if (group) group.push(row)
    else groups.set(row.id, [row])
  }
  return groups
}
