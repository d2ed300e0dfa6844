// What the protocol obliges the phone to say to its owner; shown under "waiting and troubles" until put away.
import { getMeta, type Meta, setMeta } from './meta'
import type { PhoneDatabase } from './schema'

const MOST = 20

/** Notes that something must be said. Joins a transaction that includes `meta`. */
export async function tell(db: PhoneDatabase, code: Meta['told'][number]['code']): Promise<void> {
  const before = (await getMeta('told', [], db)) ?? []
  await setMeta('told', [...before, { code, at: Date.now() }].slice(-MOST), db)
}

/** The person has read it all. */
export async function putAwayTold(db: PhoneDatabase): Promise<void> {
  await setMeta('told', [], db)
}
