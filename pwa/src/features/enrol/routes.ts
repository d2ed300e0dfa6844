import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/enrol', component: () => import('./EnrolPage.vue'), meta: { open: true } },
] satisfies RouteRecordRaw[]
