// Answers of one questionnaire while they are given, and what of them is stored.
import type { Question } from '@/wire'

export type Given = Record<string, string | string[]>

/** An empty sheet: a list for questions with several answers, a text for the others. */
export function emptySheet(questions: readonly Question[]): Given {
  return Object.fromEntries(questions.map((one) => [one.id, one.kind === 'multi' ? [] : '']))
}

/** Only what was answered: nobody is made to answer every question. */
export function answered(given: Given): Given {
  return Object.fromEntries(
    Object.entries(given)
      .map(([id, value]) => [id, typeof value === 'string' ? value.trim() : value] as const)
      .filter(([, value]) => value.length > 0),
  )
}
