import { afterEach, describe, expect, it } from 'vitest'
import en from '@/text/en'
import { setLocale, t, tryText } from '@/text/t'
import zh from '@/text/zh'

afterEach(() => setLocale('zh'))

const blanksOf = (sentence: string): string[] =>
  [...new Set([...sentence.matchAll(/\{(\w+)/g)].map(([, name]) => name ?? ''))].sort()

describe('the words of the app', () => {
  it('fill their blanks, in both languages, with English plurals', async () => {
    expect(t('ui.secondsLeft', { n: 1 })).toBe('剩余 1 秒')
    await setLocale('en')
    expect(t('ui.secondsLeft', { n: 1 })).toBe('1 second left')
    expect(t('ui.secondsLeft', { n: 8 })).toBe('8 seconds left')
  })

  it('are found by a code at run time, or honestly not', () => {
    expect(tryText('status.closed')).toBe('销号')
    expect(tryText('status.of_the_future')).toBeNull()
  })

  it('have the same blanks in Chinese and English', () => {
    const other = en as unknown as Record<string, Record<string, string>>
    for (const [space, words] of Object.entries(zh as unknown as Record<string, Record<string, string>>)) {
      for (const [key, sentence] of Object.entries(words)) {
        expect([`${space}.${key}`, blanksOf(other[space]?.[key] ?? '')]).toEqual([
          `${space}.${key}`,
          blanksOf(sentence),
        ])
      }
    }
  })
})
