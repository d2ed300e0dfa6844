// The shapes of /api/review/inbox and /api/review/feedback.
import type { Visit } from '@/wire'

export interface NoticeLine {
  id: string
  title: string | null
  text: string | null
  about_collection: string | null
  about_id: string | null
  created_at: number | null
  read_at: number | null
}

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
