import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/enrol', component: () => import('./EnrolPage.vue'), meta: { open: true } },
  {
    path: '/sign-in',
    component: () => import('./EnrolPage.vue'),
    props: { byPassword: true },
    meta: { open: true },
  },
] satisfies RouteRecordRaw[]
