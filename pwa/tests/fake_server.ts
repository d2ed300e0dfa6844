// A small server in memory that speaks sync/README.md, for tests of the phone and for looking at screens. It keeps the
// protocol's promises (receipts, gaps, scopes, digests, epochs) and merges simply; faults are switched on from outside.
import type { Session } from '@/api/session'
import { sumOf } from '@/sync/digest'
import {
  type Change,
  type Feed,
  type FeedEntry,
  type Json,
  type Mutation,
  type Outcome,
  POLICIES,
  type Policy,
  type PullBody,
  type PullReply,
  type PushBody,
  type PushReply,
  type Synced,
} from '@/wire'

/** Any synced record. */
export interface Row extends Synced {
  // biome-ignore lint/suspicious/noExplicitAny: fields differ by collection
  [field: string]: any
}

interface Line {
  scope: string
  seq: number
  kind: 'put' | 'exit' | 'tombstone'
  collection: string
  id: string
  rev: number
}

interface Receipt {
  body: string
  outcome: Outcome
}

/** What a server starts with. */
export interface City {
  session: Partial<Session>
  scopes: string[]
  rows: [collection: string, row: Partial<Row> & { id: string; scope: string }][]
}

interface State {
  epoch: string
  rows: Map<string, Row>
  log: Line[]
  receipts: Map<string, Receipt[]>
  photos: Set<string>
}

/** Stands in the way of a request; `null` lets it pass. `after` runs when the server has done its work. */
export type Fault = (path: string, request: Request) => Response | 'drop' | 'drop_after' | 'cut' | null

export class FakeServer {
  scopes: string[]
  fault: Fault = () => null
  page = 1000
  max_bytes = 256 * 1024
  min_schema = 1
  /** Every request it heard, as `POST /sync/pull`. */
  heard: string[] = []
  /** Enrolled phones; all are the same person's here. */
  devices = new Set<string>()
  signed_in = true
  /** Pushes are told to come back after 20 s. */
  busy = false
  private state: State

  constructor(readonly city: City) {
    this.scopes = city.scopes
    this.state = { epoch: 'epoch-1', rows: new Map(), log: [], receipts: new Map(), photos: new Set() }
    for (const [collection, row] of city.rows) this.put(collection, row)
  }

