// The words of the desk's screens, kept off the phones of cadres: typed keys, Chinese first, as t() does for the rest.
import enBoard from '@/text/en/board'
import enCasework from '@/text/en/casework'
import enOffice from '@/text/en/office'
import enReceptions from '@/text/en/receptions'
import { filled, locale } from '@/text/t'
import board from '@/text/zh/board'
import casework from '@/text/zh/casework'
import office from '@/text/zh/office'
import receptions from '@/text/zh/receptions'

const chinese = { ...board, ...casework, ...office, ...receptions }
const english: Record<string, string> = { ...enBoard, ...enCasework, ...enOffice, ...enReceptions }

export type DeskKey = keyof typeof chinese

/** The sentence for `key` in the language of the screen. */
export function say(key: DeskKey, values?: Record<string, string | number>): string {
  return filled(locale.value === 'en' ? (english[key] ?? chinese[key]) : chinese[key], values)
}

/** The word for a code known at run time, e.g. `word('outcome', 'met')`; the code itself when no word is known. */
export function word(list: string, code: string | null | undefined): string {
  return tryWord(list, code) ?? code ?? ''
}

/** The same, `null` when no word is known. */
export function tryWord(list: string, code: string | null | undefined): string | null {
  const key = `${list}_${code}`
  return key in chinese ? say(key as DeskKey) : null
}
