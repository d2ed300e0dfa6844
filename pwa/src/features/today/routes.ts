import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/', component: () => import('./TodayPage.vue'), meta: { tab: true } },
] satisfies RouteRecordRaw[]
