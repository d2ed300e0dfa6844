// The shapes of /api/review/people.

export interface PersonPhone {
  id: string
  label: string | null
  enrolled_at: number
  synced_at: number | null
  pending: number
  app_version: string | null
  revoked: 'soft' | 'hard' | null
  revoked_at: number | null
}

export interface Person {
  cadre_id: string
  name: string
  unit_name: string | null
  number: string | null
  team: string | null
  leader: boolean
  active: boolean
  may_enrol: boolean
  phones: PersonPhone[]
}

/** Browsers name everything they are like as well: the first that fits is the one it is. */
const SYSTEMS = [/HarmonyOS/, /Android [\d.]+/, /iPhone|iPad/, /Windows/, /Mac OS X/, /Linux/]
const BROWSERS: readonly [RegExp, string][] = [
  [/MicroMessenger/, '微信'],
  [/HuaweiBrowser/, '华为浏览器'],
  [/MiuiBrowser/, '小米浏览器'],
  [/Edg/, 'Edge'],
  [/Firefox/, 'Firefox'],
  [/Chrome/, 'Chrome'],
  [/Safari/, 'Safari'],
]

/** A browser's long name for itself as a person reads it: system and browser; any other text as it is. */
export function phoneInWords(label: string | null): string {
  if (label === null) return ''
  const system = SYSTEMS.map((one) => one.exec(label)?.[0]).find(Boolean)
  const browser = BROWSERS.find(([pattern]) => pattern.test(label))?.[1]
  return [system, browser].filter(Boolean).join(' · ') || label
}
