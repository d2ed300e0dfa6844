import type { RouteRecordRaw } from 'vue-router'

export default [{ path: '/badge', component: () => import('./BadgePage.vue') }] satisfies RouteRecordRaw[]
