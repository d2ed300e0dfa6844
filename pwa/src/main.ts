// Start: the look, who is signed in, then the app; the service worker and the sync client follow.
import './ui/tokens.css'
import './ui/base.css'
import { createApp } from 'vue'
import App from './App.vue'
import { recallSession, refreshSession, session } from './api/session'
import { recallLock } from './device/pin'
import { afterSignIn, router } from './router'
import { startSync } from './sync/run'
import { applyLook } from './ui/look'
import { startUpdates } from './updates'

async function start(): Promise<void> {
  applyLook()
  await recallSession()
  await recallLock()
  createApp(App).use(router).mount('#app')
  startUpdates()
  const known = session.value !== null
  await Promise.all([refreshSession(), router.isReady()])
  // A desk that signed in before but kept nothing here goes on to where it wanted to go.
  const { path, hash } = router.currentRoute.value
  const asked = path === '/enrol' && hash === ''
  if (!known && asked && session.value !== null) await router.replace(afterSignIn())
  startSync()
}

void start()
