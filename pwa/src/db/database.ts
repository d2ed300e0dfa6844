// The open database of the signed-in account, and what to do when the phone kills the connection to it.
import { ReadableError } from '@/errors'
import { PhoneDatabase } from './schema'

const ACCOUNT = 'doorstep.account'
const TRIES = 3
const RETRY_MS = 150

let opened: PhoneDatabase | null = null

/** The account whose records this phone shows, or `null` before enrolment. */
export function currentAccount(): string | null {
  return localStorage.getItem(ACCOUNT)
}

/** Shows the records of `account_id` from now on; `null` shows nobody's and deletes nothing. */
export function useAccount(account_id: string | null): void {
  if (account_id === currentAccount() && opened) return
  opened?.close()
  opened = null
  if (account_id === null) localStorage.removeItem(ACCOUNT)
  else localStorage.setItem(ACCOUNT, account_id)
}

/** The database of the current account. Before enrolment there is one too, for prefs and drafts of nobody. */
export function database(): PhoneDatabase {
  opened ??= new PhoneDatabase(`doorstep-${currentAccount() ?? 'nobody'}`)
  return opened
}

/**
 * Runs `work` in the database; a dead connection (phones kill them in the background) is dropped, opened again and the
 * work repeated. `work` must therefore be one transaction that may run twice.
 * Throws ReadableError `storage_full` or, after three failures, `storage_down`: the form must then stay in memory.
 */
export async function durable<T>(work: (db: PhoneDatabase) => Promise<T>): Promise<T> {
  let last: unknown
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const db = database()
    try {
      return await work(db)
    } catch (error) {
      if (isFull(error)) throw storageFull(error)
      if (!isDeadHandle(error)) throw error
      last = error
      await reopen(db, attempt)
    }
  }
  throw new ReadableError(
    'storage_down',
    '手机存储暂时打不开，内容还在屏幕上。请先导出到文件，再重新打开应用，在“等待与问题”里交回。',
    'The phone’s storage cannot be opened; what you entered is still on the screen. Export it to a file, restart, and hand the file in under Waiting and troubles.',
    { cause: last },
  )
}

async function reopen(db: PhoneDatabase, attempt: number): Promise<void> {
  db.close({ disableAutoOpen: false })
  await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt))
  await db.open().catch(() => undefined)
}

const DEAD = new Set([
  'DatabaseClosedError',
  'InvalidStateError',
  'UnknownError',
  'OpenFailedError',
  'TransactionInactiveError',
])

function isDeadHandle(error: unknown): boolean {
  return chain(error).some(
    (one) => DEAD.has(one.name) || /connection .*lost|connection is clos/i.test(one.message),
  )
}

function isFull(error: unknown): boolean {
  return chain(error).some((one) => one.name === 'QuotaExceededError')
}

/** Dexie wraps what the browser threw in `inner`. */
function chain(error: unknown): Error[] {
  const found: Error[] = []
  let at: unknown = error
  while (at instanceof Error || at instanceof DOMException) {
    found.push(at)
    at = (at as Error & { inner?: unknown }).inner ?? at.cause
    if (found.length > 5) break
  }
  return found
}

function storageFull(cause: unknown): ReadableError {
  return new ReadableError(
    'storage_full',
    '手机空间不足，刚才的内容没有存下，仍在屏幕上。请清理空间或删去照片后再保存。',
    'The phone is full: this was not stored and is still on the screen. Free some space or remove photos, then save again.',
    { cause },
  )
}
