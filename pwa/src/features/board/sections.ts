// The sections of the desk: where they are, who has them, what waits there.
import type { Role } from '@/api/session'
import type { IconName } from '@/ui/icons'
import type { Waiting } from './answers'
import type { DeskKey } from './say'

export interface Section {
  to: string
  words: DeskKey
  icon: IconName
  roles: readonly Role[]
  waiting?: keyof Waiting
}

const LEADERS = ['leader', 'task_force'] as const
const ALL = ['leader', 'task_force', 'admin'] as const

export const SECTIONS: readonly Section[] = [
  { to: '/board', words: 'board', icon: 'chart', roles: LEADERS },
  { to: '/board/requests', words: 'requests', icon: 'list', roles: LEADERS },
  { to: '/board/projects', words: 'projects', icon: 'book', roles: LEADERS },
  { to: '/board/receptions', words: 'receptions', icon: 'calendar', roles: LEADERS },
  { to: '/board/checks', words: 'checks', icon: 'phone', roles: LEADERS },
  { to: '/board/map', words: 'map', icon: 'place', roles: LEADERS },
  { to: '/board/parked', words: 'parked', icon: 'info', roles: LEADERS, waiting: 'parked' },
  { to: '/board/dead-letters', words: 'deadLetters', icon: 'alert', roles: LEADERS, waiting: 'dead_letters' },
  { to: '/board/inbox', words: 'inbox', icon: 'message', roles: LEADERS, waiting: 'inbox' },
  { to: '/board/feedback', words: 'feedback', icon: 'question', roles: ['task_force'], waiting: 'feedback' },
  { to: '/board/people', words: 'people', icon: 'people', roles: ALL },
  { to: '/board/codes', words: 'codes', icon: 'qr', roles: ALL },
  { to: '/board/imports', words: 'imports', icon: 'plus', roles: ALL },
  { to: '/board/ledger', words: 'ledger', icon: 'download', roles: ALL },
  { to: '/board/self-check', words: 'selfCheck', icon: 'check', roles: LEADERS },
]

/** The sections of a role. */
export function sectionsOf(role: Role | undefined): Section[] {
  return SECTIONS.filter((section) => role !== undefined && section.roles.includes(role))
}
