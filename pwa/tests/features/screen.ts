// Li's phone with its screens: the app's real pages, tapped and read as a person does.
import { vi } from 'vitest'
import { createApp, type App as VueApp } from 'vue'
import { createMemoryHistory, createRouter, type Router, RouterView } from 'vue-router'
import { refreshSession } from '@/api/session'
import { database, useAccount } from '@/db/database'
import { setMeta } from '@/db/meta'
import badge from '@/features/badge/routes'
import diary from '@/features/diary/routes'
import me from '@/features/me/routes'
import notices from '@/features/notices/routes'
import qa from '@/features/qa/routes'
import questionnaires from '@/features/questionnaires/routes'
import record from '@/features/record/routes'
import requests from '@/features/requests/routes'
import today from '@/features/today/routes'
import { lastAct } from '@/features/visits/quick_undo'
import visits from '@/features/visits/routes'
import { syncRounds } from '@/sync/round'
import type { Mutation } from '@/wire'
import { type City, FakeServer } from '../fake_server'
import { LI, sessionOfLi } from './town'

const ROUTES = [badge, diary, me, notices, qa, questionnaires, record, requests, today, visits].flat()
const REST = { path: '/:rest(.*)*', component: { template: '<p></p>' } }

vi.setConfig({ testTimeout: 30_000 })

export class Screen {
  taps = 0

  private constructor(
    readonly server: FakeServer,
    private readonly app: VueApp,
    private readonly router: Router,
    private readonly place: HTMLElement,
  ) {}

  /** Li's phone, enrolled and synced with `rows`, open at `path`. */
  static async open(
    rows: City['rows'],
    path = '/',
    programme: Record<string, unknown> = {},
  ): Promise<Screen> {
    lastAct.value = null
    const session = sessionOfLi(programme)
    const server = new FakeServer({ session, scopes: session.scopes, rows })
    vi.stubGlobal('fetch', server.fetch)
    useAccount(null)
    await indexedDB.deleteDatabase(`doorstep-${LI}`)
    await refreshSession()
    await setMeta('client_id', 'client-li')
    await syncRounds(database(), () => undefined)
    document.body.innerHTML = ''
    const place = document.body.appendChild(document.createElement('div'))
    const router = createRouter({ history: createMemoryHistory(), routes: [...ROUTES, REST] })
    await router.push(path)
    const app = createApp(RouterView).use(router)
    app.mount(place)
    return new Screen(server, app, router, place)
  }

  close(): void {
    this.app.unmount()
  }

  get path(): string {
    return this.router.currentRoute.value.path
  }

  /** Everything that can be read. */
  get text(): string {
    return this.place.textContent ?? ''
  }

  async go(path: string): Promise<void> {
    await this.router.push(path)
  }

  /** Waits until `words` can be read. */
  async sees(words: string): Promise<void> {
    await patiently(() => {
      if (!this.text.includes(words)) throw new Error(`no "${words}" in: ${this.text}`)
    })
  }

  /** Taps the button, link or choice of this name, as soon as it is there. */
  async tap(name: string, times = 1): Promise<void> {
    const target = await patiently(() => this.control(name))
    const choice = target.querySelector<HTMLInputElement>('input')
    for (let n = 0; n < times; n++) {
      target.dispatchEvent(new Event('pointerup', { bubbles: true }))
      ;(target.tagName === 'LABEL' && choice ? choice : target).click()
    }
    this.taps += times
  }

  /** Types into the field of this label. */
  async type(label: string, words: string): Promise<void> {
    const field = await patiently(() => {
      const found = [...this.place.querySelectorAll('label')].find((one) => one.textContent?.includes(label))
      const input = found && this.place.querySelector<HTMLInputElement>(`[id="${found.htmlFor}"]`)
      if (!input) throw new Error(`no field "${label}"`)
      return input
    })
    field.value = words
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }

  /** Whether a control of this name stands on the screen now. */
  offers(name: string): boolean {
    return this.controls().some((one) => nameOf(one).includes(name))
  }

  private control(name: string): HTMLElement {
    const named = this.controls().filter((one) => nameOf(one).includes(name))
    const found = named.find((one) => nameOf(one) === name) ?? named[0]
    if (!found || found.hasAttribute('disabled'))
      throw new Error(`nothing to tap named "${name}" in: ${this.text}`)
    return found
  }

  private controls(): HTMLElement[] {
    return [...this.place.querySelectorAll<HTMLElement>('button, a, label')]
  }
}

function nameOf(one: HTMLElement): string {
  return (one.getAttribute('aria-label') ?? one.textContent ?? '').trim()
}

/** A screen is fetched when it is first wanted, which on a busy machine takes its time. */
export function patiently<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 15_000, interval: 20 })
}

/** The mutations that wait on this phone, oldest first. */
export async function outbox(collection?: string): Promise<Omit<Mutation, 'mid'>[]> {
  const rows = await database().outbox.orderBy('order').toArray()
  return rows.map((row) => row.mutation).filter((one) => !collection || one.collection === collection)
}

/** The last value that a waiting mutation gives to a field. */
export async function stored(collection: string, field: string): Promise<unknown> {
  const changes = (await outbox(collection))
    .map((one) => one.changes[field])
    .filter((one) => one !== undefined)
  const last = changes.at(-1)
  return last && 'to' in last ? last.to : last
}
