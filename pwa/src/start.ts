// Where the app begins: cadres at today's doors, leaders at the board; a leader who also visits goes over and stays there.
import { computed, ref } from 'vue'
import { session } from './api/session'

const KEY = 'doorstep.start'
const wanted = ref(localStorage.getItem(KEY))

export const leads = computed(() => session.value !== null && session.value.account.role !== 'cadre')
/** Only an enrolled phone can record visits; a desk signed in with a password cannot. */
export const visits = computed(() => session.value?.cadre != null && session.value.client_id !== null)
/** Who both leads and visits has a way over on either side. */
export const visitsAndLeads = computed(() => visits.value && leads.value)

/** Remembers on which side somebody who leads and visits is at work. */
export function startAt(side: 'today' | 'board'): void {
  wanted.value = side
  localStorage.setItem(KEY, side)
}

/** The first page of whoever is signed in. */
export function firstPage(): string {
  if (session.value === null) return '/enrol'
  return !leads.value || (visits.value && wanted.value === 'today') ? '/' : '/board'
}
