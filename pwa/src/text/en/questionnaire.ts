import type { Translation } from '../t'
import type zh from '../zh/questionnaire'

export default {
  title: 'Questionnaires',
  one: 'Questionnaire',
  summary: '{questions} {questions|question|questions}, {today} filled in today',
  count: '{n} filled in just now',
  several: '{question} (several)',
  save: 'Save, next one',
  saved: 'Saved, number {n}',
  enough: 'That was all',
  none: 'No questionnaires now',
  noneNote: 'New ones appear by themselves.',
  gone: 'This questionnaire was withdrawn',
} satisfies Translation<typeof zh>
