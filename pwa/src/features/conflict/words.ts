// Fields and values of records in words, for people who compare two of them.
import { dayAndClock } from '@/dates'
import { readRecord } from '@/db/live'
import { nameOf } from '@/features/requests/categories'
import { t, tryText } from '@/text/t'
import type { Json } from '@/wire'

/** The name of a field; unknown ones as they are. */
export function fieldInWords(field: string): string {
  return tryText(`conflict.field_${field}`) ?? field
}

/** A value as a person reads it; ids of cadres and categories become names where this phone knows them. */
export async function valueInWords(field: string, value: Json): Promise<string> {
  if (value === null || value === '') return t('conflict.empty')
  if (typeof value === 'boolean') return value ? t('conflict.yes') : t('conflict.no')
  if (typeof value === 'number') return field.endsWith('_at') ? dayAndClock(value) : String(value)
  if (Array.isArray(value)) return value.map(String).join('、')
  if (typeof value === 'object') return JSON.stringify(value)
  if (field.endsWith('cadre_id')) return (await readRecord('cadre', value))?.name ?? value
  if (field === 'category') {
    const category = await readRecord('category', value)
    return category ? nameOf(category) : value
  }
  if (field === 'status') return tryText(`status.${value}`) ?? t('status.unknown')
  return tryText(`conflict.value_${value}`) ?? value
}
