// What a parked record wanted to write, as pairs of words; fields without words are left out, a person cannot judge them.
import { dayAndClock } from '@/dates'
import { categoryName } from '@/features/board/desk'
import { say } from '@/features/board/say'
import { t, tryText } from '@/text/t'
import type { Json } from '@/wire'

export const KNOWN_RECORDS: ReadonlySet<string> = new Set([
  'visit',
  'service_request',
  'service_request_event',
  'diary',
  'place',
  'questionnaire_answer',
  'feedback',
  'cadre',
  'notice',
])

export function valuesInWords(values: Record<string, Json>): [string, string][] {
  return Object.entries(values).flatMap(([field, value]): [string, string][] => {
    const name = tryText(`conflict.field_${field}`)
    const words = valueInWords(field, value)
    return name === null || words === '' ? [] : [[name, words]]
  })
}

function valueInWords(field: string, value: Json): string {
  if (value === null || value === '') return ''
  if (typeof value === 'boolean') return value ? t('conflict.yes') : t('conflict.no')
  if (typeof value === 'number') return field.endsWith('_at') ? dayAndClock(value) : String(value)
  if (Array.isArray(value)) return value.map(String).join(say('listComma'))
  if (typeof value === 'object') return ''
  if (field === 'category') return categoryName(value)
  if (field === 'status') return tryText(`status.${value}`) ?? t('status.unknown')
  return tryText(`conflict.value_${value}`) ?? value
}
