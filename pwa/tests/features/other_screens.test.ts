import { afterEach, describe, expect, it } from 'vitest'
import { today } from '@/dates'
import { database } from '@/db/database'
import { readQuery, readRecord } from '@/db/live'
import { diaryId } from '@/db/uuid'
import { badgeCode, badgeSecret } from '@/rules/badge'
import { syncRounds } from '@/sync/round'
import type { City } from '../fake_server'
import { outbox, patiently, Screen } from './screen'
import { household, LI, TEAM_SCOPE, WANG } from './town'

let screen: Screen
afterEach(() => screen.close())

describe('the diary', () => {
  it('is submitted with two taps and typing, the visits standing above by themselves', async () => {
    const rows: City['rows'] = [
      ['place', household(1)],
      [
        'visit',
        {
          id: 'v1',
          scope: TEAM_SCOPE,
          place_id: 'door-1',
          cadre_id: LI,
          visit_on: today(),
          arrived_at: Date.now(),
          outcome: 'met',
          finding: 'nothing',
        },
      ],
    ]
    screen = await Screen.open(rows, '/diary')
    await screen.sees('走访 1 户，见到 1 户')
    await screen.type('日记正文', '张家路灯坏了。')
    await screen.tap('提交')
    await screen.sees('已提交')
    expect(screen.taps).toBe(1)
    expect(await readRecord('diary', await diaryId(LI, today()))).toMatchObject({
      author_id: LI,
      diary_on: today(),
      text: '张家路灯坏了。',
      submitted: true,
    })
  })

  it('written by a companion meanwhile is merged, because the form remembers what its author saw', async () => {
    const id = await diaryId(LI, today())
    screen = await Screen.open(
      [
        [
          'diary',
          { id, scope: TEAM_SCOPE, author_id: LI, diary_on: today(), text: '第一句。', submitted: false },
        ],
      ],
      '/diary',
    )
    await screen.type('日记正文', '第一句。李写的。')
    screen.server.put('diary', { id, text: '第一句。王写的。' })
    await syncRounds(database(), () => undefined)
    await screen.tap('先保存，晚点再交')
    await patiently(async () =>
      expect((await outbox('diary'))[0]?.changes.text).toEqual({ from: '第一句。', to: '第一句。李写的。' }),
    )
  })

  it('of a companion of today can be written along', async () => {
    const rows: City['rows'] = [
      ['cadre', { id: WANG, scope: TEAM_SCOPE, name: '王敏' }],
      [
        'visit',
        {
          id: 'v1',
          scope: TEAM_SCOPE,
          place_id: 'door-1',
          cadre_id: WANG,
          companions: [LI],
          visit_on: today(),
          arrived_at: Date.now(),
          outcome: 'met',
        },
      ],
    ]
    screen = await Screen.open(rows, '/diary')
    await screen.tap('王敏的日记')
    await screen.sees('您补充的话会合并进这篇日记')
    await screen.type('日记正文', '我补一句。')
    await screen.tap('先保存，晚点再交')
    await patiently(async () =>
      expect(await readRecord('diary', await diaryId(WANG, today()))).toMatchObject({
        author_id: WANG,
        text: '我补一句。',
      }),
    )
  })
})

describe('the badge', () => {
  it('shows the six digits of this half minute and changes nothing on the phone', async () => {
    screen = await Screen.open([], '/badge')
    const secret = badgeSecret('JBSWY3DPEHPK3PXP')
    if (!secret) throw new Error('the secret of the test is base32')
    const now = Date.now()
    // Either side of a change of digits.
    const near = [now - 1000, now, now + 1000].map((at) => badgeCode(secret, at))
    await patiently(() => expect(near.some((code) => screen.text.includes(code))).toBe(true))
    expect(await outbox()).toEqual([])
  })
})

