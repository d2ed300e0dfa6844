// The service worker: keeps the app's files, shows pushed notices, wakes the page to sync. It never touches IndexedDB.
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  type PrecacheEntry,
  precacheAndRoute,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope
declare const __PRECACHE__: PrecacheEntry[]

interface SyncEvent extends ExtendableEvent {
  readonly tag: string
}

precacheAndRoute(__PRECACHE__)
cleanupOutdatedCaches()
// Every page of the app is index.html; a path with a dot is a file. version.json has no route, so it always asks the network.
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/app/index.html'), { allowlist: [/^\/app\/[^.]*$/] }),
)

// Only when the person asked: a page with unsaved work must not lose its files.
self.addEventListener('message', (event) => {
  if (event.data === 'skip-waiting') void self.skipWaiting()
})

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

// Background Sync: the page holds the outbox, so an open page is asked to send it.
self.addEventListener('sync', (event) => {
  const { tag, waitUntil } = event as SyncEvent
  if (tag === 'doorstep-sync') waitUntil.call(event, tellPages('sync-now'))
})

async function tellPages(message: string): Promise<void> {
  for (const page of await self.clients.matchAll({ type: 'window' })) page.postMessage(message)
}

interface PushedNotice {
  title?: string
  text?: string
  path?: string
}

self.addEventListener('push', (event) => {
  const notice = pushed(event.data)
  const shown = self.registration.showNotification(notice.title ?? '民情日记', {
    body: notice.text ?? '有新消息',
    icon: '/app/icons/door-192.png',
    badge: '/app/icons/door-96.png',
    data: { path: ownPath(notice.path) },
  })
  event.waitUntil(Promise.all([shown, tellPages('sync-now')]))
})

function pushed(data: PushMessageData | null): PushedNotice {
  try {
    return (data?.json() as PushedNotice | undefined) ?? {}
  } catch {
    return {}
  }
}

/** A notice can only open a page of the app. */
function ownPath(path: string | undefined): string {
  return path?.startsWith('/app/') ? path : '/app/messages'
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(openPage((event.notification.data as { path: string }).path))
})

async function openPage(path: string): Promise<void> {
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (!page) {
    await self.clients.openWindow(path)
    return
  }
  await page.focus()
  await page.navigate(path).catch(() => self.clients.openWindow(path))
}
