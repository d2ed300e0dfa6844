// Reception sessions as /api/review/receptions tells them.
export interface ReceptionCase {
  id: string
  title: string
  status: string
  tracking_code: string | null
  measure: string | null
  signed_at: number | null
}

export interface Reception {
  id: string
  held_on: string
  place: string
  host: string
  requests: number
  measures: number
  settled: number
  signed: number
  cases: ReceptionCase[]
}

export interface Receptions {
  receptions: Reception[]
  sessions: number
  sums: { sessions: number; requests: number; measures: number; settled: number; signed: number }
}
