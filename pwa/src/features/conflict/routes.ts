import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/conflict/:collection/:id', component: () => import('./ConflictPage.vue'), props: true },
] satisfies RouteRecordRaw[]
