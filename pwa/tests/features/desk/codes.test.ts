import { describe, expect, it } from 'vitest'
import { grouped, matching, type PrintedCode } from '@/features/codes/printed'

const CODE = 'FTYEHYSVETQXJDC9FFYT8'
const door = (more: Partial<PrintedCode>): PrintedCode => ({
  owner_id: 'p1',
  title: '李**',
  where: '文昌花园1号楼1单元201',
  code: CODE,
  url: null,
  ...more,
})

describe('printed codes', () => {
  it('stand in three groups, as on the paper', () => {
    expect(grouped(CODE)).toBe('FTYEHYS VETQXJD C9FFYT8')
  })

  it.each(['李', '1号楼', 'ftyehys vetq', CODE])('are found by name, address or number: %s', (words) => {
    expect(matching([door({})], words)).toHaveLength(1)
  })

  it('are not found by anything else, and one without a code not by a number', () => {
    expect(matching([door({})], '王')).toEqual([])
    expect(matching([door({ code: null })], 'fty')).toEqual([])
  })
})
