// The phone's database: the server's rows, the person's own mutations on top, and what else must survive a dead battery.
import Dexie, { type EntityTable, type Table } from 'dexie'
import type { Json, Mutation, Outcome } from '@/wire'

export type Fields = Record<string, Json>

/** One record as the server last sent it. */
export interface BaseRow {
  collection: string
  id: string
  scope: string
  rev: number
  /** This record's part of the scope's digest [L5], 16 hexadecimal digits. */
  stamp: string
  record: Fields
  /** Mutations offered again [L8] that are in this row; the next row from the server no longer knows of them. */
  contains?: string[]
}

/** A mutation with the number it was given; `order` is the order of writing and never changes, `mid` may by [L9]. */
export interface OutboxRow {
  order: number
  client_id: string
  mid: number
  uuid: string
  collection: string
  id: string
  mutation: Omit<Mutation, 'mid'>
}

/** A mutation that has left the outbox: covered by a pull, or parked. Kept 30 days for [L8]. */
export interface KeptRow extends OutboxRow {
  left_at: number
}

/** The one outcome of a mutation [P3]. */
export interface ResultRow extends Omit<Outcome, 'mid' | 'record'> {
  uuid: string
  answered_at: number
  /** 1 once the person has read a parked or differing outcome and put it away. */
  settled: 0 | 1
}

/** How far this phone has read a scope; `anew` = drop the base rows when the next answer arrives. */
export interface CursorRow {
  scope: string
  cursor: number
  anew: boolean
}

/** A photo by its hash. Bytes as ArrayBuffer: WebKit loses Blobs. */
export interface AttachmentRow {
  sha256: string
  type: string
  bytes: ArrayBuffer
  created_at: number
  /** `draft`: not in any record yet; `local`: to be sent; `sent`: the server holds it; `refused`: it never will. */
  state: 'draft' | 'local' | 'sent' | 'refused'
}

export interface DraftRow {
  key: string
  value: unknown
  saved_at: number
}

export interface MetaRow {
  key: string
  value: unknown
}

/** All tables; one database for each account, so that two people on one phone never push each other's work. */
export class PhoneDatabase extends Dexie {
  declare base: Table<BaseRow, [string, string]>
  declare outbox: EntityTable<OutboxRow, 'order'>
  declare kept: Table<KeptRow, number>
  declare results: Table<ResultRow, string>
  declare cursors: Table<CursorRow, string>
  declare attachments: Table<AttachmentRow, string>
  declare drafts: Table<DraftRow, string>
  declare meta: Table<MetaRow, string>

  constructor(name: string) {
    // "Saved" is said only after the commit is on the disk.
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(1).stores({
      base: [
        '[collection+id]',
        'collection',
        'scope',
        '[collection+record.place_id]',
        '[collection+record.visit_id]',
        '[collection+record.visit_on]',
        '[collection+record.service_request_id]',
      ].join(),
      outbox: '++order, &[client_id+mid], &uuid, collection, id, [collection+id], *mutation.attachments',
      kept: 'order, id, [client_id+mid], &uuid, left_at',
      results: 'uuid, outcome',
      cursors: 'scope',
      attachments: 'sha256, state',
      drafts: 'key, saved_at',
      meta: 'key',
    })
  }
}

/** Fields of `base` that a query may look up without reading the whole collection. */
export const INDEXED_FIELDS = ['place_id', 'visit_id', 'visit_on', 'service_request_id'] as const