  /** For `vi.stubGlobal('fetch', server.fetch)`. */
  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const { redirect: _redirect, ...rest } = init ?? {}
    return this.answer(new Request(new URL(String(input), 'http://localhost'), rest))
  }

  async answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname
    this.heard.push(`${request.method} ${path}`)
    const fault = this.fault(path, request)
    if (fault === 'drop') throw new TypeError('network lost')
    if (fault instanceof Response) return fault
    const reply = await this.reply(path, request)
    if (fault === 'drop_after') throw new TypeError('network lost')
    if (fault === 'cut') return new Response((await reply.text()).slice(0, 20), { headers: reply.headers })
    return reply
  }

  /** Writes a row as the server itself would (another phone, a leader, a job). */
  put(collection: string, row: Partial<Row> & { id: string; scope?: string }): Row {
    const key = `${collection}/${row.id}`
    const before = this.state.rows.get(key)
    const scope = row.scope ?? before?.scope ?? this.scopes[0] ?? 'all'
    if (before && before.scope !== scope) this.line(before.scope, 'exit', collection, row.id, before.rev)
    const after = { ...blank(collection), ...before, ...row, scope, rev: (before?.rev ?? 0) + 1 } as Row
    after.conflict ??= []
    this.state.rows.set(key, after)
    this.line(scope, 'put', collection, row.id, after.rev)
    return after
  }

  row(collection: string, id: string): Row | undefined {
    return this.state.rows.get(`${collection}/${id}`)
  }

  count(collection: string): number {
    return [...this.state.rows.keys()].filter((key) => key.startsWith(`${collection}/`)).length
  }

  lastMid(client_id: string): number {
    return this.state.receipts.get(client_id)?.length ?? 0
  }

  hasPhoto(sha256: string): boolean {
    return this.state.photos.has(sha256)
  }

  backup(): State {
    return structuredClone(this.state)
  }

  restore(state: State, epoch: string): void {
    this.state = { ...structuredClone(state), epoch }
  }

  /** Loses a client's receipts, as no server should. */
  forget(client_id: string): void {
    this.state.receipts.delete(client_id)
  }

  private line(scope: string, kind: Line['kind'], collection: string, id: string, rev: number): number {
    const seq = this.head(scope) + 1
    this.state.log.push({ scope, seq, kind, collection, id, rev })
    return seq
  }

  private head(scope: string): number {
    return this.state.log.filter((line) => line.scope === scope).length
  }

  private async reply(path: string, request: Request): Promise<Response> {
    if (request.headers.get('X-Doorstep') !== '1' && request.method !== 'GET')
      return json({ error: 'csrf' }, 403)
    if (path === '/api/enrol' || (path === '/api/session' && request.method === 'POST'))
      return this.signIn(request)
    if (!this.signed_in) return json({ error: 'session_expired' }, 401)
    if (path === '/api/session' && request.method === 'GET') return json(this.city.session)
    if (path === '/api/session') return json({ signed_out: true }, 200, { 'X-Doorstep-Logout': '1' })
    const [, photo] = path.split('/attachments/')
    if (photo) return this.photo(photo, request)
    const text = await request.text()
    if (path === '/sync/push' || /^\/api\/devices\/[^/]+\/push$/.test(path))
      return this.pushed(JSON.parse(text) as PushBody, text.length)
    if (path === '/sync/pull') return json(await this.pull(JSON.parse(text) as PullBody))
    if (path === '/sync') return this.both(text)
    return json({ error: 'not_found', zh: '没有找到。', en: 'Not found.' }, 404)
  }

  private async signIn(request: Request): Promise<Response> {
    const body = (await request.json()) as { client_id?: string; code?: string; known?: string[] }
    if (body.code === 'WRONG') {
      const zh = '登记码无效或已过期，请向队长重新索取。'
      return json(
        { error: 'code_invalid', zh, en: 'The code is wrong or has expired; ask your leader for a new one.' },
        403,
      )
    }
    this.signed_in = true
    const own = body.known?.find((number) => this.devices.has(number)) ?? body.client_id ?? null
    if (own !== null) this.devices.add(own)
    return json({ ...this.city.session, client_id: own })
  }

  private photo(sha256: string, request: Request): Response {
    const there = this.state.photos.has(sha256)
    if (request.method === 'PUT') this.state.photos.add(sha256)
    else if (!there) return json({ error: 'not_found' }, 404)
    return new Response(null, {
      status: request.method === 'PUT' && !there ? 201 : 200,
      headers: { 'X-Doorstep': '1' },
    })
  }

  private async both(text: string): Promise<Response> {
    const { push, pull } = JSON.parse(text) as { push: PushBody; pull: PullBody }
    const pushed = this.pushed(push, JSON.stringify(push).length)
    const headers = { 'Retry-After': pushed.headers.get('Retry-After') ?? '' }
    return json({ push: await pushed.json(), pull: await this.pull(pull) }, pushed.status, headers)
  }

  private pushed(body: PushBody, bytes: number): Response {
    if (this.busy) return json({ error: 'busy' }, 503, { 'Retry-After': '20' })
    if (bytes > this.max_bytes) return json({ error: 'too_large', max_bytes: this.max_bytes }, 413)
    const receipts = this.state.receipts.get(body.client_id) ?? []
    this.state.receipts.set(body.client_id, receipts)
    const results: Outcome[] = []
    // From before a restore [M9].
    const taken = body.epoch === null || body.epoch === this.state.epoch ? body.mutations : []
    for (const mutation of taken) {
      const known = receipts[mutation.mid - 1]
      const content = JSON.stringify(mutation)
      if (known) {
        results.push(
          known.body === content ? known.outcome : { mid: mutation.mid, outcome: 'parked', code: 'id_reuse' },
        )
      } else if (mutation.mid > receipts.length + 1) {
        return json({ error: 'gap', expected_mid: receipts.length + 1 }, 409)
      } else {
        const outcome = this.apply(mutation)
        receipts.push({ body: content, outcome })
        results.push(outcome)
      }
    }
    const reply: PushReply = {
      epoch: this.state.epoch,
      last_mid: receipts.length,
      server_time: Date.now(),
      min_schema: this.min_schema,
      results,
    }
    return json(reply)
  }

  /** A mutation marked by its text `poison` is parked, as any rule would do it. */
  private apply(mutation: Mutation): Outcome {
    const { mid, collection, id, changes } = mutation
    if (JSON.stringify(changes).includes('poison')) {
      return {
        mid,
        outcome: 'parked',
        code: 'invalid_value',
        zh: '有一项内容格式不对。',
        en: 'One value is malformed.',
      }
    }
    const before = this.row(collection, id)
    if (before && !this.scopes.includes(before.scope)) return { mid, outcome: 'parked', code: 'scope_lost' }
    const values: Record<string, Json> = {}
    const conflict = (before?.conflict ?? []).filter((entry) => !mutation.settles?.includes(entry.uuid))
    for (const [field, change] of Object.entries(changes)) {
      const lost = merge(before?.[field], change, policyOf(collection, field), values, field)
      if (lost === undefined) continue
      const entry = {
        field,
        value: lost,
        by: 'other',
        by_name: '王敏',
        at: Date.now(),
        mid,
        uuid: mutation.uuid,
      }
      conflict.push({ ...entry, kind: 'lost' })
    }
    const collided = conflict.some((entry) => entry.uuid === mutation.uuid)
    const row = this.put(collection, { id, ...values, conflict: conflict as never })
    return { mid, outcome: collided ? 'conflict' : 'applied', scope: row.scope, seq: this.head(row.scope) }
  }

  private async pull(ask: PullBody): Promise<PullReply> {
    const feed: Feed[] = []
    const cursors = ask.epoch === null || ask.epoch === this.state.epoch ? ask.cursors : {}
    for (const scope of this.scopes) {
      const reset = (cursors[scope] ?? 0) > this.head(scope)
      const cursor = reset ? 0 : (cursors[scope] ?? 0)
      const lines = this.state.log
        .filter((line) => line.scope === scope && line.seq > cursor)
        .slice(0, this.page)
      const last = lines.at(-1)
      if (!last) continue
      const more = last.seq < this.head(scope)
      feed.push({ scope, cursor: last.seq, more, reset, entries: lines.flatMap((line) => this.entry(line)) })
      if (!more) Object.assign(feed.at(-1) as Feed, { digest: await this.digest(scope) })
    }
    const receipts = this.state.receipts.get(ask.client_id) ?? []
    return {
      epoch: this.state.epoch,
      last_mid: receipts.length,
      server_time: Date.now(),
      min_schema: this.min_schema,
      head: Object.fromEntries(this.scopes.map((scope) => [scope, this.head(scope)])),
      feed,
      results: receipts.slice(ask.acked_mid).map((receipt) => receipt.outcome),
    }
  }

  private entry({ scope, seq, kind, collection, id, rev }: Line): FeedEntry[] {
    const row = this.row(collection, id)
    if (kind === 'exit') return [{ kind, collection, id, seq }]
    if (kind === 'tombstone') return [{ kind, collection, id, rev }]
    return row && row.scope === scope ? [{ kind, collection, record: structuredClone(row) }] : []
  }

  private async digest(scope: string): Promise<string> {
    const live = [...this.state.rows].filter(([, row]) => row.scope === scope)
    const stamps = live.map(async ([key, row]) => {
      const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${key}/${row.rev}`))
      return Buffer.from(hash).subarray(0, 8).toString('hex')
    })
    return sumOf(await Promise.all(stamps))
  }
}

function policyOf(collection: string, field: string): Policy {
  return (POLICIES as Record<string, Record<string, Policy>>)[collection]?.[field] ?? 'value'
}

/** Writes the merged value; returns the value that lost, if one did. */
function merge(
  current: Json | undefined,
  change: Change,
  policy: Policy,
  values: Record<string, Json>,
  field: string,
): Json | undefined {
  switch (change.op) {
    case 'delta': {
      const there = Array.isArray(current) ? current.filter((one) => !change.remove.includes(one)) : []
      values[field] = [...there, ...change.add.filter((one) => !there.includes(one))]
      return undefined
    }
    case 'inc':
      values[field] = Number(current ?? 0) + change.by
      return undefined
    case 'step':
      values[field] = change.to
      return undefined
    default: {
      const seen = change.from ?? null
      const collides = (current ?? null) !== seen && (current ?? null) !== change.to
      if (policy === 'ask' && collides) return change.to
      values[field] = change.to
      return collides ? (current as Json) : undefined
    }
  }
}

function blank(collection: string): Record<string, Json> {
  const policies = Object.entries((POLICIES as Record<string, Record<string, Policy>>)[collection] ?? {})
  return Object.fromEntries(
    policies.map(([field, policy]) => [field, policy === 'union' ? [] : policy === 'counter' ? 0 : null]),
  )
}

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', 'X-Doorstep': '1', ...headers },
  })
}

export { demo } from './demo_city'
