// All screens, lazily loaded. A feature lists its own in features/<noun>/routes.ts; nobody else edits this file.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { session } from './api/session'
import { firstPage } from './start'

declare module 'vue-router' {
  interface RouteMeta {
    /** Open without being signed in. */
    open?: boolean
    /** Shows the tab bar at its foot. */
    tab?: boolean
    /** Uses the whole width of a desk's screen. */
    wide?: boolean
  }
}

const features = import.meta.glob<{ default: RouteRecordRaw[] }>('./features/*/routes.ts', { eager: true })
const routes = Object.values(features).flatMap((feature) => feature.default)

if (import.meta.env.DEV) {
  routes.push({
    path: '/gallery',
    component: () => import('./ui/gallery/GalleryPage.vue'),
    meta: { open: true },
  })
}
routes.push({ path: '/:rest(.*)*', component: () => import('./features/lost/LostPage.vue') })

export const router = createRouter({
  history: createWebHistory('/app/'),
  routes,
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
})

/** Where a person goes after signing in: where he wanted to go, else his first page. */
export function afterSignIn(): string {
  const wanted = router.currentRoute.value.query.to
  return typeof wanted === 'string' && wanted.startsWith('/') ? wanted : '/'
}

router.beforeEach((to) => {
  if (to.meta.open) return true
  if (session.value === null)
    return { path: '/enrol', query: to.path === '/' ? {} : { to: to.fullPath }, replace: true }
  if (to.path === '/' && firstPage() !== '/') return { path: firstPage(), replace: true }
  return true
})
