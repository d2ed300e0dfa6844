// One history: four phones of three people in two teams, a bad network, dying phones, and a server that is moved about.
import { Chance } from './chance'
import { Broken, checkEverything, type Held, heldBy } from './checks'
import { now } from './mortal'
import { ask } from './network'
import { People } from './people'
import { Phone, type Program } from './phone'

const STEPS = 30
/** How often each thing happens, in hundredths. */
const HAPPENINGS = {
  act: 38,
  sync: 22,
  act_while_syncing: 8,
  die_while_acting: 4,
  die_while_syncing: 10,
  an_answer_without_its_pull: 4,
  the_proxy_delivers_late: 3,
  the_household_moves: 3,
  the_leader_writes: 3,
  the_sign_in_ends: 2,
  the_server_comes_back_from_yesterday: 2,
  storage_is_cleared: 1,
} as const
type Happening = keyof typeof HAPPENINGS
const DRAWN = Object.entries(HAPPENINGS).flatMap(([name, often]) =>
  Array<Happening>(often).fill(name as Happening),
)

interface Teams {
  teams: { a: string; b: string }
  people: { li: string; wang: string; zhao: string }
  places: string[]
}

export class History {
  readonly told: string[] = []
  private readonly chance: Chance
  private phones: Phone[] = []
  private forgotten: Held[] = []
  private backups: 'none' | 'made' | 'put_back' = 'none'

  private constructor(
    seed: number,
    private readonly city: Teams,
    private readonly people: People,
    chance: Chance,
  ) {
    this.chance = chance
    this.told.push(`seed ${seed}`)
  }

  /** Runs it to its end and checks everything; throws Broken with what it told. */
  static async run(seed: number): Promise<void> {
    const chance = new Chance(seed)
    const city = await ask<Teams>('new_teams')
    const history = new History(seed, city, new People(chance, city.people.li), chance)
    try {
      await history.begin()
      for (let step = 0; step < STEPS; step++)
        await history.happen(chance.of(DRAWN), chance.of(history.phones))
      await history.comeToRest()
    } catch (error) {
      throw new Broken(`${(error as Error).message}\n${history.told.join('\n')}`, { cause: error })
    }
  }

  private async begin(): Promise<void> {
    const { li, wang, zhao } = this.city.people
    const owners = { li_1: li, li_2: li, wang, zhao }
    this.phones = Object.entries(owners).map(([name, person]) => new Phone(name, person, this.chance))
    for (const phone of this.phones) {
      await phone.use()
      await phone.enrol()
      await this.sync(phone, await phone.use())
    }
  }

  private async happen(what: Happening, phone: Phone): Promise<void> {
    this.told.push(`${what} ${phone.name}`)
    phone.network.rough = what === 'sync' ? 0.3 : 0
    switch (what) {
      case 'act':
        await this.people.act(phone, await phone.use())
        return
      case 'act_while_syncing':
        await this.actWhileSyncing(phone)
        return
      case 'die_while_acting':
        await this.dieDuring(phone, 10, (program) => this.people.act(phone, program))
        return
      case 'die_while_syncing':
        await this.dieDuring(phone, 60, (program) => this.sync(phone, program))
        return
      case 'an_answer_without_its_pull':
        await this.answerWithoutItsPull(phone)
        return
      case 'the_proxy_delivers_late':
        await phone.network.deliverLate()
        return
      case 'storage_is_cleared':
        // Together with a backup nobody could tell any more what ought to be there.
        if (this.backups === 'none') await this.clear(phone)
        return
      case 'sync':
        await this.sync(phone, await phone.use())
        return
      default:
        await this.elsewhere(what, phone)
    }
  }

