// Generated from the server's collections and schemas; do not edit. Instants are integer milliseconds since 1970.

export type Policy =
  | 'write_once'
  | 'union'
  | 'counter'
  | 'value'
  | 'ask'
  | 'status'
  | 'text'
  | 'server_only'
  | 'sealed'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface ConflictEntry {
  field: string
  value: Json
  by: string | null
  by_name: string | null
  at: number
  mid: number | null
  uuid: string
  kind: 'lost' | 'proposal'
}

export interface Synced {
  id: string
  scope: string
  rev: number
  conflict: ConflictEntry[]
}

export interface Place extends Synced {
  kind: 'household' | 'enterprise' | 'village'
  label: string | null
  address: string | null
  area_id: string | null
  grid_id: string | null
  grid_name: string | null
  building: string | null
  route_order: number | null
  pinyin: string | null
  lat: number | null
  lon: number | null
  point_confirmed: boolean | null
  dwelling: 'building' | 'old_estate' | 'village_house' | 'enterprise' | 'village_centre' | null
  tags: string[]
  note: string | null
  do_not_disturb: boolean | null
  hardship: string | null
  call_first: boolean | null
  weekends_only: boolean | null
  refusals: number
  phone_tail: string | null
  owner_cadre_id: string | null
  linked_cadre_id: string | null
}

export interface LocationFix {
  lat: number
  lon: number
  accuracy_m: number
  taken_at: number
  android?: boolean
}

export interface LocationFailure {
  error: 'denied' | 'timeout' | 'unavailable' | 'off'
}

export interface Visit extends Synced {
  place_id: string | null
  cadre_id: string | null
  companions: string[]
  visit_on: string | null
  arrived_at: number | null
  late_entry: boolean | null
  mode: 'doorstep' | 'phone' | 'online' | null
  fix: LocationFix | LocationFailure | null
  scanned_code: string | null
  outcome: 'met' | 'nobody' | 'inconvenient' | 'declined' | 'vacant' | 'moved' | 'rescheduled' | null
  card_left: boolean | null
  finding: 'nothing' | 'opinion' | 'request' | null
  opinion: string | null
  category: string | null
  rescheduled_on: string | null
  note: string | null
  photos: string[]
  finished_at: number | null
  evidence: 'a' | 'b' | 'c' | 'd' | null
  evidence_reason: string | null
  flags: string[] | null
  withdrawn: boolean | null
  received_at: number | null
}

export interface ServiceRequest extends Synced {
  place_id: string | null
  visit_id: string | null
  source: 'cadre' | 'resident' | 'enterprise' | 'import' | null
  category: string | null
  text: string | null
  photos: string[]
  handling: 'on_the_spot' | 'explain' | 'own_unit' | 'forward' | null
  way: 'at_once' | 'proactive' | 'on_site' | 'tracked' | 'in_public' | 'coordinated' | null
  status: string
  confidential: boolean | null
  contact_phone: string | null
  tracking_code: string | null
  occurred_on: string | null
  urgent: boolean | null
  recorded_at: number | null
  due_at: number | null
  unit_due_at: number | null
  due_provisional: boolean | null
  platform_number: string | null
  lead_unit: string | null
  co_units: string[] | null
  answer: string | null
  answered_at: number | null
  agreed_at: number | null
  closed_at: number | null
  forward_no: number | null
  returns: number | null
  merged_into: string | null
  project_id: string | null
  area_id: string | null
  stuck: string | null
}

export interface ServiceRequestEvent extends Synced {
  service_request_id: string | null
  kind: 'status' | 'comment' | 'call_attempt' | 'progress' | 'illegal_step' | null
  from_status: string | null
  to_status: string | null
  actor_kind: 'cadre' | 'leader' | 'task_force' | 'resident' | 'unit' | 'platform' | 'system' | null
  actor_id: string | null
  actor_name: string | null
  occurred_at: number | null
  received_at: number | null
  reason: string | null
  text: string | null
  photos: string[]
  public: boolean | null
}

export interface Diary extends Synced {
  author_id: string | null
  diary_on: string | null
  text: string | null
  submitted: boolean | null
  photos: string[]
}

