// Single values of the database, each with its name and type.
import type { Session } from '@/api/session'
import { database } from './database'
import type { PhoneDatabase } from './schema'

export interface Meta {
  client_id: string
  /** The highest `mid` this client has given out. */
  last_mid: number
  epoch: string
  session: Session
  /** Acknowledgements have come since the last complete pull. */
  pull_owed: boolean
  /** When the last complete pull ended. */
  complete_pull_at: number
  /** Server's clock minus ours, from the last answer. */
  clock_offset_ms: number
  /** What the protocol obliges us to tell the person [L8] [L9], newest last. */
  told: { code: 'epoch' | 'new_number' | 'emptied'; at: number }[]
  pin: { salt: ArrayBuffer; hash: ArrayBuffer; rounds: number; wrong: number; wait_until: number }
  /** How often a scope's digest differed and was read anew. */
  digest_misses: number
}

/** The value named `key`, or `otherwise`. Inside a transaction pass its database. */
export async function getMeta<K extends keyof Meta>(
  key: K,
  otherwise: Meta[K] | null = null,
  db: PhoneDatabase = database(),
): Promise<Meta[K] | null> {
  const row = await db.meta.get(key)
  return row ? (row.value as Meta[K]) : otherwise
}

export async function setMeta<K extends keyof Meta>(
  key: K,
  value: Meta[K],
  db: PhoneDatabase = database(),
): Promise<void> {
  await db.meta.put({ key, value })
}
