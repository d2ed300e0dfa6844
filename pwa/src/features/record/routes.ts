import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/record', component: () => import('./RecordPage.vue') },
  { path: '/record/:id', component: () => import('./RecordOfVisitPage.vue'), props: true },
  { path: '/feedback', component: () => import('./FeedbackPage.vue') },
] satisfies RouteRecordRaw[]
