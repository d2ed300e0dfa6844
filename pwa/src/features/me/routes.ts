import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/me', component: () => import('./MePage.vue'), meta: { tab: true } },
  { path: '/settings', component: () => import('./SettingsPage.vue') },
  { path: '/rules', component: () => import('./RulesPage.vue') },
  { path: '/letter', component: () => import('./LetterPage.vue') },
] satisfies RouteRecordRaw[]
