// The shapes of the dead-letter list as /api/review/dead-letters answers it.
import type { Json } from '@/wire'

export type LetterAct =
  | 'retry'
  | 'dismiss'
  | 'set_category'
  | 'map_category'
  | 'forwarded_by_hand'
  | 'other_route'
  | 'withdraw'

export interface Attempt {
  at: number
  phase: string
  outcome: string
  http_status: number | null
  cause_zh: string | null
  cause_en: string | null
  excerpt: string | null
}

export interface Letter {
  id: string
  service_request_id: string
  text: string | null
  category: string | null
  confidential: boolean
  due_at: number | null
  since: number
  target: string | null
  target_name: string | null
  reference: string
  forward_no: number
  platform_number: string | null
  zh: string
  en: string
  platform_words: string | null
  payload: Json
  posts: number
  attempts: Attempt[]
  acts: LetterAct[]
}

export interface Target {
  code: string
  name: string
  enabled: boolean
  paused_reason: string | null
  silent: boolean
  /** Empty where the platform does not list its services. */
  services: { code: string; name: string }[]
}

export interface Letters {
  total: number
  letters: Letter[]
  targets: Target[]
}
