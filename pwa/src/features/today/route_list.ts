// The order of today's list: visits begun and not finished, then doors not yet visited along the route, then those done.
import { holdsBack, type Preference } from '@/features/visits/preferences'
import type { Place, Visit } from '@/wire'

/** One line of the list. */
export interface Stop {
  place: Place
  /** The last visit of today that was not withdrawn, by anybody of the team. */
  visit: Visit | null
  state: 'begun' | 'open' | 'done'
  /** The household's wish that speaks against knocking today. */
  held: Preference | null
}

const BY_STATE = { begun: 0, open: 1, done: 2 } as const

/** Places with their visits of the date `on`, in the order in which they are shown. */
export function stopsOf(places: readonly Place[], visits: readonly Visit[], on: string): Stop[] {
  const latest = new Map<string, Visit>()
  for (const visit of visits) {
    if (visit.withdrawn || visit.visit_on !== on || !visit.place_id) continue
    const known = latest.get(visit.place_id)
    if (!known || (visit.arrived_at ?? 0) >= (known.arrived_at ?? 0)) latest.set(visit.place_id, visit)
  }
  return places.map((place) => stopOf(place, latest.get(place.id) ?? null, on)).sort(inOrder)
}

function stopOf(place: Place, visit: Visit | null, on: string): Stop {
  const state = visit === null ? 'open' : visit.outcome ? 'done' : 'begun'
  return { place, visit, state, held: holdsBack(place, on) }
}

function inOrder(one: Stop, other: Stop): number {
  if (one.state !== other.state) return BY_STATE[one.state] - BY_STATE[other.state]
  // What is done: the latest on top, because that is what somebody still wants to mend.
  if (one.state === 'done') return (other.visit?.arrived_at ?? 0) - (one.visit?.arrived_at ?? 0)
  return byRoute(one.place, other.place)
}

/** Along the route; a door without a place on it comes last, by its address. */
export function byRoute(one: Place, other: Place): number {
  const order = (one.route_order ?? Number.MAX_SAFE_INTEGER) - (other.route_order ?? Number.MAX_SAFE_INTEGER)
  return order || (one.address ?? '').localeCompare(other.address ?? '', 'zh-CN', { numeric: true })
}

/** What the list may be narrowed to; `linked`: enterprises of which this cadre is the linked one (挂点干部). */
export type Kind = Place['kind'] | 'linked'

export function isOfKind(place: Place, kind: Kind | '', me: string | null): boolean {
  if (kind === 'linked') return me !== null && place.linked_cadre_id === me
  return kind === '' || place.kind === kind
}

/** How many of a kind are done today, of how many. */
export interface Count {
  kind: Place['kind']
  done: number
  total: number
}

export function countsOf(stops: readonly Stop[]): Count[] {
  const kinds: Place['kind'][] = ['household', 'enterprise', 'village']
  return kinds
    .map((kind) => {
      const all = stops.filter((stop) => stop.place.kind === kind)
      return { kind, done: all.filter((stop) => stop.state === 'done').length, total: all.length }
    })
    .filter(({ total }) => total > 0)
}

/** Rows under one heading: a building, or what is done. */
export interface Section {
  key: string
  heading: string | null
  stops: Stop[]
}

/** Consecutive open stops of one building under its name; begun ones and done ones stand apart. */
export function sectionsOf(stops: readonly Stop[], words: { begun: string; done: string }): Section[] {
  const sections: Section[] = []
  for (const stop of stops) {
    const heading =
      stop.state === 'begun' ? words.begun : stop.state === 'done' ? words.done : groupOf(stop.place)
    const last = sections.at(-1)
    if (last && last.heading === heading) last.stops.push(stop)
    else sections.push({ key: `${stop.state}:${heading}:${stop.place.id}`, heading, stops: [stop] })
  }
  return sections
}

function groupOf(place: Place): string | null {
  return place.building ?? place.grid_name ?? null
}

/** The address without what the heading already says: "阳谷镇文昌社区文昌苑1号楼2单元301" under "文昌苑1号楼" is "2单元301". */
export function shortAddress(place: Place): string {
  const address = place.address ?? ''
  const heading = groupOf(place)
  const at = heading ? address.indexOf(heading) : -1
  if (at < 0 || !heading) return address
  return address.slice(at + heading.length).trim() || address
}
