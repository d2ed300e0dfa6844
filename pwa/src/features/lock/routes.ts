import type { RouteRecordRaw } from 'vue-router'

export default [{ path: '/pin', component: () => import('./PinPage.vue') }] satisfies RouteRecordRaw[]
