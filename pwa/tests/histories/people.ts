// What people do in a history, and a journal of it that asks neither the phones nor the server what they think they did.
import type { CollectionName, Json } from '@/wire'
import type { Chance } from './chance'
import type { Phone, Program } from './phone'

const DIARY_ON = '2026-11-20'
const TAGS = ['甲', '乙', '丙']
const STEPS = ['solved_on_spot', 'explained', 'own_unit', 'to_be_forwarded', 'agreed', 'closed', 'withdrawn']

/** One thing a person meant to write. `told` once the phone has said that it is saved. */
export interface Said {
  phone: Phone
  collection: CollectionName
  id: string
  /** The uuid-less trace by which it can be found again in what the phone stored. */
  field: string
  value: Json
  told: boolean
}

type Act = (phone: Phone, program: Program) => Promise<void>

export class People {
  readonly journal: Said[] = []
  /** What somebody has seen standing as another's and put away: `id value`. */
  readonly settled = new Set<string>()
  private words = 0
  private readonly acts: Act[]

  constructor(
    private readonly chance: Chance,
    private readonly li: string,
  ) {
    const diary: Act = (phone, program) => this.writeTheDiary(phone, program)
    const visit: Act = (phone, program) => this.visit(phone, program)
    this.acts = [
      visit,
      visit,
      diary,
      diary,
      diary,
      (phone, program) => this.changeTheAddress(phone, program),
      (phone, program) => this.changeTheAddress(phone, program),
      (phone, program) => this.countRefusals(phone, program),
      (phone, program) => this.countRefusals(phone, program),
      (_phone, program) => this.tag(program),
      (phone, program) => this.recordARequest(phone, program),
      (_phone, program) => this.step(program),
      (_phone, program) => this.settle(program),
      (phone, program) => this.makeNonsense(phone, program),
    ]
  }

  /** One act of the person who holds the phone. */
  act(phone: Phone, program: Program): Promise<void> {
    return this.chance.of(this.acts)(phone, program)
  }

  private word(): string {
    this.words += 1
    return `w${this.words}`
  }

  private async saying(said: Omit<Said, 'told'>, saved: Promise<unknown>): Promise<void> {
    const entry = { ...said, told: false }
    this.journal.push(entry)
    await saved
    entry.told = true
  }

  private async placeOf(program: Program) {
    const places = await program.live.readQuery('place', {})
    return places.length ? this.chance.of(places.sort((one, other) => (one.id < other.id ? -1 : 1))) : null
  }

  private async visit(phone: Phone, { live, records, ids, ...program }: Program): Promise<void> {
    const place = await this.placeOf({ live, records, ids, ...program })
    if (!place) return
    const id = ids.uuid7()
    const outcome = this.chance.of(['met', 'nobody', 'vacant'] as const)
    const saved = records.create('visit', { place_id: place.id, outcome, note: this.word() }, { id })
    await this.saying({ phone, collection: 'visit', id, field: 'place_id', value: place.id }, saved)
  }

  private async changeTheAddress(phone: Phone, program: Program): Promise<void> {
    const place = await this.placeOf(program)
    if (!place) return
    const { records } = program
    const value = this.word()
    const saved = records.patch('place', place.id, { address: records.edited(place.address, value) })
    await this.saying({ phone, collection: 'place', id: place.id, field: 'address', value }, saved)
  }

  private async countRefusals(phone: Phone, program: Program): Promise<void> {
    const place = await this.placeOf(program)
    if (!place) return
    const by = 1 + this.chance.below(3)
    const saved = program.records.patch('place', place.id, { refusals: program.records.by(by) })
    await this.saying({ phone, collection: 'place', id: place.id, field: 'refusals', value: by }, saved)
  }

  private async tag(program: Program): Promise<void> {
    const place = await this.placeOf(program)
    if (!place) return
    const tag = this.chance.of(TAGS)
    const tags = place.tags?.includes(tag)
      ? place.tags.filter((one) => one !== tag)
      : [...(place.tags ?? []), tag]
    await program.records.patch('place', place.id, { tags })
  }

  /** A new sentence somewhere, and sometimes one struck out; often in Li's diary instead of the own one. */
  private async writeTheDiary(phone: Phone, { ids, live, records }: Program): Promise<void> {
    const author_id = this.chance.once(0.6) ? this.li : phone.person
    const id = await ids.diaryId(author_id, DIARY_ON)
    const shown = await live.readRecord('diary', id)
    const sentences = sentencesOf(shown?.text ?? '')
    if (sentences.length && this.chance.once(0.25)) sentences.splice(this.chance.below(sentences.length), 1)
    const value = `${this.word()}。`
    sentences.splice(this.chance.below(sentences.length + 1), 0, value)
    const text = sentences.join('')
    const saved = shown
      ? records.patch('diary', id, { text: records.edited(shown.text, text) })
      : records.create('diary', { author_id, diary_on: DIARY_ON, text }, { id })
    await this.saying({ phone, collection: 'diary', id, field: 'text', value }, saved)
  }

  private async recordARequest(phone: Phone, program: Program): Promise<void> {
    const place = await this.placeOf(program)
    if (!place) return
    const id = program.ids.uuid7()
    const text = this.word()
    const handling = this.chance.of(['on_the_spot', 'explain', 'forward'] as const)
    const saved = program.records.create('service_request', { place_id: place.id, text, handling }, { id })
    await this.saying({ phone, collection: 'service_request', id, field: 'text', value: text }, saved)
  }

  private async step({ live, records }: Program): Promise<void> {
    const requests = await live.readQuery('service_request', {})
    if (requests.length === 0) return
    const to = records.step(this.chance.of(STEPS), { reason: '因故' })
    await records.patch('service_request', this.chance.of(requests).id, { status: to })
  }

  private async settle(program: Program): Promise<void> {
    const place = await this.placeOf(program)
    const entry = place?.conflict[0]
    if (!place || !entry) return
    this.settled.add(`${place.id} ${entry.value}`)
    await program.records.patch('place', place.id, {}, { settles: [entry.uuid] })
  }

  private async makeNonsense(phone: Phone, { ids, live, records }: Program): Promise<void> {
    const [place] = await live.readQuery('place', {})
    if (!place) return
    const id = ids.uuid7()
    const saved = records.create('visit', { place_id: place.id, outcome: 'danced' as never }, { id })
    await this.saying({ phone, collection: 'visit', id, field: 'outcome', value: 'danced' }, saved)
  }
}

/** The sentences of a diary of these histories, which all end in 。 */
export function sentencesOf(text: string): string[] {
  return text.split('。').flatMap((part) => (part ? [`${part}。`] : []))
}