export interface QuestionnaireAnswer extends Synced {
  questionnaire_id: string | null
  visit_id: string | null
  place_id: string | null
  cadre_id: string | null
  answered_at: number | null
  answers: { [question: string]: string | string[] } | null
}

export interface Notice extends Synced {
  kind: string | null
  title: string | null
  text: string | null
  about_collection: string | null
  about_id: string | null
  created_at: number | null
  read_at: number | null
}

export interface Feedback extends Synced {
  about: string | null
  text: string | null
  created_at: number | null
  answer: string | null
}

export interface Team extends Synced {
  name: string | null
  leader_name: string | null
  area_name: string | null
  visit_day: string | null
  members_count: number | null
}

export interface Cadre extends Synced {
  name: string | null
  unit_name: string | null
  number: string | null
  team_id: string | null
  leader: boolean | null
  photo: string | null
  location_off: boolean | null
}

export interface Category extends Synced {
  name: string | null
  parent_id: string | null
  order: number | null
  pinyin: string | null
}

export interface Unit extends Synced {
  name: string | null
  kind: string | null
}

export interface PolicyAnswer extends Synced {
  category: string | null
  question: string | null
  answer: string | null
  order: number | null
  source: string | null
}

export interface Question {
  id: string
  kind: 'single' | 'multi' | 'text'
  title: string
  options?: string[]
}

export interface Questionnaire extends Synced {
  title: string | null
  questions: Question[] | null
  open: boolean | null
}

export interface Programme extends Synced {
  code: string | null
  name: string | null
  text: string | null
  json: { [key: string]: Json } | null
}

export interface Collections {
  place: Place
  visit: Visit
  service_request: ServiceRequest
  service_request_event: ServiceRequestEvent
  diary: Diary
  questionnaire_answer: QuestionnaireAnswer
  notice: Notice
  feedback: Feedback
  team: Team
  cadre: Cadre
  category: Category
  unit: Unit
  policy_answer: PolicyAnswer
  questionnaire: Questionnaire
  programme: Programme
}

export type CollectionName = keyof Collections

