import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/password', component: () => import('./PasswordPage.vue') },
  { path: '/authenticator', component: () => import('./AuthenticatorPage.vue') },
] satisfies RouteRecordRaw[]
