// The shapes of /api/imports: what a file would do before anything is written.
import type { Json } from '@/wire'

export const KINDS = ['places', 'cadres', 'teams', 'areas', 'service_requests'] as const
/** A leader brings places and requests; teams and people are the task force's. */
export const FOR_LEADERS: ReadonlySet<string> = new Set(['places', 'service_requests'])
export type Kind = (typeof KINDS)[number]
export const DATUMS = ['wgs84', 'gcj02', 'bd09'] as const

export interface ImportOptions {
  datum?: string | null
  swap_coordinates?: boolean
  team?: string | null
}

export interface Preview {
  token: string
  kind: Kind
  title: string
  file_name: string
  sheet: string
  header_row: number
  columns: { header: string; key: string; name: string }[]
  ignored: string[]
  rows: number
  new: number
  known: number
  errors: { row: number | null; column: string; value: string; zh: string; en: string }[]
  errors_total: number
  warnings: { code: string; zh: string; en: string }[]
  offers: { option: string; value: Json; zh: string; en: string }[]
  sample: { [key: string]: Json }[]
  options: ImportOptions
  may_apply: boolean
}

export interface Applied {
  kind: Kind
  new: number
  changed: number
}
