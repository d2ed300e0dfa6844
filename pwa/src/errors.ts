// Errors that a person reads: a code and one sentence in each language.

/** One Chinese and one English sentence. */
export interface Sentences {
  zh: string
  en: string
}

/** Thrown where a screen shall show `zh` and `en` as they stand. */
export class ReadableError extends Error implements Sentences {
  constructor(
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${en}`, options)
    this.name = 'ReadableError'
  }
}

/** Any thrown value as sentences; what nobody foresaw says that the work is still there. */
export function sentencesOf(error: unknown): Sentences {
  if (error instanceof ReadableError) return error
  return {
    zh: '出了点问题，您的内容还在本机。请再试一次。',
    en: 'Something went wrong; what you entered is still on this phone. Please try again.',
  }
}
