import { describe, expect, it } from 'vitest'
import { groupedOptions, leavesOf, nameOf, recentFirst } from '@/features/requests/categories'
import { dueInWords } from '@/features/requests/due_words'
import { EMPTY_FORM, newRequest, type RequestForm } from '@/features/requests/new_request'
import { inView } from '@/features/requests/request_views'
import { suggestWay } from '@/features/requests/suggest_way'
import { timelineOf } from '@/features/requests/timeline'
import { checkSign } from '@/rules/codes'
import { setLocale } from '@/text/t'
import type { Category, Place, ServiceRequest, ServiceRequestEvent } from '@/wire'
import { household } from './town'

const NOW = Date.parse('2026-11-20T18:00:00+08:00')
const HOUR = 3_600_000
const about = {
  place: { ...household(1) } as unknown as Place,
  visit_id: 'v1',
  cadre_id: 'li',
  occurred_on: '2026-11-20',
  tracking_code: 'NEWCODE',
}
const form = (more: Partial<RequestForm>): RequestForm => ({ ...EMPTY_FORM, text: '路灯坏了', ...more })
const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'none'
}
const request = (more: Partial<ServiceRequest>): ServiceRequest =>
  ({
    id: 'r',
    rev: 1,
    status: 'dispatched',
    cadre_id: 'li',
    category: null,
    place_id: null,
    due_at: null,
    ...more,
  }) as ServiceRequest

describe('a new request', () => {
  it('is born in the status of its handling, and in "recorded" without one', () => {
    expect(newRequest(form({ handling: 'forward', category: 'unsure' }), about).status).toBe(
      'to_be_forwarded',
    )
    expect(newRequest(form({ handling: 'explain' }), about).status).toBe('explained')
    expect(newRequest(form({}), about).status).toBe('recorded')
  })

  it('needs a sentence or a photo', () => {
    expect(codeOf(() => newRequest(form({ text: '  ' }), about))).toBe('missing_text')
    expect(newRequest(form({ text: '', photos: ['abc'] }), about)).toMatchObject({
      text: null,
      photos: ['abc'],
    })
  })

  it.each([
    ['138 0000 1234', '13800001234'],
    ['+86 138-0000-1234', '13800001234'],
    ['１３８００００１２３４', '13800001234'],
    ['0635-8210001', '06358210001'],
    ['', null],
  ])('takes the phone %s as %s', (typed, kept) => {
    expect(newRequest(form({ phone: typed }), about).contact_phone).toBe(kept)
  })

  it('refuses a phone that is none, and a card number with one wrong sign', () => {
    expect(codeOf(() => newRequest(form({ phone: '打不通' }), about))).toBe('bad_phone')
    expect(codeOf(() => newRequest(form({ card_code: '7F3K9-Q2D0M' }), about))).toBe(
      checkSign('7F3K9Q2D0') === 'M' ? 'none' : 'bad_card_code',
    )
  })

  it('takes the number of the printed card in place of a new code', () => {
    const printed = `7F3K9Q2D0${checkSign('7F3K9Q2D0')}`
    const typed = `${printed.slice(0, 5)}-${printed.slice(5)}`.toLowerCase()
    expect(newRequest(form({ card_code: typed }), about).tracking_code).toBe(printed)
    expect(newRequest(form({}), about).tracking_code).toBe('NEWCODE')
  })
})

describe('the suggested way of handling', () => {
  const ways = ['at_once', 'proactive', 'on_site', 'tracked', 'in_public', 'coordinated']
  const sketch = { handling: 'forward', category: 'lights', urgent: false, place_id: 'door-1' }
  const at = (door: string) => request({ category: 'lights', place_id: door })

  it('is "at once" for what is urgent', () => {
    expect(suggestWay({ ...sketch, urgent: true }, [], ways)?.way).toBe('at_once')
  })

  it('is "proactively" when this door has raised it before', () => {
    expect(suggestWay(sketch, [at('door-1')], ways)?.way).toBe('proactive')
  })

  it('is "on site" when three other doors have, and nothing when two have', () => {
    expect(suggestWay(sketch, ['a', 'b', 'c'].map(at), ways)?.way).toBe('on_site')
    expect(suggestWay(sketch, ['a', 'b', 'b'].map(at), ways)).toBeNull()
  })

  it('is none that the programme does not use', () => {
    expect(suggestWay({ ...sketch, urgent: true }, [], ['tracked'])).toBeNull()
  })
})

