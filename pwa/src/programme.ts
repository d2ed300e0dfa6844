// What this city's programme puts on the screens: its choices in its own words, its texts and its switches.
import { computed } from 'vue'
import { session } from '@/api/session'
import { locale, tryText } from '@/text/t'

/** A code and what people read for it; `hint_*` says when to choose it. */
export interface Named {
  code: string
  zh: string
  en: string
  hint_zh?: string
  hint_en?: string
}

export type ChoiceList = 'targets' | 'outcomes' | 'findings' | 'modes' | 'handlings' | 'ways'

/** The part of the server's programme that the cadre's screens read; all of it may be missing on an old server. */
interface ProgrammeOnPhone extends Partial<Record<ChoiceList, Named[]>> {
  name_zh?: string
  name_en?: string
  location_check_in?: boolean
  cadence?: { zh: string; en: string; weekdays: number[] }
  radius_m?: Record<string, number>
  texts?: Record<string, string>
}

/** The codes every programme chooses from. */
const FIXED: Record<ChoiceList, readonly string[]> = {
  targets: ['household', 'enterprise', 'village'],
  outcomes: ['met', 'nobody', 'inconvenient', 'declined', 'vacant', 'moved', 'rescheduled'],
  findings: ['nothing', 'opinion', 'request'],
  modes: ['doorstep', 'phone'],
  handlings: ['on_the_spot', 'explain', 'own_unit', 'forward'],
  ways: ['at_once', 'proactive', 'on_site', 'tracked', 'in_public', 'coordinated'],
}

export const programme = computed(() => (session.value?.programme ?? {}) as unknown as ProgrammeOnPhone)

/** The codes of this programme in its own order. */
export function codesOf(list: ChoiceList): string[] {
  return programme.value[list]?.map((named) => named.code) ?? [...FIXED[list]]
}

/** The word for a code: the programme's, else ours, else "other (please update)". */
export function wordFor(list: ChoiceList, code: string | null | undefined): string {
  const named = programme.value[list]?.find((one) => one.code === code)
  if (named) return locale.value === 'en' ? named.en : named.zh
  return tryText(`visits.${list}_${code}`) ?? tryText('status.unknown') ?? ''
}

/** The choices of a list for a ChoiceGrid; `hints` adds when to choose each. */
export function choices(list: ChoiceList, hints = false): { value: string; label: string; note?: string }[] {
  return codesOf(list).map((code) => {
    const named = programme.value[list]?.find((one) => one.code === code)
    const note = hints ? (locale.value === 'en' ? named?.hint_en : named?.hint_zh) : undefined
    return { value: code, label: wordFor(list, code), note: note || undefined }
  })
}

/** One of the programme's long texts in the language of the screen, `null` where it has none. */
export function programmeText(name: string): string | null {
  const { texts = {} } = programme.value
  return texts[`${name}_${locale.value}`]?.trim() || texts[`${name}_zh`]?.trim() || null
}

/** A sentence pair in the language of the screen. */
export function inLocale(both: { zh: string; en: string }): string {
  return locale.value === 'en' ? both.en : both.zh
}
