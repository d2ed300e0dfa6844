// A service request's life on the phone: buttons and words from the table that app/domain/service_requests.py wrote.
import table from './service_request_steps.json'

export type ActorKind = 'cadre' | 'leader' | 'task_force' | 'resident' | 'unit' | 'platform' | 'system'
export type Need =
  | 'reason'
  | 'text'
  | 'resident_agreement'
  | 'three_attempts_and_signature'
  | 'platform_number'
  | 'other_request'
export type Both = { zh: string; en: string }

export interface Step {
  name: string
  from: string[]
  to: string
  may: ActorKind[]
  needs: Need[]
  button: Both
  public: Both
  counts: boolean
  forwards: boolean
}

/** One of the six ways of handling (六办工作法) with the kind of problem it is for, its owner and its clock. */
export interface Way {
  code: string
  words: Both
  problem: Both
  owner: ActorKind
  length: number
  unit: string
}

/** What an official puts forward for a step. */
export interface Offered {
  reason?: string
  text?: string
  resident_agreement?: boolean
  attempts?: number
  signed_by_leader?: boolean
  platform_number?: string
  other_request?: string
}

const steps = table.steps as Step[]
const statuses = new Map(table.statuses.map((status) => [status.code, status]))
const needWords = new Map<string, Both>(table.needs.map(({ code, zh, en }) => [code, { zh, en }]))
const refusals = new Map<string, Both>(table.refusals.map(({ code, zh, en }) => [code, { zh, en }]))
const LATER_VERSION: Both = { zh: '其他（请更新）', en: 'Other (please update)' }

export const DRAFT = 'draft'
/** In the order of an ordinary life, as the funnel shows it. */
export const ORDER: readonly string[] = table.statuses.map((status) => status.code)
export const WAYS = table.ways as readonly Way[]
export const HANDLINGS: readonly { code: string; status: string; zh: string; en: string }[] = table.handlings

/** The status in words; one that a newer server knows and this app does not is called "other". */
export function statusWords(status: string): Both {
  const known = statuses.get(status)
  return known ? { zh: known.zh, en: known.en } : LATER_VERSION
}

/** What a step asks for, as a label. */
export function needInWords(need: Need): Both {
  return needWords.get(need) ?? LATER_VERSION
}

/** The sentence for a refused step, by its code. */
export function refusalInWords(code: string): Both {
  return refusals.get(code) ?? LATER_VERSION
}

/** Whether somebody still owes the resident something. */
export function isOpen(status: string): boolean {
  return statuses.get(status)?.open ?? true
}

/** The status with which a request is born; `recorded` until somebody has chosen a handling. */
export function initialStatus(handling: string | null): string {
  return HANDLINGS.find(({ code }) => code === handling)?.status ?? 'recorded'
}

/** The buttons of this actor on a request in this status; `forwarded`: forward numbers that were sent already. */
export function buttons(
  status: string,
  actor: ActorKind,
  { forward_no = 1, forwarded = [] }: { forward_no?: number; forwarded?: readonly number[] } = {},
): Step[] {
  const spent = forwarded.includes(forward_no)
  return steps.filter(
    (step) => step.from.includes(status) && step.may.includes(actor) && !(step.forwards && spent),
  )
}

/** The row that takes a request from `status` to `to`, or undefined where the table has none for this actor. */
export function stepBetween(status: string, to: string, actor: ActorKind): Step | undefined {
  return steps.find((step) => step.to === to && step.from.includes(status) && step.may.includes(actor))
}

/** What is still missing before this actor may take the step; needs bind officials only. */
export function missing(step: Step, actor: ActorKind, offered: Offered): Need[] {
  return table.needs_bind.includes(actor) ? step.needs.filter((need) => !met(need, offered)) : []
}

function met(need: Need, offered: Offered): boolean {
  if (need === 'resident_agreement') return offered.resident_agreement ?? false
  if (need === 'three_attempts_and_signature') {
    return (offered.attempts ?? 0) >= table.attempts_before_closing && (offered.signed_by_leader ?? false)
  }
  return (offered[need] ?? '').trim() !== ''
}
