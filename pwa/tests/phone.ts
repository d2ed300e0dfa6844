// A phone of a named person in tests: its own database, one server, and the acts a person does.
import { vi } from 'vitest'
import { sessionExpired } from '@/api/session'
import { database, useAccount } from '@/db/database'
import { getMeta, setMeta } from '@/db/meta'
import { uuid7 } from '@/db/uuid'
import { sendPhotos } from '@/sync/attachments'
import { type Ended, syncRounds } from '@/sync/round'
import { FakeServer } from './fake_server'

export const TEAM = 'team:t1'

/** A server with one team, one household and one category. */
export function smallServer(): FakeServer {
  const server = new FakeServer({
    session: {},
    scopes: [TEAM, 'all'],
    rows: [
      [
        'place',
        { id: 'zhang', scope: TEAM, kind: 'household', label: '张*', note: '有狗。', tags: [], refusals: 0 },
      ],
      ['category', { id: 'light', scope: 'all', name: '路灯照明' }],
    ],
  })
  vi.stubGlobal('fetch', server.fetch)
  return server
}

export class Phone {
  private constructor(readonly account: string) {}

  /** A phone enrolled for `name`, in use from now on. */
  static async of(name: string): Promise<Phone> {
    const phone = new Phone(`${name}-${uuid7()}`)
    phone.use()
    sessionExpired(false)
    await setMeta('client_id', `client-${phone.account}`)
    return phone
  }

  /** All calls of records and sync speak of this phone from now on. */
  use(): this {
    useAccount(this.account)
    return this
  }

  sync(): Promise<Ended> {
    this.use()
    return syncRounds(database(), () => undefined)
  }

  photos(): ReturnType<typeof sendPhotos> {
    this.use()
    return sendPhotos(database())
  }

  async outbox(): Promise<number[]> {
    this.use()
    return (await database().outbox.orderBy('order').toArray()).map((row) => row.mid)
  }

  async clientId(): Promise<string> {
    this.use()
    return (await getMeta('client_id')) ?? ''
  }
}
