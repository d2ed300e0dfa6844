// The words of the app: typed keys, Chinese by default, English second. `t('visits.done', { n: 3 })`.
import { ref, shallowRef } from 'vue'
import zh from './zh'

export type Locale = 'zh' | 'en'
type Words = typeof zh
type Space = keyof Words & string
/** Every `file.key` of text/zh. */
export type TextKey = { [S in Space]: `${S}.${keyof Words[S] & string}` }[Space]

type Sentence<K extends TextKey> = K extends `${infer S}.${infer N}`
  ? S extends Space
    ? N extends keyof Words[S]
      ? Words[S][N]
      : never
    : never
  : never
type Blanks<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Blanks<Rest> : never
/** A key known only at run time may or may not have blanks. */
type Fill<K extends TextKey> = TextKey extends K
  ? [values?: Record<string, string | number>]
  : [Blanks<Sentence<K>>] extends [never]
    ? []
    : [values: { [Name in Blanks<Sentence<K>>]: string | number }]

/** The English files have the same keys with other sentences. */
export type Translation<T> = { readonly [K in keyof T]: string }

type Book = Record<string, Record<string, string>>

export const locale = ref<Locale>('zh')
const book = shallowRef<Book>(zh as Book)

/** Switches the language; the English words are fetched only when somebody wants them. */
export async function setLocale(wanted: Locale): Promise<void> {
  book.value = (wanted === 'en' ? (await import('./en')).default : zh) as Book
  locale.value = wanted
  document.documentElement.lang = wanted === 'en' ? 'en' : 'zh-CN'
}

/** The sentence for `key` with its `{blanks}` filled; `{n|visit|visits}` chooses an English plural. */
export function t<K extends TextKey>(key: K, ...fill: Fill<K>): string {
  return say(key, fill[0] as Record<string, string | number> | undefined)
}

/** For keys made at run time from a code, e.g. `status.closed`; `null` when no such sentence exists. */
export function tryText(key: string, values?: Record<string, string | number>): string | null {
  return lookUp(key) === undefined ? null : say(key, values)
}

function lookUp(key: string): string | undefined {
  const dot = key.indexOf('.')
  return book.value[key.slice(0, dot)]?.[key.slice(dot + 1)]
}

function say(key: string, values: Record<string, string | number> = {}): string {
  return filled(lookUp(key) ?? key, values)
}

/** A sentence with its blanks filled; for words that are kept elsewhere than in the book. */
export function filled(sentence: string, values: Record<string, string | number> = {}): string {
  return sentence
    .replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_all, name: string, one: string, many: string) =>
      Number(values[name]) === 1 ? one : many,
    )
    .replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all))
}