  /** What happens at the server. */
  private async elsewhere(what: Happening, phone: Phone): Promise<void> {
    const place = this.chance.of(this.city.places)
    if (what === 'the_household_moves') {
      await ask('household_moves', { place, team: this.chance.of(Object.values(this.city.teams)) })
    } else if (what === 'the_leader_writes') {
      await ask('leader_writes', { place, values: { building: `${this.chance.below(9)}号楼` } })
    } else if (what === 'the_sign_in_ends') {
      const device = (await phone.use()).session.session.value?.client_id
      // A phone whose storage was cleared is signed in nowhere until its next sync.
      if (device) await ask('sign_in_ends', { device })
    } else if (this.forgotten.length === 0) {
      await ask(this.backups === 'made' ? 'put_back' : 'back_up')
      this.backups = this.backups === 'made' ? 'put_back' : 'made'
    }
  }

  /** Returns how it ended. */
  private async sync(phone: Phone, program: Program): Promise<string> {
    const { life } = now
    const ended = await phone.sync(program)
    // What a dead phone's program still returns is nobody's business.
    if (life.dead) return 'dead'
    this.told.push(`  ${ended.kind}`)
    if (ended.kind === 'expired' && this.chance.once(0.5)) {
      phone.network.calm()
      // Sometimes the answer is lost and the code is used up: the leader gives another one.
      if (this.chance.once(0.3)) phone.network.coming = ['reply_lost']
      const enrolled = await phone.enrol().then(
        () => true,
        () => false,
      )
      if (!enrolled && !life.dead) await phone.enrol()
    }
    return ended.kind
  }

  private async actWhileSyncing(phone: Phone): Promise<void> {
    const program = await phone.use()
    phone.network.rough = 0.2
    await Promise.all([
      this.sync(phone, program),
      this.people.act(phone, program),
      this.people.act(phone, program),
    ])
  }

  private async dieDuring(
    phone: Phone,
    within: number,
    work: (program: Program) => Promise<unknown>,
  ): Promise<void> {
    const program = await phone.use()
    const { life } = now
    life.left = 1 + this.chance.below(within)
    const worked = work(program)
    // What a dead phone's program still throws reaches nobody.
    worked.catch(() => undefined)
    const ended = await Promise.race([worked, life.death])
    life.left = null
    this.told.push(ended === 'dead' ? '  dead' : '  survived')
    await phone.die()
  }

  /** 6: an acknowledgement without a pull changes nothing on the screen. */
  private async answerWithoutItsPull(phone: Phone): Promise<void> {
    const program = await phone.use()
    const before = await this.pending(program)
    phone.network.coming = ['no_pull', 'request_lost']
    const ended = await this.sync(phone, program)
    phone.network.calm()
    // With nothing to push there was only a pull.
    if (ended === 'complete') return
    const parked = await program.db.results.where({ outcome: 'parked' }).count()
    if (parked > 0) return
    for (const [key, seen] of before) {
      const [collection, id] = key.split(' ')
      const after = JSON.stringify(await program.live.readRecord(collection as 'place', id))
      if (after !== seen) throw new Broken(`the screen of ${phone.name} flickered: ${seen} became ${after}`)
    }
  }

  private async pending({ db, live }: Program): Promise<Map<string, string>> {
    const shown = new Map<string, string>()
    for (const { collection, id } of await db.outbox.toArray())
      shown.set(`${collection} ${id}`, JSON.stringify(await live.readRecord(collection as 'place', id)))
    return shown
  }

  private async clear(phone: Phone): Promise<void> {
    this.forgotten.push(await heldBy(phone, await phone.use()))
    await phone.evict()
  }

  private async comeToRest(): Promise<void> {
    const held: Held[] = []
    for (const phone of this.phones) {
      phone.network.calm()
      await phone.network.deliverLate()
    }
    for (let round = 0; round < 4; round++) for (const phone of this.phones) await this.finish(phone)
    for (const phone of this.phones) held.push(await heldBy(phone, await phone.use()))
    await checkEverything(held, this.forgotten, this.people)
  }

  private async finish(phone: Phone): Promise<void> {
    const program = await phone.use()
    const ended = await phone.sync(program)
    if (ended.kind === 'complete') return
    if (ended.kind !== 'expired')
      throw new Broken(`${phone.name} does not come to rest: ${JSON.stringify(ended)}`)
    await phone.enrol()
    await this.finish(phone)
  }
}
