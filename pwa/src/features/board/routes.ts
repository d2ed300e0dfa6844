import type { RouteRecordRaw } from 'vue-router'

export default [
  {
    path: '/board',
    component: () => import('./DeskFrame.vue'),
    meta: { wide: true },
    children: [
      { path: '', component: () => import('./BoardPage.vue') },
      { path: 'rows', component: () => import('./RowsPage.vue') },
      { path: 'requests', component: () => import('../requests_admin/RequestsPage.vue') },
      { path: 'requests/:id', component: () => import('../requests_admin/RequestPage.vue'), props: true },
      { path: 'projects', component: () => import('../requests_admin/ProjectsPage.vue') },
      { path: 'receptions', component: () => import('../requests_admin/ReceptionsPage.vue') },
      { path: 'checks', component: () => import('../checks/ChecksPage.vue') },
      { path: 'map', component: () => import('../map/MapPage.vue') },
      { path: 'parked', component: () => import('../parked/ParkedPage.vue') },
      { path: 'dead-letters', component: () => import('../dead_letters/DeadLettersPage.vue') },
      { path: 'inbox', component: () => import('../said/InboxPage.vue') },
      { path: 'feedback', component: () => import('../said/FeedbackPage.vue') },
      { path: 'people', component: () => import('../people/PeoplePage.vue') },
      { path: 'codes', component: () => import('../codes/CodesPage.vue') },
      { path: 'imports', component: () => import('../imports/ImportsPage.vue') },
      { path: 'ledger', component: () => import('../ledger/LedgerPage.vue') },
      { path: 'self-check', component: () => import('../selfcheck/SelfCheckPage.vue') },
    ],
  },
] satisfies RouteRecordRaw[]
