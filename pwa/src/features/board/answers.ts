// The shapes of what /api/review answers. Instants are integer milliseconds, days YYYY-MM-DD in Asia/Shanghai.
import type { Json, ServiceRequestEvent } from '@/wire'

export type Counts = Record<string, number>

export interface Frame {
  role: 'leader' | 'task_force'
  reach: { key: string; name: string; team: string | null }
  on: string
  today: string
  cadence: { zh: string; en: string; weekdays: number[] }
  categories: { code: string; zh: string; en: string }[]
  call_backs: number
  waiting: Waiting
}

export interface Waiting {
  parked: number
  dead_letters: number
  /** Only the frame knows these: they are a person's, not a board's. */
  inbox?: number
  feedback?: number
}

export interface Phones {
  expected: number
  in: number
  holding: number
  silent: number
  records_waiting: number
  complete: boolean
}

export interface Visits {
  total: number
  late_entries: number
  cadre_days: number
  kind: Counts
  outcome: Counts
  finding: Counts
  evidence: Counts
}

export interface CoverageLine {
  key: string
  name: string
  building?: string
  all: number
  now: number
  visited: number
  stale: number
  spared: number
}

export interface Coverage {
  by: 'building' | 'team' | 'street' | 'county'
  area: string
  stale_days: number
  total: Omit<CoverageLine, 'key' | 'name' | 'building'>
  lines: CoverageLine[]
}

export interface Standing {
  stage: string
  waiting: number
  oldest: { id: string; recorded_at: number; category: string | null } | null
}

export interface RequestSums {
  raised: number
  ways: Counts
  funnel: { stage: string; reached: number }[]
  standing: Standing[]
}

export interface ProblemClass {
  category: string
  area_id: string
  area: string
  phrases: string[]
  count: number
  open: number
  ids: string[]
  project_id: string | null
  sample: string
}

export interface CallFinding {
  reached: number
  differ: number
  upper: number | null
}

export interface SpotCheckSums {
  drawn: number
  layers: Record<'random' | 'risk', Counts>
  finding: CallFinding
}

export interface EvaluationLine {
  by: 'superiors' | 'peers' | 'served'
  given: number
  hidden: boolean
  hidden_below: number
  mean: number | null
  satisfied: number | null
  spread: number[] | null
}

export interface Burden {
  hidden: boolean
  median_s: Record<'met' | 'nobody', number | null> | null
  median_taps: Record<'met' | 'nobody', number | null> | null
  minutes_each: number | null
}

export interface Signed {
  by: string
  at: number
  note: string | null
  complete: boolean
  numbers: Counts
}

export interface Board {
  on: string
  from_on: string
  at: number
  reach: { key: string; name: string; teams: number }
  complete: boolean
  phones: Phones
  visits: Visits
  coverage: Coverage | null
  requests: RequestSums
  due: Record<'resident' | 'unit', Counts>
  classes: ProblemClass[]
  spot_check: SpotCheckSums
  evaluations: EvaluationLine[]
  burden: Burden
  signed: Signed | null
  waiting: Waiting
}

export interface VisitRow {
  id: string
  label: string
  address: string
  kind: string | null
  visit_on: string
  arrived_at: number | null
  late_entry: boolean
  outcome: string | null
  finding: string | null
  opinion: string | null
  category: string | null
  evidence: string | null
  flags: string[]
}

export interface RequestRow {
  id: string
  label: string
  address: string
  title: string
  category: string | null
  status: string
  source: string | null
  urgent: boolean
  confidential: boolean
  occurred_on: string | null
  recorded_at: number | null
  due_at: number | null
  unit_due_at: number | null
  due_provisional: boolean
  platform_number: string | null
  lead_unit: string | null
  stuck: string | null
}

export interface PlaceRow {
  id: string
  label: string
  address: string | null
  kind: string
  grid_name: string | null
  building: string | null
  last_on: string | null
  do_not_disturb: boolean
  refusals: number
  call_first: boolean
  weekends_only: boolean
}

export interface PhoneRow {
  id: string
  name: string
  team: string | null
  label: string | null
  state: 'in' | 'holding' | 'silent'
  pending: number
  synced_at: number | null
}

export interface RowsPage<R> {
  of: string
  total: number
  next: number | null
  rows: R[]
}

export type Event = Pick<
  ServiceRequestEvent,
  | 'id'
  | 'kind'
  | 'from_status'
  | 'to_status'
  | 'actor_kind'
  | 'actor_name'
  | 'occurred_at'
  | 'received_at'
  | 'reason'
  | 'text'
  | 'photos'
  | 'public'
>

export interface StepButton {
  to: string
  name: string
  needs: string[]
  zh: string
  en: string
}

export interface RequestPage extends Omit<RequestRow, 'label' | 'address' | 'title'> {
  title: string | null
  text: string | null
  photos: string[] | null
  handling: string | null
  way: string | null
  tracking_code: string | null
  co_units: string[] | null
  answer: string | null
  answered_at: number | null
  forward_no: number | null
  returns: number | null
  merged_into: string | null
  /** The tracking code of the request that it was merged into. */
  merged_code: string | null
  merged_from: { id: string; code: string | null; title: string }[]
  owner: 'cadre' | 'leader' | 'task_force' | 'unit' | null
  project_id: string | null
  review: string | null
  address: string | null
  has_phone: boolean
  place: { label: string; address: string | null; kind: string } | null
  team: string | null
  cadre: string | null
  project: string | null
  attempts: number
  attempts_needed: number
  events: Event[]
  steps: StepButton[]
}

export interface Project {
  id: string
  title: string
  category: string | null
  responsible: string
  lead_unit: string | null
  co_units: string[]
  created_at: number
  closed_at: number | null
  result: string | null
  requests: number
  open: number
  tasks: { id: string; text: string; due_on: string; done_at: number | null; result: string | null }[]
}

export interface ParkedLine {
  no: number
  author: string
  collection: string
  code: string
  zh: string
  en: string
  detail: string | null
  at: number
  occurred_at: number | null
  about: string
  values: Record<string, Json>
  confidential: boolean
  may_apply: boolean
  settled_at: number | null
  settlement: 'applied' | 'dismissed' | null
}
