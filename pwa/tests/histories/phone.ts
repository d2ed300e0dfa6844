// A phone with the app's own program: its disk outlives a crash, everything the program held in memory does not.
import Dexie from 'dexie'
import { IDBFactory } from 'fake-indexeddb'
import { vi } from 'vitest'
import type { Ended } from '@/sync/round'
import type { Chance } from './chance'
import { Life, now } from './mortal'
import { ask, Network } from './network'

/** The program as one start of it has loaded it. */
export interface Program {
  records: typeof import('@/db/records')
  live: typeof import('@/db/live')
  ids: typeof import('@/db/uuid')
  round: typeof import('@/sync/round')
  states: typeof import('@/sync/states')
  session: typeof import('@/api/session')
  database: typeof import('@/db/database')
  db: import('@/db/schema').PhoneDatabase
}

export class Phone {
  readonly network: Network
  private disk = new IDBFactory()
  private kept = new Map<string, string>()
  private started: { program: Program; life: Life } | null = null

  constructor(
    readonly name: string,
    readonly person: string,
    chance: Chance,
  ) {
    this.network = new Network(chance)
  }

  /** The program, started if it is not running. Everything until the next `use` of another phone happens here. */
  async use(): Promise<Program> {
    this.hold()
    if (this.started && !this.started.life.dead) {
      now.life = this.started.life
      return this.started.program
    }
    now.life = new Life()
    this.started = { program: await this.start(), life: now.life }
    return this.started.program
  }

  /** The person enrols it, or enrols it again, with a code of the leader's. */
  async enrol(): Promise<void> {
    const program = await this.use()
    const { life } = now
    const { code } = await ask<{ code: string }>('a_code', { person: this.person })
    // Another phone is in hand by now: a dead one that went on would enrol that one in its own name.
    if (life.dead) await new Promise(() => undefined)
    await program.session.enrol(code)
    // A phone that died over it holds nothing any more that another could trip over.
    if (life.dead) await new Promise(() => undefined)
    program.db = program.database.database()
  }

  /** One sync, as the app begins it: only for somebody who is signed in; a cleared phone asks the server first who that is. */
  async sync(program: Program): Promise<Ended> {
    if (program.session.session.value === null) await program.session.refreshSession()
    if (program.session.session.value === null) return { kind: 'expired' }
    program.db = program.database.database()
    return program.round.syncRounds(program.db, () => undefined)
  }

  /** Ends whatever runs, as a dead battery does; `use` starts anew from the disk. */
  async die(): Promise<void> {
    const before = this.started
    this.started = null
    if (!before) return
    before.life.dead = true
    const never = () => new Promise<never>(() => undefined)
    // A program that is gone opens nothing again, however long it had meant to wait.
    Object.assign(before.program.db, { open: never, transaction: never })
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    before.program.db.close({ disableAutoOpen: true })
  }

  /** The system clears the site's data; the cookie stays. */
  async evict(): Promise<void> {
    await this.die()
    this.disk = new IDBFactory()
  }

  private hold(): void {
    Dexie.dependencies.indexedDB = this.disk
    const { kept } = this
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    })
    vi.stubGlobal('fetch', this.network.fetch)
  }

  private async start(): Promise<Program> {
    vi.resetModules()
    const program = {
      records: await import('@/db/records'),
      live: await import('@/db/live'),
      ids: await import('@/db/uuid'),
      round: await import('@/sync/round'),
      states: await import('@/sync/states'),
      session: await import('@/api/session'),
      database: await import('@/db/database'),
    }
    await program.session.recallSession()
    if (this.network.cookie) await program.session.refreshSession()
    return { ...program, db: program.database.database() }
  }
}
