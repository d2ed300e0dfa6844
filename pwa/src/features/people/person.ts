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

/** A browser's long name for itself as a person reads it: the system, and the browser where it is known. */
export function phoneInWords(label: string | null): string {
  if (label === null) return ''
  const system = /iPhone|iPad|Android [\d.]+|HarmonyOS|Windows|Mac OS X|Linux/.exec(label)?.[0]
  const browser = /MicroMessenger|Edg|HuaweiBrowser|MiuiBrowser|Firefox|Chrome|Safari/.exec(label)?.[0]
  const names: Record<string, string> = {
    MicroMessenger: '微信',
    Edg: 'Edge',
    HuaweiBrowser: '华为浏览器',
    MiuiBrowser: '小米浏览器',
  }
  return [system, browser && (names[browser] ?? browser)].filter(Boolean).join(' · ') || label
}
