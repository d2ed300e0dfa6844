// When to sync, and that only one tab does: start, network back, page in front, every five minutes, by hand, after a write.
import { expired, forgetSession, session, sessionExpired } from '@/api/session'
import { database } from '@/db/database'
import { afterWrite } from '@/db/records'
import { router } from '@/router'
import { sendPhotos } from './attachments'
import { waitBefore } from './back_off'
import { network } from './network'
import { inFlight, lastEnd, syncing } from './progress'
import { type Ended, syncRounds } from './round'
import { tidy } from './tidy'
import { wipePhone } from './wipe'

const EVERY_MS = 5 * 60 * 1000
/** Longer than any request waits for its answer. A storage that filled up may leave a transaction that never ends. */
const STUCK_MS = 3 * 60 * 1000
/** Several quick writes travel together. */
const AFTER_WRITE_MS = 800

let failures = 0
let next: ReturnType<typeof setTimeout> | undefined
let running = false
let wantedAgain = false
/** When the running sync last began a round. */
let alive_at = 0

/** Sets the triggers and syncs for the first time. Call once. */
export function startSync(): void {
  window.addEventListener('online', () => syncNow())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') syncNow()
  })
  afterWrite(() => {
    plan(AFTER_WRITE_MS)
    void wakeWhenOnline()
  })
  void tidy(database()).catch(() => undefined)
  syncNow()
}

/** Syncs as soon as possible; while a sync runs, one more follows it. */
export function syncNow(): void {
  plan(0)
}

function plan(delay_ms: number): void {
  clearTimeout(next)
  next = setTimeout(() => void run(), delay_ms)
}

async function run(): Promise<void> {
  // A desk that signed in with a password is no device: it reads from the server and has nothing to sync.
  if (session.value === null || session.value.client_id === null) return
  if (running) {
    wantedAgain = true
    return
  }
  running = true
  syncing.value = true
  try {
    await oneTabOnly(() => unlessStuck(syncOnce))
  } catch {
    // The phone's storage is away or full: what waits is still there, and the next try may find it well.
    failures += 1
    lastEnd.value = { kind: 'refused', code: 'internal_error' }
  } finally {
    running = false
    syncing.value = false
    inFlight.value = new Set()
  }
  if (wantedAgain) {
    wantedAgain = false
    plan(0)
  } else if (document.visibilityState === 'visible') {
    plan(waitBefore(lastEnd.value, failures, EVERY_MS))
  }
}

async function syncOnce(): Promise<void> {
  const db = database()
  const rounds = syncRounds(db, (uuids) => {
    alive_at = Date.now()
    inFlight.value = new Set(uuids)
  })
  // Text never waits for photos: both travel at once, and either may fail alone.
  const [ended, photos] = await Promise.all([
    rounds.catch((): Ended => ({ kind: 'refused', code: 'internal_error' })),
    sendPhotos(db).catch(() => 'stopped' as const),
  ])
  // Photos of records that were still in the outbox when their bytes were sent.
  if (ended.kind === 'complete' && photos === 'done') await sendPhotos(db).catch(() => undefined)
  await react(ended)
}

async function react(ended: Ended): Promise<void> {
  lastEnd.value = ended
  failures = ended.kind === 'complete' ? 0 : failures + 1
  if (ended.kind === 'offline' || ended.kind === 'portal') network.value = ended.kind
  else network.value = 'online'
  if (ended.kind === 'expired') sessionExpired(true)
  if (ended.kind === 'complete' && expired.value) sessionExpired(false)
  if (ended.kind === 'wipe') await wipePhone()
  if (ended.kind === 'wipe' || ended.kind === 'logout') {
    forgetSession()
    await router.replace('/enrol')
  }
}

/** Gives up on a sync that makes no step any more, so that it does not hold back all that follow; its late end does no harm. */
async function unlessStuck(work: () => Promise<void>): Promise<void> {
  alive_at = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const stuck = new Promise<never>((_, give_up) => {
    timer = setInterval(() => {
      if (Date.now() - alive_at > STUCK_MS) give_up(new Error('stuck'))
    }, 10_000)
  })
  try {
    await Promise.race([work(), stuck])
  } finally {
    clearInterval(timer)
  }
}

/** Two tabs never push at once. Old WebViews have no Web Locks: there the server's numbers still keep it right. */
async function oneTabOnly(work: () => Promise<void>): Promise<void> {
  const locks = navigator.locks as LockManager | null | undefined
  if (!locks) return work()
  await locks.request('doorstep-sync', work)
}

/** A bonus of Chromium: the browser wakes us when the network is back. */
async function wakeWhenOnline(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration('/app/').catch(() => undefined)
  const wake = worker as
    | (ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } })
    | undefined
  await wake?.sync?.register('doorstep-sync').catch(() => undefined)
}
