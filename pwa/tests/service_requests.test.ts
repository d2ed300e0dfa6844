// Buttons and words of a service request, from the table that the server wrote.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  buttons,
  DRAFT,
  HANDLINGS,
  initialStatus,
  isOpen,
  missing,
  needInWords,
  ORDER,
  refusalInWords,
  statusWords,
  stepBetween,
  WAYS,
} from '../src/rules/service_requests'

const named = (steps: { name: string }[]) => steps.map(({ name }) => name)

describe('the table on the phone', () => {
  it('is the one the contract tests read', () => {
    const here = readFileSync(resolve(import.meta.dirname, '../src/rules/service_request_steps.json'), 'utf8')
    const there = readFileSync(
      resolve(import.meta.dirname, '../../tests/contract/service_request_steps.json'),
      'utf8',
    )
    expect(here).toBe(there)
  })
})

describe('a cadre with a request', () => {
  it('chooses at the door between four handlings', () => {
    expect(named(buttons('recorded', 'cadre'))).toEqual([
      'solve_on_spot',
      'explain',
      'take_on',
      'send_up',
      'retract',
    ])
    expect(HANDLINGS.map(({ code }) => initialStatus(code))).toEqual([
      'solved_on_spot',
      'explained',
      'own_unit',
      'to_be_forwarded',
    ])
    expect(initialStatus(null)).toBe('recorded')
  })

  it('records a draft and nothing else', () => {
    expect(named(buttons(DRAFT, 'cadre'))).toEqual(['record'])
  })

  it('cannot close what the resident has not agreed to', () => {
    expect(named(buttons('answered', 'cadre'))).not.toContain('close')
    expect(stepBetween('answered', 'closed', 'cadre')).toBeUndefined()
    expect(stepBetween('agreed', 'closed', 'leader')?.name).toBe('close')
  })
})

describe('a leader who cannot reach the resident', () => {
  const close = buttons('answered', 'leader').filter(({ name }) => name === 'close_unreached')

  it('needs three attempts and a signature, and silence is not enough', () => {
    expect(close).toHaveLength(1)
    for (const step of close) {
      expect(missing(step, 'leader', { attempts: 2, signed_by_leader: true })).toEqual([
        'three_attempts_and_signature',
      ])
      expect(missing(step, 'leader', { attempts: 3 })).toEqual(['three_attempts_and_signature'])
      expect(missing(step, 'leader', { attempts: 3, signed_by_leader: true })).toEqual([])
    }
  })
})

describe('what a step needs', () => {
  it('is asked of officials and not of residents', () => {
    const reopen = stepBetween('answered', 'reopened', 'resident')
    expect(reopen && missing(reopen, 'resident', {})).toEqual([])
    expect(reopen && missing(reopen, 'cadre', { reason: '  ' })).toEqual(['reason'])
    expect(reopen && missing(reopen, 'cadre', { reason: '路灯仍不亮' })).toEqual([])
  })

  it('hides the forward button once this number was forwarded', () => {
    expect(named(buttons('to_be_forwarded', 'leader'))).toContain('queue')
    expect(named(buttons('to_be_forwarded', 'leader', { forward_no: 1, forwarded: [1] }))).not.toContain(
      'queue',
    )
    expect(named(buttons('to_be_forwarded', 'leader', { forward_no: 2, forwarded: [1] }))).toContain('queue')
  })
})

describe('words', () => {
  it('stand for every status, need and refusal, Chinese first', () => {
    expect(ORDER).toHaveLength(20)
    expect(statusWords('closed')).toEqual({ zh: '销号', en: 'Closed' })
    expect(needInWords('reason').zh).toBe('原因')
    expect(refusalInWords('illegal_transition').zh).toBe('当前状态不能进行这一步。')
    expect(WAYS.map(({ words }) => words.zh)).toEqual([
      '立即办',
      '主动办',
      '上门办',
      '跟踪办',
      '公开办',
      '积极办',
    ])
  })

  it('ask for an update where a newer server knows a status this app does not', () => {
    expect(statusWords('teleported').zh).toBe('其他（请更新）')
    expect(isOpen('teleported')).toBe(true)
    expect(isOpen('closed')).toBe(false)
  })
})
