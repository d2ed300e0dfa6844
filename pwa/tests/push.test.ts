import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { enrol, forgetSession } from '@/api/session'
import { database } from '@/db/database'
import { pushState, switchPushOff, switchPushOn } from '@/device/push'
import { demo, FakeServer } from './fake_server'

const SUBSCRIPTION = { endpoint: 'https://push.example/1', keys: { auth: 'a', p256dh: 'p' } }

/** The browser's half of web push; `reachable` is whether its push service answers. */
class Browser {
  permission: NotificationPermission = 'default'
  answer: NotificationPermission = 'granted'
  reachable = true
  subscribed = false
  /** What our server heard. */
  asked: string[] = []
  refuses = false

  install(): void {
    const subscription = {
      toJSON: () => SUBSCRIPTION,
      unsubscribe: async () => {
        this.subscribed = false
        return true
      },
    }
    const pushManager = {
      getSubscription: async () => (this.subscribed ? subscription : null),
      subscribe: async () => {
        if (!this.reachable) throw new DOMException('push service error', 'AbortError')
        this.subscribed = true
        return subscription
      },
    }
    const serviceWorker = { getRegistration: async () => ({ pushManager }) }
    vi.stubGlobal('navigator', {
      userAgent: 'Android',
      maxTouchPoints: 5,
      onLine: true,
      serviceWorker,
      storage: {},
    })
    vi.stubGlobal('PushManager', class {})
    const requestPermission = async () => {
      this.permission = this.answer
      return this.answer
    }
    const browser = this
    vi.stubGlobal('Notification', {
      requestPermission,
      get permission() {
        return browser.permission
      },
    })
    const server = new FakeServer(demo())
    vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
      if (!path.startsWith('/api/push')) return server.fetch(path, init)
      this.asked.push(`${init.method} ${path}`)
      const ours = { 'X-Doorstep': '1' }
      const headers = { ...ours, 'Content-Type': 'application/json' }
      if (this.refuses) return new Response('{}', { status: 400, headers })
      return path === '/api/push-key'
        ? new Response(JSON.stringify({ key: 'BKey' }), { headers })
        : new Response(null, { status: 204, headers: ours })
    })
  }
}

let browser: Browser
beforeEach(() => {
  browser = new Browser()
  browser.install()
})
afterEach(async () => {
  await database().delete()
  forgetSession()
  vi.unstubAllGlobals()
})

describe('the switch for pushed notices', () => {
  it('goes on when Li allows it, and off again, and the server hears both', async () => {
    await enrol('ABCDE')
    expect(await pushState()).toBe('off')
    expect(await switchPushOn()).toBe('on')
    expect(await pushState()).toBe('on')
    expect(await switchPushOff()).toBe('off')
    expect(browser.asked).toEqual([
      'GET /api/push-key',
      'POST /api/push-subscription',
      'DELETE /api/push-subscription',
    ])
  })

  it('says that the system forbids notices, and asks the server nothing', async () => {
    await enrol('ABCDE')
    browser.answer = 'denied'
    expect(await switchPushOn()).toBe('blocked')
    expect(await pushState()).toBe('blocked')
    expect(browser.asked).toEqual([])
  })

  it('stays off where the push service cannot be reached, and says so in words', async () => {
    await enrol('ABCDE')
    browser.reachable = false
    await expect(switchPushOn()).rejects.toMatchObject({ code: 'push_unreachable' })
    expect(await pushState()).toBe('off')
  })

  it('stays off when our server does not take it: a phone that nobody knows of is not on', async () => {
    await enrol('ABCDE')
    browser.refuses = true
    await expect(switchPushOn()).rejects.toThrow()
    expect(browser.subscribed).toBe(false)
  })

  it('belongs to enrolled phones', async () => {
    expect(await pushState()).toBe('needs_phone')
  })

  it('says so where the browser knows no push', async () => {
    await enrol('ABCDE')
    vi.stubGlobal('navigator', { userAgent: 'Android', maxTouchPoints: 5, onLine: true })
    expect(await pushState()).toBe('unsupported')
  })
})
