import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/diary', component: () => import('./DiaryPage.vue'), meta: { tab: true } },
  { path: '/diary/:on', component: () => import('./DiaryOfPage.vue'), props: true },
] satisfies RouteRecordRaw[]