describe('categories', () => {
  const category = (id: string, order: number, parent_id: string | null = null): Category =>
    ({ id, name: id, order, parent_id }) as Category
  const all = [
    category('roads', 1),
    category('lights', 2, 'roads'),
    category('covers', 3, 'roads'),
    category('other', 9),
  ]

  it('to choose from are those without any below them', () => {
    expect(leavesOf(all).map((one) => one.id)).toEqual(['lights', 'covers', 'other'])
    expect(groupedOptions(all)[0]).toEqual({ value: 'lights', label: 'lights', group: 'roads' })
  })

  it('used last stand first, each once, filled up with the others', () => {
    const used = [
      { id: '1', category: 'lights' },
      { id: '3', category: 'other' },
      { id: '2', category: 'other' },
      { id: '4', category: 'gone' },
    ]
    expect(recentFirst(all, used).map((one) => one.id)).toEqual(['other', 'lights', 'covers'])
  })

  it('are named in the language of the screen, in Chinese where there is no other name', async () => {
    const lights = { name: '路灯照明', name_en: 'Street lights' }
    expect(nameOf(lights)).toBe('路灯照明')
    await setLocale('en')
    expect(nameOf(lights)).toBe('Street lights')
    expect(nameOf({ ...lights, name_en: null })).toBe('路灯照明')
    await setLocale('zh')
  })
})

describe('a date in words', () => {
  it.each([
    [-5 * HOUR, '已超期 5 小时', 'bad'],
    [-3 * 24 * HOUR, '已超期 3 天', 'bad'],
    [20 * 60_000, '还剩 20 分钟', 'warn'],
    [23 * HOUR, '还剩 23 小时', 'warn'],
    [47 * HOUR, '还剩 47 小时', 'info'],
    [60 * HOUR, '还剩 2 天', 'info'],
    [96 * HOUR, '11月24日 18:00 前答复', 'plain'],
  ])('%i ms from now reads %s', (left, text, tone) => {
    expect(dueInWords(NOW + left, NOW)).toEqual({ text, tone })
  })
})

describe('the lists of requests', () => {
  const rows = [
    request({ id: '1', due_at: null }),
    request({ id: '2', due_at: 50 }),
    request({ id: '3', due_at: 20, cadre_id: 'wang' }),
    request({ id: '4', status: 'closed' }),
  ]

  it('show my open ones by date, what has none last', () => {
    expect(inView(rows, 'mine', 'li').map((one) => one.id)).toEqual(['2', '1'])
  })

  it('show the team’s open ones, and what has ended', () => {
    expect(inView(rows, 'open', 'li').map((one) => one.id)).toEqual(['3', '2', '1'])
    expect(inView(rows, 'ended', 'li').map((one) => one.id)).toEqual(['4'])
  })
})

describe('the history of a request', () => {
  const event = (more: Partial<ServiceRequestEvent>): ServiceRequestEvent =>
    ({
      kind: 'status',
      actor_kind: 'cadre',
      actor_name: '李建国',
      occurred_at: 1,
      received_at: 1,
      public: true,
      photos: [],
      ...more,
    }) as ServiceRequestEvent

  it('puts two statuses of one instant in the order of a life', () => {
    const events = [
      event({ id: 'b', to_status: 'to_be_forwarded' }),
      event({ id: 'a', to_status: 'recorded' }),
    ]
    expect(timelineOf(request({}), events).map((line) => line.title)).toEqual(['已记录', '待上报'])
  })

  it('says that a request is still on the phone before the server has seen it', () => {
    const [line] = timelineOf(request({ rev: 0, status: 'to_be_forwarded' }), [])
    expect(line).toMatchObject({ title: '待上报', words: ['还在本机，联网后送达。'] })
  })

  it('keeps a step that did not take effect, and names an unknown kind honestly', () => {
    const events = [
      event({ id: 'a', to_status: 'recorded' }),
      event({ id: 'b', kind: 'illegal_step', to_status: 'closed', received_at: 2 }),
      event({ id: 'c', kind: 'telepathy' as never, received_at: 3 }),
    ]
    expect(timelineOf(request({}), events).map((line) => line.title)).toEqual([
      '已记录',
      '没有生效的一步：销号',
      '其他（请更新）',
    ])
  })
})
