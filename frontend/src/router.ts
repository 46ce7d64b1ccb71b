import { type RouteLocationNormalized, type RouteRecordRaw, createRouter, createWebHistory } from 'vue-router'
import type { Permission } from './api/types'
import { browserLocale, speak } from './i18n'
import { useSession } from './stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without a session and without the shell. */
    open?: boolean
    /** Who lacks it is told so instead of seeing the page. */
    needs?: Permission
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', redirect: () => `/inbox/${useSession().can('reply') ? 'mine' : 'all'}` },
  { path: '/setup', name: 'setup', component: () => import('./features/setup/SetupPage.vue'), meta: { open: true } },
  { path: '/login', name: 'login', component: () => import('./features/login/LoginPage.vue'), meta: { open: true } },
  { path: '/inbox/:view(mine|unassigned|all)/:conversationId([1-9]\\d{0,18})?', name: 'inbox', component: () => import('./features/inbox/InboxPage.vue'), props: true, meta: { needs: 'read' } },
  {
    path: '/settings',
    component: () => import('./features/settings/SettingsPage.vue'),
    children: [
      { path: '', name: 'settings', component: () => import('./features/settings/SettingsHome.vue') },
      { path: 'accounts', name: 'accounts', component: () => import('./features/accounts/AccountsPage.vue'), meta: { needs: 'read' } },
      { path: 'agents', name: 'agents', component: () => import('./features/settings/AgentsPage.vue'), meta: { needs: 'manage_agents' } },
      { path: 'groups', name: 'groups', component: () => import('./features/settings/GroupsPage.vue'), meta: { needs: 'manage_agents' } },
      { path: 'tags', name: 'tags', component: () => import('./features/settings/TagsPage.vue'), meta: { needs: 'manage_tags' } },
      { path: 'rules', name: 'rules', component: () => import('./features/settings/RulesPage.vue'), meta: { needs: 'manage_rules' } },
      { path: 'system', name: 'system', component: () => import('./features/system/SystemPage.vue'), meta: { needs: 'see_system' } },
    ],
  },
  { path: '/me', name: 'me', component: () => import('./features/me/MePage.vue') },
  { path: '/sandbox', name: 'sandbox', component: () => import('./features/sandbox/SandboxPage.vue') },
  { path: '/denied', name: 'denied', component: () => import('./features/shell/DeniedPage.vue') },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('./features/shell/NotFoundPage.vue') },
]

const mayEnter = (to: RouteLocationNormalized) => {
  const session = useSession()
  if (to.name === 'sandbox' && !session.plays) return false
  return !to.meta.needs || session.can(to.meta.needs)
}

/** Finds out who we are and speaks his language before the first page is shown. */
async function settleSession() {
  const session = useSession()
  if (!session.asked) await session.load().catch(() => {}) // The page that opens says what is wrong.
  await speak(session.me?.locale ?? browserLocale())
}

export function createRoutes() {
  const router = createRouter({ history: createWebHistory(), routes, linkActiveClass: '' })
  router.beforeEach(async (to) => {
    await settleSession()
    if (to.meta.open) return true
    if (!useSession().signedIn) return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
    if (!mayEnter(to)) return { name: 'denied' }
    return true
  })
  return router
}