export const POLICIES: Record<CollectionName, Record<string, Policy>> = {
  place: {
    kind: 'value',
    label: 'server_only',
    address: 'value',
    area_id: 'value',
    grid_id: 'value',
    grid_name: 'value',
    building: 'value',
    route_order: 'value',
    pinyin: 'server_only',
    lat: 'value',
    lon: 'value',
    point_confirmed: 'server_only',
    dwelling: 'value',
    tags: 'union',
    note: 'text',
    do_not_disturb: 'ask',
    hardship: 'ask',
    call_first: 'value',
    weekends_only: 'value',
    refusals: 'counter',
    phone_tail: 'server_only',
    owner_cadre_id: 'ask',
    linked_cadre_id: 'value',
  },
  visit: {
    place_id: 'write_once',
    cadre_id: 'write_once',
    companions: 'union',
    visit_on: 'write_once',
    arrived_at: 'write_once',
    late_entry: 'write_once',
    mode: 'write_once',
    fix: 'write_once',
    scanned_code: 'write_once',
    outcome: 'value',
    card_left: 'value',
    finding: 'value',
    opinion: 'text',
    category: 'value',
    rescheduled_on: 'value',
    note: 'text',
    photos: 'union',
    finished_at: 'value',
    evidence: 'server_only',
    evidence_reason: 'server_only',
    flags: 'server_only',
    withdrawn: 'value',
    received_at: 'server_only',
  },
  service_request: {
    place_id: 'write_once',
    visit_id: 'write_once',
    source: 'write_once',
    category: 'value',
    text: 'text',
    photos: 'union',
    handling: 'value',
    way: 'value',
    status: 'status',
    confidential: 'write_once',
    contact_phone: 'sealed',
    tracking_code: 'write_once',
    occurred_on: 'write_once',
    urgent: 'value',
    recorded_at: 'server_only',
    due_at: 'server_only',
    unit_due_at: 'server_only',
    due_provisional: 'server_only',
    platform_number: 'server_only',
    lead_unit: 'server_only',
    co_units: 'server_only',
    answer: 'server_only',
    answered_at: 'server_only',
    agreed_at: 'server_only',
    closed_at: 'server_only',
    forward_no: 'server_only',
    returns: 'server_only',
    merged_into: 'server_only',
    project_id: 'server_only',
    area_id: 'server_only',
    stuck: 'server_only',
  },
  service_request_event: {
    service_request_id: 'write_once',
    kind: 'write_once',
    from_status: 'write_once',
    to_status: 'write_once',
    actor_kind: 'write_once',
    actor_id: 'write_once',
    actor_name: 'write_once',
    occurred_at: 'write_once',
    received_at: 'server_only',
    reason: 'write_once',
    text: 'write_once',
    photos: 'union',
    public: 'write_once',
  },
  diary: {
    author_id: 'write_once',
    diary_on: 'write_once',
    text: 'text',
    submitted: 'value',
    photos: 'union',
  },
  questionnaire_answer: {
    questionnaire_id: 'write_once',
    visit_id: 'write_once',
    place_id: 'write_once',
    cadre_id: 'write_once',
    answered_at: 'write_once',
    answers: 'write_once',
  },
  notice: {
    kind: 'server_only',
    title: 'server_only',
    text: 'server_only',
    about_collection: 'server_only',
    about_id: 'server_only',
    created_at: 'server_only',
    read_at: 'value',
  },
  feedback: {
    about: 'write_once',
    text: 'write_once',
    created_at: 'write_once',
    answer: 'server_only',
  },
  team: {
    name: 'server_only',
    leader_name: 'server_only',
    area_name: 'server_only',
    visit_day: 'server_only',
    members_count: 'server_only',
  },
  cadre: {
    name: 'server_only',
    unit_name: 'server_only',
    number: 'server_only',
    team_id: 'server_only',
    leader: 'server_only',
    photo: 'server_only',
    location_off: 'value',
  },
  category: { name: 'server_only', parent_id: 'server_only', order: 'server_only', pinyin: 'server_only' },
  unit: { name: 'server_only', kind: 'server_only' },
  policy_answer: {
    category: 'server_only',
    question: 'server_only',
    answer: 'server_only',
    order: 'server_only',
    source: 'server_only',
  },
  questionnaire: { title: 'server_only', questions: 'server_only', open: 'server_only' },
  programme: { code: 'server_only', name: 'server_only', text: 'server_only', json: 'server_only' },
}

export type Change =
  | { op?: 'set'; from?: Json; to: Json }
  | { op: 'delta'; add: Json[]; remove: Json[] }
  | { op: 'inc'; by: number }
  | { op: 'step'; from: string; to: string; reason?: string; text?: string; public?: boolean; evidence?: string[] }

export interface Mutation {
  mid: number
  uuid: string
  collection: string
  id: string
  op: 'create' | 'patch' | 'delete' | 'event'
  v: number
  base_rev: number
  changes: Record<string, Change>
  occurred_at: number
  monotonic_ms: number
  boot: string
  depends_on: string[]
  attachments: string[]
  settles?: string[]
}

export interface Outcome {
  mid: number
  outcome: 'applied' | 'merged' | 'conflict' | 'parked'
  scope?: string | null
  seq?: number | null
  fields?: string[]
  code?: string | null
  detail?: string | null
  zh?: string
  en?: string
  record?: Json
}

export interface PushBody {
  client_id: string
  app_version: string
  schema: number
  epoch: string | null
  clock: number
  mutations: Mutation[]
}

export interface PushReply {
  epoch: string
  last_mid: number
  server_time: number
  min_schema: number
  results: Outcome[]
}

export interface PullBody {
  client_id: string
  app_version: string
  epoch: string | null
  cursors: Record<string, number>
  acked_mid: number
  pending: number
  limit: number
}

export type FeedEntry =
  | { kind: 'put'; collection: string; record: Synced & Record<string, Json> }
  | { kind: 'exit'; collection: string; id: string; seq: number }
  | { kind: 'tombstone'; collection: string; id: string; rev: number }

export interface Feed {
  scope: string
  cursor: number
  more: boolean
  digest?: string
  reset?: boolean
  entries: FeedEntry[]
}

export interface PullReply {
  epoch: string
  last_mid: number
  server_time: number
  min_schema: number
  head: Record<string, number>
  feed: Feed[]
  results: Outcome[]
}
