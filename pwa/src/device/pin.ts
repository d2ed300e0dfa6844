// A PIN against onlookers: it locks the screen, it does not encrypt. Its PBKDF2 hash stays in this phone's database.
import { readonly, ref } from 'vue'
import { currentAccount, database } from '@/db/database'
import { getMeta, setMeta } from '@/db/meta'

const ROUNDS = 120_000
const LOCK_AFTER_MS = 5 * 60 * 1000
/** After this many wrong PINs in a row every further try waits, twice as long each time, up to an hour. */
const FREE_TRIES = 4
const FIRST_WAIT_MS = 15_000
const LONGEST_WAIT_MS = 3_600_000

const isLocked = ref(false)
let hidden_at: number | null = null
let wait_until = 0

export const locked = readonly(isLocked)

/** Call once at the start: a phone with a PIN starts locked, and locks again after five minutes in the background. */
export async function recallLock(): Promise<void> {
  await lock()
  wait_until = (await getMeta('pin').catch(() => null))?.wait_until ?? 0
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') hidden_at = Date.now()
    else if (hidden_at !== null && Date.now() - hidden_at > LOCK_AFTER_MS) void lock()
  })
}

export async function hasPin(): Promise<boolean> {
  if (currentAccount() === null) return false
  return (await getMeta('pin').catch(() => null)) !== null
}

/** Locks the screen, if there is a PIN. */
export async function lock(): Promise<void> {
  isLocked.value = await hasPin()
}

/** Sets the PIN: four digits. */
export async function setPin(pin: string): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(16)).buffer
  const hash = await derive(pin, salt, ROUNDS)
  await setMeta('pin', { salt, hash, rounds: ROUNDS, wrong: 0, wait_until: 0 })
  wait_until = 0
  isLocked.value = false
}

export async function removePin(): Promise<void> {
  await database().meta.delete('pin')
  isLocked.value = false
}

/** Milliseconds until the next try is allowed. */
export function pinWait(now_ms: number): number {
  return Math.max(0, wait_until - now_ms)
}

/** Whether the PIN was right; the screen is unlocked then. */
export async function unlock(pin: string, now_ms: number = Date.now()): Promise<boolean> {
  if (pinWait(now_ms) > 0) return false
  const kept = await getMeta('pin')
  if (kept === null) return true
  const right = sameBytes(await derive(pin, kept.salt, kept.rounds), kept.hash)
  const wrong = right ? 0 : kept.wrong + 1
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (wrong - FREE_TRIES))
  wait_until = wrong >= FREE_TRIES ? now_ms + wait : 0
  await setMeta('pin', { ...kept, wrong, wait_until })
  if (right) isLocked.value = false
  return right
}

async function derive(pin: string, salt: ArrayBuffer, iterations: number): Promise<ArrayBuffer> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, [
    'deriveBits',
  ])
  return crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256)
}

function sameBytes(one: ArrayBuffer, other: ArrayBuffer): boolean {
  const [a, b] = [new Uint8Array(one), new Uint8Array(other)]
  return a.length === b.length && a.every((byte, place) => byte === b[place])
}
