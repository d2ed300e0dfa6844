// Web push (消息推送), an optional nudge: whether this phone can be nudged, and switching it on and off.

import { send } from '@/api/http'
import { act, ask, bodyOf } from '@/api/online'
import { session } from '@/api/session'
import { ReadableError } from '@/errors'
import { mustInstallFirst } from './storage'

/**
 * `unsupported`: this browser knows no push. `needs_install`: an iPhone outside the home screen. `needs_phone`: signed in with a
 * password, nothing is enrolled here. `blocked`: the person, or the system, forbade notices for this app.
 */
export type PushState = 'unsupported' | 'needs_install' | 'needs_phone' | 'blocked' | 'off' | 'on'

export async function pushState(): Promise<PushState> {
  if (!session.value?.client_id) return 'needs_phone'
  if (mustInstallFirst()) return 'needs_install'
  const registration = await worker()
  if (!registration || !('Notification' in window)) return 'unsupported'
  if (Notification.permission === 'denied') return 'blocked'
  const subscription = await registration.pushManager.getSubscription().catch(() => null)
  return subscription && Notification.permission === 'granted' ? 'on' : 'off'
}

/** Asks the person, subscribes, and tells the server; the state that came of it. Throws ReadableError. */
export async function switchPushOn(): Promise<PushState> {
  const registration = await worker()
  if (!registration) return 'unsupported'
  // First of all: browsers let a page ask only while the tap is fresh.
  const permission = await Notification.requestPermission()
  if (permission !== 'granted') return permission === 'denied' ? 'blocked' : 'off'
  const { key } = await ask<{ key: string }>('/api/push-key')
  const subscription = await registration.pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: key })
    .catch((cause: unknown) => {
      throw new ReadableError(
        'push_unreachable',
        '这台手机连不上推送服务（内地安卓手机常见），没有打开。应用里的消息照常收得到。',
        'This phone cannot reach its push service (common on Android in mainland China), so it stays off. Messages in the app come all the same.',
        { cause },
      )
    })
  try {
    await act('/api/push-subscription', subscription.toJSON())
  } catch (problem) {
    await subscription.unsubscribe().catch(() => false)
    throw problem
  }
  return 'on'
}

/** Nobody nudges this phone any more; the phone's own end is closed even where the server cannot be reached. */
export async function switchPushOff(): Promise<PushState> {
  const registration = await worker()
  const subscription = await registration?.pushManager.getSubscription().catch(() => null)
  if (!subscription) return 'off'
  await subscription.unsubscribe()
  bodyOf(await send('/api/push-subscription', { method: 'DELETE' }))
  return 'off'
}

async function worker(): Promise<ServiceWorkerRegistration | null> {
  if (!('PushManager' in window)) return null
  return (await navigator.serviceWorker?.getRegistration('/app/').catch(() => undefined)) ?? null
}
