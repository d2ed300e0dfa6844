import { afterEach, describe, expect, it } from 'vitest'
import { clock, dateOf } from '@/dates'

const zone = process.env.TZ
afterEach(() => {
  process.env.TZ = zone
})

describe('a date', () => {
  it.each(['Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati', 'UTC'])(
    'is the day in Shanghai wherever the phone thinks it is (%s)',
    (there) => {
      process.env.TZ = there
      const friday = Date.parse('2026-11-20T23:59:59+08:00')
      expect([dateOf(friday), clock(friday)]).toEqual(['2026-11-20', '23:59'])
      expect([dateOf(friday + 1000), clock(friday + 1000)]).toEqual(['2026-11-21', '00:00'])
      expect(dateOf(0)).toBe('1970-01-01')
    },
  )
})
