import { describe, expect, it } from 'vitest'
import { companionsOn, lineOf, totalsOf, visitsOf } from '@/features/diary/day_lines'
import { earlierDays } from '@/features/diary/earlier_days'
import { aboutOf, inOrder } from '@/features/notices/inbox'
import { categoriesOf, findAnswers, markedPieces, wordsOf } from '@/features/qa/policy_search'
import { answered, emptySheet } from '@/features/questionnaires/answers'
import { flagInWords, recordDays } from '@/features/record/own_record'
import type { Diary, Notice, Place, PolicyAnswer, Visit } from '@/wire'
import { household, LI, WANG } from './town'

const visit = (id: string, more: Partial<Visit> = {}): Visit =>
  ({
    id,
    cadre_id: LI,
    companions: [],
    place_id: 'door-1',
    visit_on: '2026-11-20',
    arrived_at: Number(id),
    outcome: 'met',
    finding: 'nothing',
    withdrawn: null,
    ...more,
  }) as Visit

describe('the diary’s lines', () => {
  it('are Li’s visits and those he walked along on, by arrival, without what was withdrawn', () => {
    const all = [
      visit('3'),
      visit('1', { cadre_id: WANG, companions: [LI] }),
      visit('2', { withdrawn: true }),
      visit('4', { cadre_id: WANG }),
    ]
    expect(visitsOf(all, LI).map((one) => one.id)).toEqual(['1', '3'])
    expect(companionsOn(all, LI)).toEqual([WANG])
  })

  it('say what happened at the door', () => {
    const at = Date.parse('2026-11-20T09:12:00+08:00')
    const line = lineOf(
      visit(String(at), { finding: 'opinion', opinion: '想要健身器材' }),
      household(1) as unknown as Place,
    )
    expect(line).toMatchObject({
      time: '09:12',
      name: '张1*',
      address: '柳园小区1号楼 2单元201',
      words: '见到人 · 有意见 · 想要健身器材',
    })
  })

  it('count a door once, however often it was visited', () => {
    const all = [
      visit('1', { outcome: 'nobody', finding: null }),
      visit('2', { finding: 'request' }),
      visit('3', { place_id: 'door-2', finding: 'opinion' }),
    ]
    expect(totalsOf(all)).toEqual({ doors: 2, met: 2, opinions: 1, requests: 1 })
  })
})

describe('earlier days', () => {
  it('have visits or a diary, the newest first, and say whether it was submitted', () => {
    const visits = [visit('1', { visit_on: '2026-11-13' }), visit('2', { visit_on: '2026-11-20' })]
    const diaries = [
      { author_id: LI, diary_on: '2026-11-06', text: '字'.repeat(60), submitted: true },
      { author_id: WANG, diary_on: '2026-11-05', text: '别人的', submitted: true },
    ] as Diary[]
    const days = earlierDays(visits, diaries, LI, '2026-11-20')
    expect(days.map((day) => [day.on, day.state])).toEqual([
      ['2026-11-13', 'none'],
      ['2026-11-06', 'submitted'],
    ])
    expect(days[1]?.text).toBe(`${'字'.repeat(40)}…`)
  })
})

describe('the inbox', () => {
  const notice = (id: string, created_at: number, read_at: number | null): Notice =>
    ({ id, created_at, read_at }) as Notice

  it('shows what is unread first, then the newest', () => {
    const rows = [notice('old', 1, null), notice('read', 9, 9), notice('new', 5, null)]
    expect(rows.sort(inOrder).map((one) => one.id)).toEqual(['new', 'old', 'read'])
  })

  it('leads to what a notice is about, and nowhere when it is about nothing we know', () => {
    expect(aboutOf({ about_collection: 'service_request', about_id: 'r1' })).toBe('/request/r1')
    expect(aboutOf({ about_collection: 'visit', about_id: 'v1' })).toBe('/record/v1')
    expect(aboutOf({ about_collection: 'weather', about_id: 'w1' })).toBeNull()
    expect(aboutOf({ about_collection: 'visit', about_id: null })).toBeNull()
  })
})

describe('the policy Q&A', () => {
  const answers = [
    { id: '1', category: '医疗', question: '去外地住院怎么报销？', answer: '先在医保应用备案。', order: 2 },
    { id: '2', category: '医疗', question: '居民医保怎么报销？', answer: '联网结算。', order: 3 },
    { id: '3', category: '住房', question: '公租房怎么申请？', answer: '到窗口。', order: 1 },
  ] as PolicyAnswer[]
  const ids = (query: string, category = ''): string[] =>
    findAnswers(answers, query, category).map((one) => one.id)

  it('finds every word anywhere, the question before the answer', () => {
    expect(ids('医保 报销')).toEqual(['2', '1'])
    expect(ids('醫保')).toEqual(['2', '1'])
    expect(ids('医保 公租房')).toEqual([])
  })

  it('shows all in the booklet’s order without a word, or one category', () => {
    expect(ids('')).toEqual(['3', '1', '2'])
    expect(ids('', '医疗')).toEqual(['1', '2'])
    expect(categoriesOf(answers)).toEqual(['住房', '医疗'])
  })

  it('marks what was looked for and loses no sign of the text', () => {
    const text = '先在医保应用备案，医保卡带好(a+b)。'
    const pieces = markedPieces(text, wordsOf('医保 (a+b)'))
    expect(pieces.filter((piece) => piece.marked).map((piece) => piece.text)).toEqual([
      '医保',
      '医保',
      '(a+b)',
    ])
    expect(pieces.map((piece) => piece.text).join('')).toBe(text)
  })
})

describe('a questionnaire', () => {
  it('begins empty and keeps only what was answered', () => {
    const sheet = emptySheet([
      { id: 'a', kind: 'single', title: '', options: [] },
      { id: 'b', kind: 'multi', title: '', options: [] },
      { id: 'c', kind: 'text', title: '' },
    ])
    expect(sheet).toEqual({ a: '', b: [], c: '' })
    expect(answered({ ...sheet, b: ['停车'], c: '  ' })).toEqual({ b: ['停车'] })
  })
})

describe('my record', () => {
  it('lists my own visits by day, withdrawn ones too, and nobody else’s', () => {
    const all = [
      visit('1'),
      visit('2', { withdrawn: true }),
      visit('3', { visit_on: '2026-11-13' }),
      visit('4', { cadre_id: WANG, companions: [LI] }),
    ]
    expect(recordDays(all, LI).map((day) => [day.on, day.visits.map((one) => one.id)])).toEqual([
      ['2026-11-20', ['2', '1']],
      ['2026-11-13', ['3']],
    ])
  })

  it('puts every hint of the system in words, also one that is new', () => {
    for (const flag of ['impossible_travel', 'same_fix', 'tap_through', 'unverified_clock']) {
      expect(flagInWords(flag)).not.toBe('其他（请更新）')
    }
    expect(flagInWords('mind_reading')).toBe('其他（请更新）')
  })
})
