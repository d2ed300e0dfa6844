// Full-text search of the policy Q&A (一问一答) on the phone: every word must occur; questions count before answers.
import { plain } from '@/features/today/search'
import type { PolicyAnswer } from '@/wire'

/** Answers that hold every word of `query` within `category` ('' for all), the best first. */
export function findAnswers(
  answers: readonly PolicyAnswer[],
  query: string,
  category: string,
): PolicyAnswer[] {
  const words = wordsOf(query)
  return answers
    .filter((one) => category === '' || one.category === category)
    .map((one) => ({ one, rank: rankOf(one, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || (a.one.order ?? 0) - (b.one.order ?? 0))
    .map(({ one }) => one)
}

/** The words to look for and to mark. */
export function wordsOf(query: string): string[] {
  return plain(query)
    .split(' ')
    .filter((word) => word !== '')
}

function rankOf(answer: PolicyAnswer, words: readonly string[]): number {
  const question = plain(answer.question ?? '')
  const rest = plain([answer.answer, answer.category].join(' '))
  let rank = 1
  for (const word of words) {
    if (question.includes(word)) rank += 10
    else if (rest.includes(word)) rank += 1
    else return 0
  }
  return rank
}

/** `text` in pieces, those that were looked for marked; the pieces joined are the text. */
export function markedPieces(text: string, words: readonly string[]): { text: string; marked: boolean }[] {
  if (words.length === 0) return [{ text, marked: false }]
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return text
    .split(new RegExp(`(${pattern})`, 'gi'))
    .map((piece, place) => ({ text: piece, marked: place % 2 === 1 }))
    .filter((piece) => piece.text !== '')
}

/** The categories in the order of the booklet. */
export function categoriesOf(answers: readonly PolicyAnswer[]): string[] {
  const sorted = [...answers].sort((one, other) => (one.order ?? 0) - (other.order ?? 0))
  return [...new Set(sorted.map((one) => one.category ?? ''))].filter((name) => name !== '')
}
