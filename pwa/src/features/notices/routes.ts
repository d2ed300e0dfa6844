import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/messages', component: () => import('./MessagesPage.vue'), meta: { tab: true } },
] satisfies RouteRecordRaw[]
