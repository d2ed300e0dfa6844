// The lists of requests on a cadre's phone: his own open ones, the team's open ones, those with an end.
import { isOpen } from '@/rules/service_requests'
import type { ServiceRequest } from '@/wire'

export const VIEWS = ['mine', 'open', 'ended'] as const
export type RequestView = (typeof VIEWS)[number]

/** The requests of a list; what is due first stands first, what has no date last. */
export function inView(requests: readonly ServiceRequest[], view: RequestView, me: string): ServiceRequest[] {
  const fits = requests.filter((one) => {
    if (view === 'ended') return !isOpen(one.status)
    return isOpen(one.status) && (view === 'open' || one.cadre_id === me)
  })
  return fits.sort(view === 'ended' ? newestFirst : dueFirst)
}

function dueFirst(one: ServiceRequest, other: ServiceRequest): number {
  return (
    (one.due_at ?? Number.MAX_SAFE_INTEGER) - (other.due_at ?? Number.MAX_SAFE_INTEGER) ||
    newestFirst(one, other)
  )
}

/** Ids are UUIDv7: their order is the order in which they were made. */
function newestFirst(one: ServiceRequest, other: ServiceRequest): number {
  return one.id < other.id ? 1 : -1
}
