import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/visit/:id', component: () => import('./VisitPage.vue'), props: true },
  { path: '/place/new', component: () => import('./NewPlacePage.vue') },
  { path: '/place/:id', component: () => import('./PlacePage.vue'), props: true },
  { path: '/place/:id/late', component: () => import('./LateEntryPage.vue'), props: true },
] satisfies RouteRecordRaw[]
