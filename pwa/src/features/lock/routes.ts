import type { RouteRecordRaw } from 'vue-router'

export default [{ path: '/lock', component: () => import('./LockPage.vue') }] satisfies RouteRecordRaw[]
