// Deliberate faults of the phone's program: each breaks one promise, so that we know the histories would notice.
import { vi } from 'vitest'

type Push = typeof import('@/sync/push')
type Pull = typeof import('@/sync/pull')
type Outcomes = typeof import('@/sync/outcomes')
type Numbering = typeof import('@/db/numbering')
type Http = typeof import('@/api/http')
type Round = typeof import('@/sync/round')

/** What is broken, and in which words the checks have to complain. */
export interface Fault {
  name: string
  noticed: RegExp
  make(): void
}

export const FAULTS: Fault[] = [
  {
    name: 'the outbox is emptied when it is sent',
    noticed: /was told that|holds the same|flickered|delivered and is not there/,
    make() {
      vi.doMock('@/sync/push', async (original: () => Promise<Push>) => {
        const real = await original()
        const nextBatch: Push['nextBatch'] = async (db, max_bytes) => {
          const batch = await real.nextBatch(db, max_bytes)
          if (batch) await db.outbox.where('uuid').anyOf(batch.uuids).delete()
          return batch
        }
        return { ...real, nextBatch }
      })
    },
  },
  {
    name: 'the outbox forgets on acknowledgement, before a pull',
    noticed: /flickered|was told that/,
    make() {
      vi.doMock('@/sync/outcomes', async (original: () => Promise<Outcomes>) => {
        const real = await original()
        const noteResults: Outcomes['noteResults'] = async (db, client_id, outcomes) => {
          const reused = await real.noteResults(db, client_id, outcomes)
          const rows = await db.outbox
            .where('[client_id+mid]')
            .anyOf(outcomes.map(({ mid }) => [client_id, mid]))
            .toArray()
          await db.kept.bulkPut(rows.map((row) => ({ ...row, left_at: Date.now() })))
          await db.outbox.bulkDelete(rows.map((row) => row.order))
          return reused
        }
        return { ...real, noteResults }
      })
    },
  },
  {
    name: 'the cursor is stored before the page',
    noticed: /rows, the server|digests differed|shows/,
    make() {
      vi.doMock('@/sync/pull', async (original: () => Promise<Pull>) => {
        const real = await original()
        const takePullReply: Pull['takePullReply'] = async (db, asked, reply) => {
          const ahead = reply.feed.map(({ scope, cursor }) => ({ scope, cursor, anew: false }))
          await db.cursors.bulkPut(ahead)
          const cursors = {
            ...asked.cursors,
            ...Object.fromEntries(ahead.map((one) => [one.scope, one.cursor])),
          }
          return real.takePullReply(db, { ...asked, cursors }, reply)
        }
        return { ...real, takePullReply }
      })
    },
  },
  {
    name: 'a lost answer makes the phone number its outbox anew',
    noticed: /counts|flickered|shows|is gone/,
    make() {
      vi.doMock('@/sync/round', async (original: () => Promise<Round>) => {
        const [real, { takeNewNumber }] = [await original(), await import('@/db/numbering')]
        const syncRounds: Round['syncRounds'] = async (db, sending) => {
          const ended = await real.syncRounds(db, sending)
          if (ended.kind === 'offline') await takeNewNumber(db)
          return ended
        }
        return { ...real, syncRounds }
      })
    },
  },
  {
    name: 'acknowledged work is not offered again to a restored server',
    noticed: /delivered and is not there|is gone|counts|come to rest/,
    make() {
      vi.doMock('@/db/numbering', async (original: () => Promise<Numbering>) => ({
        ...(await original()),
        offerAgainFrom: async () => true,
      }))
    },
  },
  {
    name: 'any page with status 200 is taken for ours',
    noticed: /Cannot read|undefined|come to rest|not iterable/,
    make() {
      vi.doMock('@/api/http', async (original: () => Promise<Http>) => {
        const real = await original()
        const send = async (path: string, sending: Parameters<Http['send']>[1]) => {
          const reply = await real.send(path, sending)
          return reply.kind === 'portal'
            ? { kind: 'server', status: 200, body: { push: { results: [] }, pull: {} } }
            : reply
        }
        return { ...real, send }
      })
    },
  },
]
