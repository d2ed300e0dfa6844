import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/requests', component: () => import('./RequestsPage.vue') },
  { path: '/request/new', component: () => import('./NewRequestPage.vue') },
  { path: '/request/:id', component: () => import('./RequestPage.vue'), props: true },
] satisfies RouteRecordRaw[]
