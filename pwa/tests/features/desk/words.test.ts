import { describe, expect, it } from 'vitest'
import { findingInWords, percent } from '../../../src/features/board/finding'
import { rowsTitle } from '../../../src/features/board/rows_title'
import { say, tryWord, word } from '../../../src/features/board/say'
import { sectionsOf } from '../../../src/features/board/sections'
import { valuesInWords } from '../../../src/features/parked/record_words'
import { phoneInWords } from '../../../src/features/people/person'
import enBoard from '../../../src/text/en/board'
import enCasework from '../../../src/text/en/casework'
import enOffice from '../../../src/text/en/office'
import zhBoard from '../../../src/text/zh/board'
import zhCasework from '../../../src/text/zh/casework'
import zhOffice from '../../../src/text/zh/office'

const CHINESE: Record<string, string>[] = [zhBoard, zhCasework, zhOffice]
const ENGLISH: Record<string, string>[] = [enBoard, enCasework, enOffice]
const blanks = (sentence: string) =>
  [...new Set([...sentence.matchAll(/\{(\w+)/g)].map((found) => found[1]))].sort()

describe('the words of the desk', () => {
  it('have one meaning each: no key stands in two files', () => {
    const keys = CHINESE.flatMap((file) => Object.keys(file))
    expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([])
  })

  it('have the same blanks in both languages', () => {
    for (const [place, chinese] of CHINESE.entries()) {
      for (const [key, sentence] of Object.entries(chinese)) {
        expect([key, blanks(ENGLISH[place]?.[key] ?? '')]).toEqual([key, blanks(sentence)])
      }
    }
  })

  it('name a code, and a code without words by itself', () => {
    expect(word('evidence', 'a')).toBe('甲 · 定位')
    expect(word('phase', 'teleport')).toBe('teleport')
    expect(tryWord('parked', 'unheard_of')).toBeNull()
    expect(say('allShown', { n: 12 })).toBe('共 12 条')
  })
})

describe('the spot check in one sentence', () => {
  it('rounds the bound up: it may promise less, never more', () => {
    const upper = 1 - 0.05 ** (1 / 149)
    expect(findingInWords({ reached: 149, differ: 0, upper })).toBe(
      '149 户中 0 户不符：有 95% 的把握，不符的不超过 2.0%',
    )
    expect(findingInWords({ reached: 148, differ: 0, upper: 0.02004 })).toContain('2.1%')
  })

  it('says nothing while nobody was reached', () => {
    expect(findingInWords({ reached: 0, differ: 0, upper: null })).toBe('还没有联系上的，暂不下结论。')
    expect(percent(0.748)).toBe('75%')
  })
})

describe('lists of rows', () => {
  it('are called like the number that was tapped', () => {
    expect(rowsTitle('visits', { outcome: 'met' })).toBe('见到人')
    expect(rowsTitle('requests', { clock: 'unit', due: 'overdue' })).toBe('已超期 · 承办单位的时限')
    expect(rowsTitle('requests', { waiting: 'to_send' })).toBe('待上报 · 现停')
    expect(rowsTitle('places', { state: 'stale', grid: 'G1', building: '3号楼' })).toBe('3号楼')
    expect(rowsTitle('visits', {})).toBe('')
  })
})

describe('the sections', () => {
  it('give an administrator phones and lists but no board of residents', () => {
    expect(sectionsOf('admin').map((section) => section.to)).toEqual([
      '/board/people',
      '/board/codes',
      '/board/imports',
      '/board/ledger',
    ])
    expect(sectionsOf('cadre')).toEqual([])
    const [leader, task_force] = [sectionsOf('leader'), sectionsOf('task_force')]
    // What cadres say about their leaders, too, is the task force's to answer.
    expect(task_force.filter((section) => !leader.includes(section)).map((section) => section.to)).toEqual([
      '/board/feedback',
    ])
    expect(task_force).toEqual(expect.arrayContaining(leader))
  })
})

describe('parked records', () => {
  it('are shown field by field in words; what a person cannot judge is left out', () => {
    const values = { outcome: 'met', opinion: '盼修路', do_not_disturb: true, mystery: 7, note: null }
    expect(valuesInWords(values)).toEqual([
      ['走访结果', '见到人'],
      ['意见', '盼修路'],
      ['请勿打扰', '是'],
    ])
  })
})

describe('phones', () => {
  it('are called by their system and browser', () => {
    expect(phoneInWords('Mozilla/5.0 (Linux; Android 14; V2241A) Chrome/126 Mobile MicroMessenger/8')).toBe(
      'Android 14 · 微信',
    )
    expect(phoneInWords('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Version/17.5 Safari/604')).toBe(
      'iPhone · Safari',
    )
    expect(phoneInWords('办公室平板')).toBe('办公室平板')
    expect(phoneInWords(null)).toBe('')
  })
})
