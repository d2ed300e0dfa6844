// Who is signed in: fetched when there is a network, kept so that everything works without one.
import { type Ref, readonly, ref, shallowRef } from 'vue'
import { currentAccount, database, durable, useAccount } from '@/db/database'
import { getMeta, setMeta } from '@/db/meta'
import { knownNumbers, rememberNumber, takeNewNumber } from '@/db/numbering'
import { tell } from '@/db/told'
import { uuid7 } from '@/db/uuid'
import { ReadableError } from '@/errors'
import { type Locale, setLocale } from '@/text/t'
import type { Json } from '@/wire'
import { type Reply, send } from './http'

export type Role = 'cadre' | 'leader' | 'task_force' | 'unit' | 'admin'

export interface Session {
  account: {
    id: string
    name: string
    role: Role
    locale: string | null
    /** What there is to sign in with at a desk; missing in what older versions kept. */
    signs_in?: { password: boolean; totp: boolean }
  }
  cadre: {
    id: string
    name: string
    unit_name: string
    number: string
    /** Base32; only on the phone that was enrolled. */
    badge_secret: string | null
    /** The opaque code of the printed badge, where one was made. */
    badge_code?: string | null
    photo: string | null
    term: string | null
  } | null
  team: { id: string; name: string } | null
  /** The enrolled device; `null` for a sign-in with a password. */
  client_id: string | null
  scopes: string[]
  programme: { [key: string]: Json } | null
  server_time: number
}

/** Whose records this phone has kept: known there and missing in the database, they were cleared behind our back. */
const KEPT = 'doorstep.kept'

const current = shallowRef<Session | null>(null)
const expiredNow = ref(false)

/** The signed-in person, `null` before enrolment. Known offline too. */
export const session: Readonly<Ref<Session | null>> = readonly(current) as Readonly<Ref<Session | null>>
/** The server has answered 401: a grey strip, never a wall. */
export const expired = readonly(expiredNow)

export function sessionExpired(is: boolean): void {
  expiredNow.value = is
}

/** What this phone remembers; call once at the start, before the router asks. */
export async function recallSession(): Promise<void> {
  if (currentAccount() === null) return
  const kept = await getMeta('session').catch(() => null)
  if (!kept) return
  await haveNumber(kept, false).catch(() => undefined)
  await show(kept)
}

/** Asks the server who we are; any failure leaves what we know. */
export async function refreshSession(): Promise<void> {
  const reply = await send<Session>('/api/session')
  if (reply.kind === 'expired') sessionExpired(current.value !== null)
  if (reply.kind === 'server') await take(reply.body)
}

/** Enrols this phone with the leader's one-time code. Throws ReadableError. */
export async function enrol(code: string): Promise<Session> {
  const json = { code: code.trim(), client_id: uuid7(), known: knownNumbers() }
  return entered(await send<Session>('/api/enrol', { json }))
}

/** Signs in at a desk; `totp` are the six digits of an authenticator app, where one is set up. Throws ReadableError. */
export async function signIn(login: string, password: string, totp = ''): Promise<Session> {
  return entered(await send<Session>('/api/session', { json: { login, password, totp } }))
}

async function entered(reply: Reply<Session>): Promise<Session> {
  if (reply.kind !== 'server') throw whyNot(reply)
  const emptied = await take(reply.body)
  const device = reply.body.client_id
  if (device !== null) {
    rememberNumber(device)
    // The server gave this phone a new number: what still waits from before is numbered anew under it [L9].
    if (!emptied && device !== (await getMeta('client_id'))) await takeNewNumber(database(), device)
  }
  return reply.body
}

/** Keeps and shows who we are; whether the records of this person were cleared from the phone since the last time. */
async function take(found: Session): Promise<boolean> {
  useAccount(found.account.id)
  const emptied = localStorage.getItem(KEPT) === found.account.id && (await getMeta('session')) === null
  await setMeta('session', found)
  localStorage.setItem(KEPT, found.account.id)
  if (emptied) await durable((db) => db.transaction('rw', db.meta, () => tell(db, 'emptied')))
  await haveNumber(found, emptied)
  sessionExpired(false)
  await show(found)
  return emptied
}

/** A phone that was emptied, or died while it was being enrolled, has a sign-in and no number to pull under. */
async function haveNumber(found: Session, emptied: boolean): Promise<void> {
  if (found.client_id === null || (await getMeta('client_id')) !== null) return
  await takeNewNumber(database(), emptied ? uuid7() : found.client_id)
}

async function show(found: Session): Promise<void> {
  current.value = found
  const wanted = found.account.locale?.startsWith('en') ? 'en' : 'zh'
  await setLocale((localStorage.getItem('doorstep.locale') as Locale | null) ?? wanted).catch(() => undefined)
}

/** How many records would stay behind, to ask before signing out. */
export async function heldRecords(): Promise<number> {
  const rows = await database().outbox.toArray()
  return new Set(rows.map((row) => `${row.collection}/${row.id}`)).size
}

/** Signs out. Records that were not delivered stay on the phone for the same person's next sign-in. */
export async function signOut(): Promise<void> {
  await send('/api/session', { method: 'DELETE' })
  forgetSession()
}

/** The screen is nobody's from now on; the database stays. */
export function forgetSession(): void {
  useAccount(null)
  current.value = null
  expiredNow.value = false
}

function whyNot(reply: Reply<Session>): ReadableError {
  if (reply.kind === 'refused' && reply.zh && reply.en)
    return new ReadableError(reply.code, reply.zh, reply.en)
  if (reply.kind === 'offline') {
    return new ReadableError(
      'offline',
      '现在没有网络，登录需要联网一次。',
      'There is no network; signing in needs it once.',
    )
  }
  if (reply.kind === 'portal') {
    return new ReadableError(
      'portal',
      '当前网络要求先登录（例如公共 Wi-Fi），请换用流量或完成登录。',
      'This network wants a login of its own first; use mobile data or complete that login.',
    )
  }
  if (reply.kind === 'busy') {
    return new ReadableError(
      'busy',
      '系统繁忙，请稍等一会儿再试。',
      'The system is busy; please try again in a moment.',
    )
  }
  return new ReadableError(
    'sign_in_refused',
    '没有通过，请核对后再试；登记码十分钟内有效，只能用一次。',
    'Not accepted; please check and try again. An enrolment code lasts ten minutes and works once.',
  )
}
