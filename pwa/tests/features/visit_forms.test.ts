import { describe, expect, it } from 'vitest'
import { evidenceWords, fixRemark } from '@/features/visits/evidence'
import { type LateEntry, lateVisit } from '@/features/visits/late_entry'
import { newPlace } from '@/features/visits/new_place'
import { nextWeekday, otherDays } from '@/features/visits/other_days'
import { plateCodeIn } from '@/features/visits/plate_code'
import { secondsLeft } from '@/features/visits/quick_undo'
import type { Place, Visit } from '@/wire'
import { household } from './town'

const NOW = Date.parse('2026-11-20T18:00:00+08:00')
const by = { place_id: 'door-1', cadre_id: 'li', now_ms: NOW }
const entry = (more: Partial<LateEntry>): LateEntry => ({
  on: '2026-11-20',
  at: '09:30',
  mode: 'doorstep',
  outcome: 'met',
  finding: 'nothing',
  opinion: '',
  ...more,
})
const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'none'
}

describe('a late entry', () => {
  it('carries the person’s own time in Shanghai, and no fix', () => {
    const visit = lateVisit(entry({}), by)
    expect(visit).toMatchObject({
      late_entry: true,
      arrived_at: Date.parse('2026-11-20T01:30:00Z'),
      visit_on: '2026-11-20',
    })
    expect(visit).not.toHaveProperty('fix')
  })

  it('without a time counts as noon, but never lies in the future', () => {
    expect(lateVisit(entry({ on: '2026-11-19', at: '' }), by).arrived_at).toBe(
      Date.parse('2026-11-19T04:00:00Z'),
    )
    const morning = { ...by, now_ms: Date.parse('2026-11-20T08:00:00+08:00') }
    expect(lateVisit(entry({ at: '' }), morning).arrived_at).toBe(morning.now_ms)
    expect(codeOf(() => lateVisit(entry({ at: '18:01' }), by))).toBe('time_to_come')
  })

  it('asks for the outcome, and whether anything came up when somebody was met', () => {
    expect(codeOf(() => lateVisit(entry({ outcome: '' }), by))).toBe('missing_outcome')
    expect(codeOf(() => lateVisit(entry({ finding: '' }), by))).toBe('missing_finding')
    expect(lateVisit(entry({ outcome: 'nobody', finding: 'opinion', opinion: '旧稿' }), by)).toMatchObject({
      finding: null,
      opinion: null,
    })
  })
})

describe('a new door', () => {
  const known = [{ ...household(1), rev: 1, conflict: [] } as unknown as Place]

  it('takes grid and its name from a neighbour', () => {
    const form = { kind: 'household' as const, label: ' 钱家 ', address: '柳园小区9号楼', grid_id: 'grid-1' }
    expect(newPlace(form, known)).toMatchObject({
      label: '钱家',
      grid_id: 'grid-1',
      grid_name: '柳园第一网格',
    })
  })

  it('needs a name and an address, and must not be on the list already', () => {
    const form = {
      kind: 'household' as const,
      label: known[0]?.label ?? '',
      address: known[0]?.address ?? '',
      grid_id: '',
    }
    expect(codeOf(() => newPlace(form, known))).toBe('place_known')
    expect(codeOf(() => newPlace({ ...form, label: ' ' }, known))).toBe('missing_field')
  })
})

describe('another day', () => {
  it('is tomorrow, Saturday or next Friday, each date once and in order', () => {
    expect(otherDays('2026-11-23').map((day) => day.value)).toEqual([
      '2026-11-24',
      '2026-11-27',
      '2026-11-28',
    ])
    expect(otherDays('2026-11-27').map((day) => day.value)).toEqual(['2026-11-28', '2026-12-04'])
  })

  it('is never today', () => {
    expect(nextWeekday('2026-11-20', 5)).toBe('2026-11-27')
    expect(nextWeekday('2026-11-20', 6)).toBe('2026-11-21')
  })
})

describe('evidence in words', () => {
  const place = { ...household(1), rev: 1, conflict: [] } as unknown as Place
  const visit = (fix: Visit['fix'], more: Partial<Visit> = {}): Visit =>
    ({ fix, evidence: null, ...more }) as Visit
  const at = (lat: number, lon: number, taken_at = NOW) => ({ lat, lon, accuracy_m: 10, taken_at })

  it('says how far away a fix three kilometres off is, and that the visit counts', () => {
    const remark = fixRemark(visit(at(36.483, 115.985)), place)
    expect(remark).toContain('约3.0公里')
    expect(remark).toContain('走访照常有效')
  })

  it('has a word for null island and for a phone that lives in 1970', () => {
    expect(fixRemark(visit(at(0, 0)), place)).toContain('位置无效')
    expect(fixRemark(visit(at(36.456, 115.985, 0)), place)).toContain('手机时间不对')
  })

  it('says nothing when all is well', () => {
    expect(fixRemark(visit(at(36.456, 115.985)), place)).toBeNull()
    expect(evidenceWords(visit(at(36.456, 115.985)), place)).toBe('甲 · 定位在范围内')
  })

  it('follows the server’s verdict once it has come', () => {
    const judged = visit(at(36.456, 115.985), { evidence: 'd', evidence_reason: 'outside' })
    expect(evidenceWords(judged, place)).toBe('丁 · 本人填报（定位不在该地址附近）')
    const scanned = visit(null, { evidence: 'b', evidence_reason: 'plate_scanned' })
    expect(evidenceWords(scanned, place)).toBe('乙 · 已扫门牌或联系卡')
  })
})

describe('a scanned plate', () => {
  it.each([
    ['https://mq.example.gov.cn/r/7F3K9Q2D0M7F3K9Q2D0M1', '7F3K9Q2D0M7F3K9Q2D0M1'],
    ['http://localhost:8000/r/7F3K9Q2D0M7F3K9Q2D0M1?lang=en', '7F3K9Q2D0M7F3K9Q2D0M1'],
    ['https://mq.example.gov.cn/r/t/', null],
    ['https://example.com/', null],
    ['6901234567892', null],
  ])('%s holds the code %s', (scanned, code) => {
    expect(plateCodeIn(scanned)).toBe(code)
  })
})

describe('the time to undo', () => {
  it('is eight seconds from the act, whatever screen shows the bar', () => {
    const act = { message: '', undo: async () => undefined, back_to: '', at: NOW }
    expect(secondsLeft(act, NOW)).toBe(8)
    expect(secondsLeft(act, NOW + 3_200)).toBe(5)
    expect(secondsLeft(act, NOW + 9_000)).toBe(0)
  })
})
