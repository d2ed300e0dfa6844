// The shapes of /api/review/inbox and /api/review/feedback.
import type { Notice, Visit } from '@/wire'

export type NoticeLine = Pick<
  Notice,
  'id' | 'title' | 'text' | 'about_collection' | 'about_id' | 'created_at' | 'read_at'
>

export interface FeedbackLine {
  id: string
  text: string | null
  created_at: number | null
  author: string | null
  team: string | null
  /** What the system saw of the visit that the words are about; `null` for words about the app. */
  visit:
    | ({ label: string | null; flags: string[] } & Pick<
        Visit,
        'visit_on' | 'arrived_at' | 'outcome' | 'evidence' | 'evidence_reason'
      >)
    | null
  answer: string | null
}

/** The desk's screen of what a notice is about, `null` when there is none. */
export function deskPathOf(notice: Pick<NoticeLine, 'about_collection' | 'about_id'>): string | null {
  const { about_collection, about_id } = notice
  if (about_id === null) return null
  return about_collection === 'service_request' ? `/board/requests/${about_id}` : null
}
