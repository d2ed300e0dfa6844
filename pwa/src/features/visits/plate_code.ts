// The opaque code in what a camera read from a building plate or a contact card; the server knows which door it stands for.

/** The code, or `null` when this is no address of a plate, card or badge. */
export function plateCodeIn(scanned: string): string | null {
  return /\/r\/([0-9A-Za-z-]{16,24})(?:[?#].*)?$/.exec(scanned.trim())?.[1] ?? null
}
