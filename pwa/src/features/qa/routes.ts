import type { RouteRecordRaw } from 'vue-router'

export default [{ path: '/policy', component: () => import('./PolicyPage.vue') }] satisfies RouteRecordRaw[]
