// A request's history as lines: who did what when, in words. Events that only this phone knows stand among the others.
import { inLocale } from '@/programme'
import { ORDER, statusWords } from '@/rules/service_requests'
import { t, tryText } from '@/text/t'
import type { ServiceRequest, ServiceRequestEvent } from '@/wire'

export interface Line {
  id: string
  /** The step or kind in words. */
  title: string
  /** Reason and text, as they were written. */
  words: string[]
  who: string
  /** The server's time, else the phone's (ms). */
  at: number | null
  photos: string[]
  open_to_resident: boolean
}

/** Oldest first. A request whose first step is not here yet, because the server has not seen it, has one line of its own. */
export function timelineOf(request: ServiceRequest, events: readonly ServiceRequestEvent[]): Line[] {
  const lines = [...events].sort(inOrder).map(lineOf)
  if (events.some((event) => event.kind === 'status')) return lines
  return [ownLine(request), ...lines]
}

/** By time; the statuses of one instant in the order of an ordinary life. */
function inOrder(one: ServiceRequestEvent, other: ServiceRequestEvent): number {
  return (
    timeOf(one) - timeOf(other) || ORDER.indexOf(one.to_status ?? '') - ORDER.indexOf(other.to_status ?? '')
  )
}

function timeOf(event: ServiceRequestEvent): number {
  return event.received_at ?? event.occurred_at ?? Number.MAX_SAFE_INTEGER
}

function lineOf(event: ServiceRequestEvent): Line {
  return {
    id: event.id,
    title: titleOf(event),
    words: [event.reason, event.text].filter((part): part is string => Boolean(part)),
    who: event.actor_name ?? tryText(`requests.actor_${event.actor_kind}`) ?? '',
    at: event.received_at ?? event.occurred_at,
    photos: event.photos ?? [],
    open_to_resident: event.public ?? false,
  }
}

function titleOf(event: ServiceRequestEvent): string {
  const to = event.to_status ? inLocale(statusWords(event.to_status)) : ''
  if (event.kind === 'status') return to
  if (event.kind === 'illegal_step') return t('requests.illegalStep', { to })
  return tryText(`requests.event_${event.kind}`) ?? t('status.unknown')
}

function ownLine(request: ServiceRequest): Line {
  return {
    id: `own:${request.id}`,
    title: inLocale(statusWords(request.status)),
    words: request.rev === 0 ? [t('requests.onPhoneOnly')] : [],
    who: '',
    at: request.recorded_at,
    photos: [],
    open_to_resident: false,
  }
}
