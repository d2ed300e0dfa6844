import type { RouteRecordRaw } from 'vue-router'

export default [{ path: '/waiting', component: () => import('./WaitingPage.vue') }] satisfies RouteRecordRaw[]
