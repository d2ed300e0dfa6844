// The shapes of /api/place-codes, and what of them is shown.

export const KINDS = ['card', 'plate', 'badge'] as const
export type CodeKind = (typeof KINDS)[number]

export interface PrintedCode {
  owner_id: string
  title: string
  /** The address of a door. */
  where: string | null
  /** `null`: not made yet, or revoked. */
  code: string | null
  url: string | null
}

export interface PrintedCodes {
  team: { id: string; name: string }
  kind: CodeKind
  codes: PrintedCode[]
}

/** Those whose name or printed number holds `words`; the number may be typed with its gaps. */
export function matching(codes: readonly PrintedCode[], words: string): PrintedCode[] {
  const wanted = words.trim().toLowerCase()
  const number = wanted.replaceAll(' ', '')
  return codes.filter(
    ({ title, where, code }) =>
      [title, where].some((words) => words?.toLowerCase().includes(wanted)) ||
      code?.toLowerCase().includes(number) === true,
  )
}

/** A code as it stands on the paper: three groups. */
export function grouped(code: string): string {
  return [code.slice(0, 7), code.slice(7, 14), code.slice(14)].join(' ')
}
