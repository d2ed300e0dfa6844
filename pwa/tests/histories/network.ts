// The network between a phone and the server, as villages have it.
import type { Chance } from './chance'
import { now } from './mortal'

export const TROUBLES = [
  'request_lost',
  'reply_lost',
  'doubled',
  'late',
  'cut',
  'portal',
  'portal_json',
  'busy',
  'gateway',
  'too_large',
  'no_pull',
] as const
export type Trouble = (typeof TROUBLES)[number]

const SERVER = process.env.DOORSTEP_SERVER ?? ''
const direct = globalThis.fetch

/** A test's own word to the server: never troubled. */
export async function ask<T = Record<string, unknown>>(act: string, body: object = {}): Promise<T> {
  const reply = await direct(`${SERVER}/test/${act}`, { method: 'POST', body: JSON.stringify(body) })
  if (!reply.ok) throw new Error(`${act}: ${reply.status} ${await reply.text()}`)
  return (await reply.json()) as T
}

/** A phone's connection: its cookie, what goes wrong on it, and requests that a proxy still holds. */
export class Network {
  cookie = ''
  /** What happens to the requests to come, in this order; after that `rough` decides. */
  coming: Trouble[] = []
  /** How often something goes wrong. */
  rough = 0
  private held: { path: string; init: RequestInit }[] = []

  constructor(private readonly chance: Chance) {}

  /** In place of the browser's `fetch`. */
  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const { life } = now
    life.step()
    const alive = <T>(value: T): T | Promise<never> => (life.dead ? new Promise(() => undefined) : value)
    await alive(null)
    const reply = await this.through(String(input), init).catch((error: unknown) =>
      alive(Promise.reject(error)),
    )
    life.step()
    return alive(reply)
  }

  /** Nothing goes wrong from now on. */
  calm(): void {
    this.rough = 0
    this.coming = []
  }

  /** A proxy delivers what it has kept. */
  async deliverLate(): Promise<void> {
    for (const { path, init } of this.held.splice(0)) await this.send(path, init)
  }

  private async through(path: string, init: RequestInit): Promise<Response> {
    const trouble = this.coming.shift() ?? (this.chance.once(this.rough) ? this.chance.of(TROUBLES) : null)
    switch (trouble) {
      case 'request_lost':
        throw new TypeError('network lost')
      case 'reply_lost':
        await this.send(path, init)
        throw new TypeError('network lost')
      case 'doubled':
        await this.send(path, init)
        return this.send(path, init)
      case 'late':
        this.held.push({ path, init })
        throw new TypeError('network lost')
      case 'cut':
        return this.rewritten(path, init, (text) =>
          text.slice(0, Math.floor(text.length * this.chance.next())),
        )
      case 'no_pull':
        return this.rewritten(path, init, withoutPull)
      default:
        return trouble === null ? this.send(path, init) : notOurs(trouble, init)
    }
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), Cookie: this.cookie }
    const reply = await direct(SERVER + path, { ...init, headers, signal: null })
    const [cookie] = reply.headers.getSetCookie()
    if (cookie) this.cookie = cookie.split(';')[0] ?? ''
    return reply
  }

  private async rewritten(
    path: string,
    init: RequestInit,
    change: (text: string) => string,
  ): Promise<Response> {
    const reply = await this.send(path, init)
    return new Response(change(await reply.text()), { status: reply.status, headers: reply.headers })
  }
}

function withoutPull(text: string): string {
  const body = JSON.parse(text) as Record<string, unknown>
  return JSON.stringify('push' in body ? { ...body, pull: null } : body)
}

/** Answers of somebody in between. */
function notOurs(trouble: Trouble, init: RequestInit): Response {
  const html = { headers: { 'Content-Type': 'text/html' } }
  switch (trouble) {
    case 'portal':
      return new Response('<html>请登录 Wi-Fi</html>', html)
    case 'portal_json':
      return new Response('{"push":{"results":[]},"pull":{}}', {
        headers: { 'Content-Type': 'application/json' },
      })
    case 'busy':
      return new Response('', { status: 503, headers: { 'Retry-After': '1' } })
    case 'gateway':
      return new Response('<html>Bad Gateway</html>', { ...html, status: 502 })
    default:
      if (String(init.body).length < 4000) return new Response('', { ...html, status: 504 })
      return new Response('<html>Request Entity Too Large</html>', { ...html, status: 413 })
  }
}
