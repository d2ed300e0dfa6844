// One way to talk to our server: every reply is sorted into what it means, and whoever else answers is told apart.
import type { Json } from '@/wire'

/** What came back. Only `server` speaks for our server; `portal` is somebody else's page in between. */
export type Reply<T> =
  | { kind: 'server'; status: number; body: T; retry_after_s?: number | null }
  | { kind: 'refused'; status: number; code: string; zh?: string; en?: string; body: Record<string, Json> }
  | { kind: 'expired' }
  | { kind: 'logout' }
  | { kind: 'wipe' }
  | { kind: 'busy'; retry_after_s: number | null }
  | { kind: 'too_large'; max_bytes: number | null }
  | { kind: 'portal' }
  | { kind: 'offline' }

const OURS = 'X-Doorstep'
const TIMEOUT_MS = 45_000

interface Sending {
  method?: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE'
  json?: unknown
  bytes?: { content: ArrayBuffer; type: string }
  /** A file with its fields; the browser names the content type. */
  form?: FormData
  timeout_ms?: number
}

/** Sends to a path of our own server. Never throws: a network that fails is a reply too. */
export async function send<T>(path: string, sending: Sending = {}): Promise<Reply<T>> {
  const headers: Record<string, string> = { [OURS]: '1', Accept: 'application/json' }
  let body: BodyInit | undefined
  if (sending.json !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(sending.json)
  } else if (sending.bytes) {
    headers['Content-Type'] = sending.bytes.type
    body = sending.bytes.content
  } else if (sending.form) {
    body = sending.form
  }
  try {
    const response = await fetch(path, {
      method: sending.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      body,
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'manual',
      signal: timeoutSignal(sending.timeout_ms ?? TIMEOUT_MS),
    })
    // Of a photo only the status is of interest.
    return await sorted<T>(response, sending.method === 'HEAD' || sending.bytes !== undefined)
  } catch {
    return { kind: 'offline' }
  }
}

/** `empty`: the caller reads no body, and a reply without one is a good reply. */
async function sorted<T>(response: Response, empty: boolean): Promise<Reply<T>> {
  const { status, headers } = response
  const ours = headers.get(OURS) === '1'
  const isJson = headers.get('Content-Type')?.startsWith('application/json') === true && !empty
  // Truncated JSON throws: the caller sees `offline` and asks again.
  const body = ours && isJson ? ((await response.json()) as Body) : null
  if (ours && headers.get('X-Doorstep-Wipe') === '1') return { kind: 'wipe' }
  if (ours && headers.get('X-Doorstep-Logout') === '1') return { kind: 'logout' }
  // A push that failed as a whole still carries its pull.
  if (body && 'pull' in body)
    return { kind: 'server', status, body: body as T, retry_after_s: retryAfter(headers) }
  // Gateways in between answer these without our header.
  if (status === 413 || status === 431) return { kind: 'too_large', max_bytes: numberOf(body?.max_bytes) }
  if ([429, 502, 503, 504].includes(status)) return { kind: 'busy', retry_after_s: retryAfter(headers) }
  if (!ours) return { kind: 'portal' }
  if (status === 401) return { kind: 'expired' }
  if ((empty && response.ok) || status === 204) return { kind: 'server', status, body: null as T }
  if (response.ok) return body ? { kind: 'server', status, body: body as T } : { kind: 'portal' }
  return refused(status, body ?? {})
}

type Body = Record<string, Json>

function refused<T>(status: number, body: Body): Reply<T> {
  const text = (value: Json | undefined): string | undefined =>
    typeof value === 'string' ? value : undefined
  return {
    kind: 'refused',
    status,
    code: text(body.error) ?? 'refused',
    zh: text(body.zh),
    en: text(body.en),
    body,
  }
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null
}

function retryAfter(headers: Headers): number | null {
  const value = Number(headers.get('Retry-After') ?? Number.NaN)
  return Number.isFinite(value) && value >= 0 ? value : null
}

/** AbortSignal.timeout is missing in older WebViews. */
function timeoutSignal(ms: number): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), ms)
  return controller.signal
}
