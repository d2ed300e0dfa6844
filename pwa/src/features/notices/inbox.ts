// The order of the inbox, and where a notice leads.
import type { Notice } from '@/wire'

/** Unread first, then the newest. */
export function inOrder(one: Notice, other: Notice): number {
  if (!one.read_at !== !other.read_at) return one.read_at ? 1 : -1
  return (other.created_at ?? 0) - (one.created_at ?? 0)
}

/** The screen of what a notice is about, `null` when it is about nothing on this phone. */
export function aboutOf(notice: Pick<Notice, 'about_collection' | 'about_id'>): string | null {
  const { about_collection, about_id } = notice
  if (!about_id) return null
  switch (about_collection) {
    case 'service_request':
      return `/request/${about_id}`
    case 'visit':
      return `/record/${about_id}`
    case 'place':
      return `/place/${about_id}`
    case 'diary':
      return `/conflict/diary/${about_id}`
    case 'feedback':
      return '/feedback'
    default:
      return null
  }
}
