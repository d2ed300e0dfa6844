// The digest of a scope: equal sums mean equal bases [L5]. 64 bits as 16 hexadecimal digits.

const MASK = (1n << 64n) - 1n

/** A record's part of the sum: the first 8 bytes of SHA-256 of `collection/id/rev`. Not inside a transaction. */
export async function stampOf(collection: string, id: string, rev: number): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${collection}/${id}/${rev}`))
  return Array.from(new Uint8Array(hash, 0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The sum of stamps modulo 2^64. */
export function sumOf(stamps: Iterable<string>): string {
  let sum = 0n
  for (const stamp of stamps) sum = (sum + BigInt(`0x${stamp}`)) & MASK
  return sum.toString(16).padStart(16, '0')
}
