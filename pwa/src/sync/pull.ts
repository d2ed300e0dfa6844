// Pull: what changed on the server since this phone's cursors, stored in one transaction. Numbers cite sync/README.md.
import { getMeta, setMeta } from '@/db/meta'
import { offerAgainFrom, takeNewNumber, unacknowledged } from '@/db/numbering'
import type { BaseRow, Fields, PhoneDatabase } from '@/db/schema'
import { tell } from '@/db/told'
import { APP_VERSION, SCHEMA } from '@/version'
import type { Feed, PullBody, PullReply } from '@/wire'
import { stampOf, sumOf } from './digest'
import { leaveOutbox, noteResults } from './outcomes'
import { outdated } from './progress'

const PAGE = 1000

/** What a pull came to: `again` = ask once more now; `complete` = this phone has everything the server had. */
export type Pulled = 'again' | 'complete'

/** The question to the server. */
export async function pullBody(db: PhoneDatabase): Promise<PullBody> {
  const client_id = (await getMeta('client_id', null, db)) ?? ''
  const waiting = await unacknowledged(db)
  const mine = waiting.find((row) => row.client_id === client_id)
  const last_mid = (await getMeta('last_mid', 0, db)) ?? 0
  const cursors = await db.cursors.toArray()
  return {
    client_id,
    app_version: APP_VERSION,
    epoch: await getMeta('epoch', null, db),
    cursors: Object.fromEntries(cursors.map((row) => [row.scope, row.anew ? 0 : row.cursor])),
    acked_mid: mine ? mine.mid - 1 : last_mid,
    pending: waiting.length,
    limit: PAGE,
  }
}

/** Stores an answer to `asked`. */
export async function takePullReply(db: PhoneDatabase, asked: PullBody, reply: PullReply): Promise<Pulled> {
  outdated.value = reply.min_schema > SCHEMA
  // The push of the same round trip took a new number: this answer speaks of the old one.
  if (asked.client_id !== (await getMeta('client_id', '', db))) return 'again'
  if (await isNewEpoch(db, reply)) return 'again'
  if (reply.last_mid > ((await getMeta('last_mid', 0, db)) ?? 0)) {
    await takeNewNumber(db)
    return 'again'
  }
  const stamps = await stampsOf(reply.feed)
  const complete = !reply.feed.some((feed) => feed.more)
  const reused = await db.transaction(
    'rw',
    [db.base, db.outbox, db.kept, db.results, db.cursors, db.meta],
    async () => {
      await dropLostScopes(db, reply.head)
      for (const feed of reply.feed) await storeFeed(db, asked, feed, stamps)
      await dropEmptied(db, reply)
      const clash = await noteResults(db, asked.client_id, reply.results)
      await leaveOutbox(db, reply.head)
      await setMeta('clock_offset_ms', reply.server_time - Date.now(), db)
      if (complete) {
        await setMeta('pull_owed', false, db)
        await setMeta('complete_pull_at', Date.now(), db)
      }
      return clash
    },
  )
  if (reused) await takeNewNumber(db)
  const differs = await differingScopes(db, reply.feed)
  return complete && !reused && !differs ? 'complete' : 'again'
}

/** [L8] The server came back from a backup: read everything anew and offer again what it lacks. */
export async function isNewEpoch(
  db: PhoneDatabase,
  reply: Pick<PullReply, 'epoch' | 'last_mid'>,
): Promise<boolean> {
  // All or nothing: a phone that dies half-way must not know the epoch and have forgotten what it owes it.
  return db.transaction(
    'rw',
    [db.base, db.outbox, db.kept, db.results, db.cursors, db.attachments, db.meta],
    async () => {
      const known = await getMeta('epoch', null, db)
      if (known === reply.epoch) return false
      await setMeta('epoch', reply.epoch, db)
      if (known === null) return false
      await offerEverythingAgain(db, reply.last_mid)
      return true
    },
  )
}

async function offerEverythingAgain(db: PhoneDatabase, server_mid: number): Promise<void> {
  const last_mid = (await getMeta('last_mid', 0, db)) ?? 0
  const client_id = (await getMeta('client_id', null, db)) ?? ''
  await db.cursors.toCollection().modify({ cursor: 0, anew: true })
  const whole = server_mid <= last_mid && (await offerAgainFrom(db, client_id, server_mid + 1))
  if (!whole) await takeNewNumber(db)
  await tell(db, 'epoch')
}

