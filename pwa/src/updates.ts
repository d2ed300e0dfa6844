// New versions: found, offered, and taken only when no form holds unsaved work.
import { ref, watch } from 'vue'
import { dirtyForms } from './db/dirty'
import { outdated } from './sync/progress'
import { syncNow } from './sync/run'
import { t } from './text/t'
import { toast } from './ui/toast'

const CHECK_MS = 30 * 60 * 1000

/** A new version waits; shown as a strip. */
export const updateReady = ref(false)

let registration: ServiceWorkerRegistration | undefined
let asked = false

/** Registers the service worker (not while developing) and looks for versions when the app comes to the front. */
export function startUpdates(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const hadWorker = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (hadWorker || asked) reloadWhenClean()
  })
  navigator.serviceWorker.addEventListener('message', (event) => {
    if (event.data === 'sync-now') syncNow()
  })
  void navigator.serviceWorker
    .register('/app/sw.js', { scope: '/app/' })
    .then(watchRegistration, () => undefined)
  // A chunk of an old version that is gone: offer the new one instead of a blank screen.
  window.addEventListener('vite:preloadError', (event) => {
    event.preventDefault()
    updateReady.value = true
  })
}

function watchRegistration(found: ServiceWorkerRegistration): void {
  registration = found
  updateReady.value = found.waiting !== null && navigator.serviceWorker.controller !== null
  found.addEventListener('updatefound', () => {
    const worker = found.installing
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && navigator.serviceWorker.controller) updateReady.value = true
    })
  })
  const check = (): void => void found.update().catch(() => undefined)
  // In front for days, an app would not look by itself.
  watch(outdated, (is) => is && check(), { immediate: true })
  let checked_at = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - checked_at < CHECK_MS) return
    checked_at = Date.now()
    check()
  })
}

/** The person wants the new version: the waiting worker takes over, then `controllerchange` reloads. */
export function applyUpdate(): void {
  asked = true
  if (dirtyForms.size > 0) toast(t('shell.updateLater'))
  if (registration?.waiting) registration.waiting.postMessage('skip-waiting')
  else reloadWhenClean()
}

function reloadWhenClean(): void {
  const stop = watch(
    () => dirtyForms.size,
    (open) => {
      if (open > 0) return
      queueMicrotask(() => stop())
      window.location.reload()
    },
    { immediate: true },
  )
}
