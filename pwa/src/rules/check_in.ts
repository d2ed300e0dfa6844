// Check-in (定位打卡): how well a visit is evidenced, in words, before the server has seen it. Every visit is valid.
// Twin of grade_visit in app/domain/check_in.py; both are held to tests/contract/check_in.json.

export type Grade = 'a' | 'b' | 'c' | 'd'
type Both = { zh: string; en: string }

export interface Address {
  lat: number | null
  lon: number | null
  dwelling: string
  confirmed: boolean
}

/** WGS-84 degrees; `accuracy_m` is a 68 % radius on Android and a 95 % one elsewhere; `taken_at` in ms. */
export interface Fix {
  lat: number
  lon: number
  accuracy_m: number | null
  taken_at: number
  android?: boolean
}

export interface Witness {
  scanned?: boolean
  resident_confirmed?: boolean
  late_entry?: boolean
}

/** A grade with its reason; `location` is what the fix alone gave; metres, or null where nothing was measured. */
export interface Evidence {
  grade: Grade
  reason: string
  location: string
  distance_m: number | null
  radius_m: number | null
}

/** Metres around a place's point that still count as being there; a programme may bring its own. */
export const RADII_M: Readonly<Record<string, number>> = {
  building: 80,
  old_estate: 120,
  village_house: 150,
  village_centre: 1000,
  enterprise: 200,
}

const ANDROID_TO_95 = Math.sqrt(Math.log(0.05) / Math.log(0.32))
const VAGUE_M = 100
const NULL_ISLAND_DEGREES = 0.001
const CLOCK_SET_AFTER_MS = 1_577_836_800_000 // 2020-01-01 UTC
const LOCATION_ERRORS = ['denied', 'timeout', 'unavailable', 'off']

const GRADE_WORDS: Record<Grade, Both> = {
  a: { zh: '甲 · 定位在范围内', en: 'A · location inside the radius' },
  b: { zh: '乙 · 已扫门牌或联系卡', en: 'B · plate or card scanned' },
  c: { zh: '丙 · 群众已确认', en: 'C · confirmed by the resident' },
  d: { zh: '丁 · 本人填报', en: 'D · self-declared' },
}

const LOCATION_WORDS: Record<string, Both> = {
  inside: { zh: '定位在范围内', en: 'Location inside the radius' },
  outside: { zh: '定位不在该地址附近', en: 'Location not near this address' },
  too_vague: { zh: '定位误差较大，不作判断', en: 'Location too imprecise to judge' },
  address_unconfirmed: { zh: '地址位置待核实，不作判断', en: 'Address not yet confirmed, no judgement' },
  denied: { zh: '未授予定位权限', en: 'Location permission not given' },
  timeout: { zh: '定位超时', en: 'Location timed out' },
  unavailable: { zh: '暂时无法定位', en: 'Location unavailable' },
  off: { zh: '定位已关闭', en: 'Location is switched off' },
  null_island: { zh: '定位结果无效', en: 'The location received is not valid' },
  clock_not_set: { zh: '手机时间未校准', en: "The phone's clock is not set" },
  late_entry: { zh: '补录，时间由本人填报', en: 'Late entry, time self-declared' },
}

/** The best grade a visit has evidence for; null as location means that it is switched off. */
export function gradeVisit(
  address: Address,
  location: Fix | { error: string } | null,
  witness: Witness = {},
  radii: Readonly<Record<string, number>> = RADII_M,
): Evidence {
  const radius_m = (address.confirmed ? radii[address.dwelling] : undefined) ?? null
  const [where, distance_m] = witness.late_entry ? ['late_entry', null] : locate(address, location, radius_m)
  const found = { location: where, distance_m, radius_m }
  if (where === 'inside') return { grade: 'a', reason: where, ...found }
  if (witness.scanned) return { grade: 'b', reason: 'plate_scanned', ...found }
  if (witness.resident_confirmed) return { grade: 'c', reason: 'resident_confirmed', ...found }
  return { grade: 'd', reason: where, ...found }
}

/** The grade as people read it, with what the location said where the grade does not rest on it. */
export function evidenceInWords({ grade, location }: Evidence): Both {
  const words = GRADE_WORDS[grade]
  const where = LOCATION_WORDS[location]
  if (grade === 'a' || !where) return words
  return { zh: `${words.zh}（${where.zh}）`, en: `${words.en} (${where.en})` }
}

/** A distance nobody reads too much into: tens of metres, then tenths of kilometres. */
export function distanceInWords(distance_m: number): Both {
  if (distance_m >= 1000) {
    const km = (distance_m / 1000).toFixed(1)
    return { zh: `约${km}公里`, en: `about ${km} km` }
  }
  const metres = Math.max(10, Math.round(distance_m / 10) * 10)
  return { zh: `约${metres}米`, en: `about ${metres} m` }
}

/** The radius in metres that holds the true position 95 times in 100; null where the phone gave none. */
export function radius95(fix: Fix): number | null {
  const accuracy_m = fix.accuracy_m ?? null
  if (accuracy_m === null || !Number.isFinite(accuracy_m) || accuracy_m < 0) return null
  return fix.android ? accuracy_m * ANDROID_TO_95 : accuracy_m
}

/** Metres between two points on the WGS-84 ellipsoid: flat at their middle latitude, millimetres off at a kilometre. */
export function distanceM(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const axis = 6378137
  const flattening = 1 / 298.257223563
  const squared = flattening * (2 - flattening)
  const middle = (((a.lat + b.lat) / 2) * Math.PI) / 180
  const curve = 1 - squared * Math.sin(middle) ** 2
  const east = ((((b.lon - a.lon + 540) % 360) - 180) * Math.PI) / 180
  const north = ((b.lat - a.lat) * Math.PI) / 180
  const meridian = (axis * (1 - squared)) / curve ** 1.5
  const parallel = (axis / Math.sqrt(curve)) * Math.cos(middle)
  return Math.hypot(north * meridian, east * parallel)
}

function locate(
  address: Address,
  location: Fix | { error: string } | null,
  radius_m: number | null,
): [where: string, distance_m: number | null] {
  if (location === null) return ['off', null]
  if ('error' in location) {
    return [LOCATION_ERRORS.includes(location.error) ? location.error : 'unavailable', null]
  }
  const flaw = flawOf(location)
  if (flaw) return [flaw, null]
  const { lat, lon } = address
  if (radius_m === null || lat === null || lon === null || !onEarth(lat, lon))
    return ['address_unconfirmed', null]
  const away = distanceM({ lat, lon }, location)
  const blur = radius95(location)
  if (blur === null || blur > Math.max(radius_m, VAGUE_M)) return ['too_vague', away]
  return [away - blur <= radius_m ? 'inside' : 'outside', away]
}

function onEarth(lat: number, lon: number): boolean {
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180
}

function flawOf(fix: Fix): string | null {
  if (!onEarth(fix.lat, fix.lon)) return 'unavailable'
  if (Math.abs(fix.lat) < NULL_ISLAND_DEGREES && Math.abs(fix.lon) < NULL_ISLAND_DEGREES) return 'null_island'
  return fix.taken_at < CLOCK_SET_AFTER_MS ? 'clock_not_set' : null
}