/** [L1] A scope that is gone from `head` is lost: its base rows go, the outbox stays. */
async function dropLostScopes(db: PhoneDatabase, head: Record<string, number>): Promise<void> {
  for (const { scope } of await db.cursors.toArray()) {
    if (scope in head) continue
    await db.base.where({ scope }).delete()
    await db.cursors.delete(scope)
  }
}

/** A scope to be read anew that turned out to hold nothing. */
async function dropEmptied(db: PhoneDatabase, reply: PullReply): Promise<void> {
  const fed = new Set(reply.feed.map((feed) => feed.scope))
  for (const { scope, anew } of await db.cursors.toArray()) {
    if (!anew || fed.has(scope)) continue
    await db.base.where({ scope }).delete()
    await db.cursors.put({ scope, cursor: reply.head[scope] ?? 0, anew: false })
  }
}

/** [L2] [L4] Entries in order, with the cursor, in the caller's transaction. */
async function storeFeed(
  db: PhoneDatabase,
  asked: PullBody,
  feed: Feed,
  stamps: Map<string, string>,
): Promise<void> {
  const row = await db.cursors.get(feed.scope)
  const from = row && !row.anew ? row.cursor : 0
  // Another answer came in between: this one does not continue from where we are.
  if (!feed.reset && from !== (asked.cursors[feed.scope] ?? 0)) return
  if (feed.reset || row?.anew) await db.base.where({ scope: feed.scope }).delete()
  let puts: BaseRow[] = []
  for (const entry of feed.entries) {
    if (entry.kind === 'put') puts.push(baseRow(entry.collection, entry.record, stamps))
    else {
      await db.base.bulkPut(puts)
      puts = []
      await leaveScope(db, feed.scope, entry)
    }
  }
  await db.base.bulkPut(puts)
  await db.cursors.put({ scope: feed.scope, cursor: feed.cursor, anew: false })
}

/** A record that has already arrived in its new scope must not be dropped by the exit of the old one. */
async function leaveScope(
  db: PhoneDatabase,
  scope: string,
  entry: { collection: string; id: string },
): Promise<void> {
  const row = await db.base.get([entry.collection, entry.id])
  if (row?.scope === scope) await db.base.delete([entry.collection, entry.id])
}

function baseRow(
  collection: string,
  record: Fields & { id: string; scope: string; rev: number },
  stamps: Map<string, string>,
): BaseRow {
  const { id, scope, rev } = record
  return {
    collection,
    id,
    scope,
    rev,
    stamp: stamps.get(`${collection}/${id}/${rev}`) ?? '',
    record,
  }
}

async function stampsOf(feeds: readonly Feed[]): Promise<Map<string, string>> {
  const stamps = new Map<string, string>()
  const puts = feeds.flatMap((feed) => feed.entries).filter((entry) => entry.kind === 'put')
  await Promise.all(
    puts.map(async ({ collection, record: { id, rev } }) => {
      stamps.set(`${collection}/${id}/${rev}`, await stampOf(collection, id, rev))
    }),
  )
  return stamps
}

/** [L5] Marks the scopes whose sum differs from the server's to be read anew; whether there were any. */
async function differingScopes(db: PhoneDatabase, feeds: readonly Feed[]): Promise<boolean> {
  let any = false
  for (const { scope, digest } of feeds) {
    if (digest === undefined) continue
    const rows = await db.base.where({ scope }).toArray()
    if (sumOf(rows.map((row) => row.stamp)) === digest) {
      readAnew.delete(scope)
      continue
    }
    // Just read from the beginning: another round would only repeat the difference, the next change asks again.
    const misses = ((await getMeta('digest_misses', 0, db)) ?? 0) + 1
    await setMeta('digest_misses', misses, db)
    if (readAnew.delete(scope)) continue
    readAnew.add(scope)
    await db.cursors.update(scope, { cursor: 0, anew: true })
    any = true
  }
  return any
}

/** Scopes being read anew: a server that counts wrongly must not make phones read for ever. */
const readAnew = new Set<string>()