describe('the inbox', () => {
  const notices: City['rows'] = [1, 2].map((n) => [
    'notice',
    {
      id: `n${n}`,
      scope: `user:${LI}`,
      title: `消息${n}`,
      created_at: n,
      read_at: null,
      about_collection: n === 1 ? 'service_request' : null,
      about_id: n === 1 ? 'r1' : null,
    },
  ])

  it('marks a notice read when it is opened, and leads to the request', async () => {
    screen = await Screen.open(notices, '/messages')
    await screen.tap('消息1')
    await patiently(() => expect(screen.path).toBe('/request/r1'))
    expect((await readRecord('notice', 'n1'))?.read_at).not.toBeNull()
    expect((await readRecord('notice', 'n2'))?.read_at).toBeNull()
  })

  it('is read in one tap', async () => {
    screen = await Screen.open(notices, '/messages')
    await screen.tap('全部已读')
    await patiently(async () =>
      expect((await readQuery('notice', { filter: (one) => !one.read_at })).length).toBe(0),
    )
  })
})

describe('questionnaires', () => {
  it('follow one another: the next sheet is empty, and each is stored', async () => {
    const questions = [{ id: 'q', kind: 'single', title: '满意吗？', options: ['满意', '不满意'] }]
    screen = await Screen.open(
      [['questionnaire', { id: 'k', scope: 'all', title: '问卷一', open: true, questions }]],
      '/questionnaire/k',
    )
    await screen.tap('满意')
    await screen.tap('保存，下一份')
    await screen.sees('这一轮已填 1 份')
    await screen.tap('保存，下一份')
    await screen.sees('请至少答一题')
    await screen.tap('不满意')
    await screen.tap('保存，下一份')
    await screen.sees('这一轮已填 2 份')
    const stored = await readQuery('questionnaire_answer', {})
    expect(stored.map((one) => one.answers)).toEqual(expect.arrayContaining([{ q: '满意' }, { q: '不满意' }]))
  })
})

describe('my record', () => {
  it('shows a hint of the system, and takes Li’s answer to it', async () => {
    const flagged = {
      id: 'v1',
      scope: TEAM_SCOPE,
      place_id: 'door-1',
      cadre_id: LI,
      visit_on: today(),
      arrived_at: 1,
      outcome: 'met',
      evidence: 'd',
      evidence_reason: 'timeout',
      flags: ['tap_through'],
    }
    screen = await Screen.open(
      [
        ['place', household(1)],
        ['visit', flagged],
      ],
      '/record/v1',
    )
    await screen.sees('连续多户停留时间很短')
    await screen.sees('丁 · 本人填报（定位超时）')
    await screen.tap('说明或申诉')
    await screen.type('您的说明', '三家是一个院子。')
    await screen.tap('提交')
    await screen.sees('还没有答复')
    expect((await readQuery('feedback', {}))[0]).toMatchObject({
      about: 'visit:v1',
      text: '三家是一个院子。',
    })
  })
})

describe('a late entry', () => {
  it('is stored as such, without a fix', async () => {
    screen = await Screen.open([['place', household(1)]], '/place/door-1/late')
    await screen.tap('无人')
    await screen.tap('保存')
    await patiently(async () => expect(await readQuery('visit', {})).toHaveLength(1))
    expect((await readQuery('visit', {}))[0]).toMatchObject({
      late_entry: true,
      outcome: 'nobody',
      fix: null,
      place_id: 'door-1',
    })
  })
})

describe('the wishes of a household', () => {
  it('that a colleague changed meanwhile are not overwritten by a form that never touched them', async () => {
    screen = await Screen.open([['place', household(1)]], '/place/door-1')
    await screen.tap('修改意愿和备注')
    await screen.type('给本队的备注', '门铃坏了')
    screen.server.put('place', { id: 'door-1', do_not_disturb: true })
    await syncRounds(database(), () => undefined)
    document.querySelector('dialog[open] form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await patiently(async () => expect(await outbox('place')).toHaveLength(1))
    expect((await outbox('place'))[0]?.changes).toEqual({ note: { from: null, to: '门铃坏了' } })
    expect((await readRecord('place', 'door-1'))?.do_not_disturb).toBe(true)
  })
})
