// The shapes of a spot check as /api/review/spot-checks answers them, and its three questions.
import type { SpotCheckSums } from '@/features/board/answers'

export interface Call {
  visit_id: string
  layer: 'random' | 'risk'
  no: number
  label: string
  address: string
  phone_tail: string | null
  visit_on: string
  outcome: string | null
  finding: string | null
  opinion: string | null
  result: 'same' | 'differs' | 'unreached' | null
  tries: number
  answers: Record<string, string> | null
  note: string | null
  caller_name: string | null
  called_at: number | null
}

export interface Draw {
  id: string
  on: string
  sealed_count: number
  sealed_hash: string
  seed: string
  random_calls: number
  risk_calls: number
  drawn_name: string
  drawn_at: number
  holds: boolean
  needed: Record<string, number>
}

export interface SpotCheck {
  on: string
  summary: SpotCheckSums
  draw: Draw | null
  calls: Call[]
}

/** Each question with the answers it takes; the first one must be answered. */
export const QUESTIONS = {
  visited: ['yes', 'no', 'unsure'],
  recorded: ['yes', 'no', 'nothing_said'],
  content: ['yes', 'partly', 'no'],
} as const

export type Question = keyof typeof QUESTIONS
