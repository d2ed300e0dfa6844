import { afterEach, describe, expect, it } from 'vitest'
import { readQuery, readRecord } from '@/db/live'
import { isTrackingCode } from '@/rules/codes'
import type { City } from '../fake_server'
import { outbox, patiently, Screen } from './screen'
import { household, LI, TEAM_SCOPE } from './town'

let screen: Screen
afterEach(() => screen.close())

const rows = (): City['rows'] => [
  ['place', household(1)],
  ['category', { id: 'roads_lights', scope: 'all', name: '路灯照明', order: 1 }],
]

describe('a request at the door', () => {
  it('takes Li at most nine taps and a sentence from "request" to the next door', async () => {
    screen = await Screen.open(rows())
    await screen.tap('到了：张1*')
    await screen.tap('见到人')
    const before = screen.taps
    await screen.tap('有诉求')
    await screen.type('什么事', '3号楼前路灯坏了三盏。')
    await screen.tap('上报')
    await screen.tap('路灯照明')
    await screen.tap('登记，给群众查询码')
    await screen.sees('请群众拍下本页')
    await screen.tap('关闭')
    await screen.tap('完成')
    await patiently(() => expect(screen.path).toBe('/'))
    // One more for the tap into the field.
    expect(screen.taps - before + 1).toBeLessThanOrEqual(9)
    const [request] = await readQuery('service_request', {})
    expect(request).toMatchObject({
      place_id: 'door-1',
      category: 'roads_lights',
      text: '3号楼前路灯坏了三盏。',
      handling: 'forward',
      status: 'to_be_forwarded',
      source: 'cadre',
    })
    expect(isTrackingCode(request?.tracking_code ?? '')).toBe(true)
    expect(await readRecord('visit', request?.visit_id)).toMatchObject({ outcome: 'met', finding: 'request' })
  })

  it('without a sentence or photo stays on the screen and says what is missing, in both languages', async () => {
    screen = await Screen.open(rows(), '/request/new?place=door-1')
    await screen.type('联系电话', '13800001234')
    await screen.tap('登记，给群众查询码')
    await screen.sees('请用一句话写清楚什么事')
    await screen.sees('Say in one sentence')
    expect(await outbox()).toEqual([])
  })

  it('asks for a category when it goes to the platform, and only then; "not sure" leaves it to a person', async () => {
    screen = await Screen.open(rows(), '/request/new?place=door-1')
    await screen.type('什么事', '3号楼前路灯坏了三盏。')
    await screen.tap('当场解决')
    expect(screen.offers('路灯照明')).toBe(false)
    await screen.tap('上报')
    await screen.tap('登记，给群众查询码')
    await screen.sees('上报请点一个类别')
    expect(await outbox()).toEqual([])
    await screen.tap('说不准')
    await screen.tap('登记，给群众查询码')
    await screen.sees('请群众拍下本页')
    expect((await readQuery('service_request', {}))[0]).toMatchObject({ category: null, handling: 'forward' })
  })

  it('keeps what was typed when Li leaves, and brings it back', async () => {
    screen = await Screen.open(rows(), '/request/new?place=door-1')
    await screen.type('什么事', '井盖坏了')
    await screen.go('/')
    await screen.go('/request/new?place=door-1')
    await screen.sees('已恢复上次没写完的内容')
    await screen.tap('登记，给群众查询码')
    await screen.sees('请群众拍下本页')
    expect((await readQuery('service_request', {}))[0]?.text).toBe('井盖坏了')
  })

  it('solved on the spot tells the resident how', async () => {
    screen = await Screen.open(rows(), '/request/new?place=door-1')
    await screen.type('什么事', '楼道灯坏了。')
    await screen.tap('当场解决')
    await screen.type('怎么解决', '已换灯泡。')
    await screen.tap('登记，给群众查询码')
    await screen.sees('请群众拍下本页')
    const [told] = await readQuery('service_request_event', {})
    expect(told).toMatchObject({ kind: 'progress', text: '已换灯泡。', public: true })
    expect((await readQuery('service_request', {}))[0]).toMatchObject({
      status: 'solved_on_spot',
      way: 'at_once',
    })
  })
})

describe('an answered request', () => {
  const answered = (): City['rows'] => [
    ...rows(),
    [
      'service_request',
      {
        id: 'r1',
        scope: TEAM_SCOPE,
        place_id: 'door-1',
        cadre_id: LI,
        status: 'answered',
        text: '路灯坏了',
        answer: '已修好。',
        forward_no: 1,
      },
    ],
  ]

  it('is not agreed with by silence: Li has to say that the resident said yes', async () => {
    screen = await Screen.open(answered(), '/request/r1')
    await screen.sees('已修好。')
    await screen.tap('群众认可')
    await screen.sees('群众会看到')
    const form = document.querySelector('dialog[open] form')
    form?.dispatchEvent(new Event('submit', { cancelable: true }))
    await screen.sees('未回复不算满意')
    expect(await outbox()).toEqual([])
    await screen.tap('群众本人已当面或来电认可')
    form?.dispatchEvent(new Event('submit', { cancelable: true }))
    await patiently(async () =>
      expect((await outbox('service_request'))[0]?.changes.status).toMatchObject({
        op: 'step',
        from: 'answered',
        to: 'agreed',
        evidence: ['resident_agreement'],
      }),
    )
    await screen.sees('群众认可')
  })

  it('takes a record that nobody answered the phone', async () => {
    screen = await Screen.open(answered(), '/request/r1')
    await screen.tap('记一次没联系上')
    await screen.tap('没人接听')
    document.querySelector('dialog[open] form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await patiently(async () => expect((await outbox('service_request_event'))[0]?.op).toBe('event'))
    expect((await readQuery('service_request_event', {}))[0]).toMatchObject({
      kind: 'call_attempt',
      text: '没人接听',
    })
    await screen.sees('已记 1 次')
  })
})
