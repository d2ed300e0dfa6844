import type { RouteRecordRaw } from 'vue-router'

export default [
  { path: '/questionnaires', component: () => import('./QuestionnairesPage.vue') },
  { path: '/questionnaire/:id', component: () => import('./FillPage.vue'), props: true },
] satisfies RouteRecordRaw[]
