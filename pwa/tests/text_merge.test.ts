// The phone's merge against the vectors that the server's merge was held to (DOORSTEP_VECTORS: a larger set).
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clean, merge, sentences } from '../src/sync/text_merge'

interface Vector {
  name: string
  base: string
  mine: string
  theirs: string
  text: string
  conflict: boolean
  clashes: { base: string; kept: string; lost: string }[]
}

const committed = resolve(import.meta.dirname, '../../tests/contract/text_merge.json')
const vectors: Vector[] = JSON.parse(readFileSync(process.env.DOORSTEP_VECTORS ?? committed, 'utf8'))

describe('two cadres edit one diary', () => {
  it('and the phone merges every vector exactly as the server does', () => {
    const wrong = vectors.filter((vector) => {
      const { text, conflict, clashes } = merge(vector.base, vector.mine, vector.theirs)
      const answer = JSON.stringify([text, conflict, clashes])
      return answer !== JSON.stringify([vector.text, vector.conflict, vector.clashes])
    })
    expect(vectors.length).toBeGreaterThanOrEqual(300)
    expect(wrong).toEqual([])
  })

  it('and both additions at the end stay, the one already there first', () => {
    const base = '今天走访三家。\n'
    const merged = merge(base, `${base}张家没事。\n`, `${base}李家反映路灯不亮。\n`)
    expect(merged.text).toBe('今天走访三家。\n张家没事。\n李家反映路灯不亮。\n')
    expect(merged.conflict).toBe(false)
  })

  it('and the same sentence reworded twice keeps one and sets the other aside', () => {
    const merged = merge('张家没事。', '张家挺好。', '张家有意见。')
    expect(merged).toMatchObject({ text: '张家挺好。', conflict: true, lost: ['张家有意见。'] })
  })
})

describe('a text from any keyboard', () => {
  it('is cleaned to line feeds, composed characters and whole code points', () => {
    expect(clean('a\r\nb\rcafe\u0301\ud83d')).toBe('a\nb\ncaf\u00e9\ufffd')
  })

  it('is split after every sentence end and put together without loss', () => {
    const text = '路灯不亮。何时修？！\n孩子上学;没事'
    expect(sentences(text)).toEqual(['路灯不亮。', '何时修？', '！', '\n', '孩子上学;', '没事'])
    expect(sentences(text).join('')).toBe(text)
  })
})
