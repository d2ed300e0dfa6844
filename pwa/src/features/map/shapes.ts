// The GeoJSON of /api/review/map: places visited, requests, outlines of grids, streets of a city. WGS-84.

import { categoryName } from '@/features/board/desk'
import { say } from '@/features/board/say'
import { wordFor } from '@/programme'
import { tryText } from '@/text/t'

export interface VisitPoint {
  layer: 'visit'
  id: string
  label: string
  address: string | null
  kind: string
  outcome: string | null
  finding: string | null
}

export interface RequestPoint {
  layer: 'request'
  id: string
  open: boolean
  status: string
  category: string | null
  title: string | null
  due_at: number | null
}

export interface StreetPoint {
  layer: 'street'
  id: string
  name: string
  visits: number
  met: number
  open: number
}

export interface GridOutline {
  layer: 'grid'
  id: string
  name: string
}

export type PointShape = {
  type: 'Feature'
  properties: VisitPoint | RequestPoint | StreetPoint
  geometry: { type: 'Point'; coordinates: [number, number] }
}
export type Shape =
  | PointShape
  | {
      type: 'Feature'
      properties: GridOutline
      geometry: { type: 'Polygon'; coordinates: [number, number][][] }
    }

export interface Shapes {
  type: 'FeatureCollection'
  features: Shape[]
}

/** Everything but the outlines of grids. */
export function isPoint(shape: Shape): shape is PointShape {
  return shape.properties.layer !== 'grid'
}

/** A point in three words: what, where, how it stands. */
export function pointInWords(point: VisitPoint | RequestPoint | StreetPoint): [string, string, string] {
  if (point.layer === 'visit') {
    const heard = point.finding && point.finding !== 'nothing' ? wordFor('findings', point.finding) : ''
    const outcome = point.outcome ? wordFor('outcomes', point.outcome) : say('outcome_none')
    return [
      say('mapVisited'),
      `${point.label} ${point.address ?? ''}`,
      [outcome, heard].filter(Boolean).join(say('comma')),
    ]
  }
  if (point.layer === 'request') {
    const what = say(point.open ? 'mapRequest' : 'mapRequestEnded')
    return [
      what,
      point.title || categoryName(point.category),
      tryText(`status.${point.status}`) ?? point.status,
    ]
  }
  return [
    say('mapVisited'),
    point.name,
    say('streetVisits', { n: point.visits, met: point.met, open: point.open }),
  ]
}

/** What lies at one point: all visits of a building, or one request. */
export interface Spot {
  at: [lon: number, lat: number]
  points: (VisitPoint | RequestPoint | StreetPoint)[]
}

/** Visits at exactly one point are one mark, or only the last of a building would be seen; requests lie on top. */
export function spotsOf(shapes: readonly PointShape[]): Spot[] {
  const visits = new Map<string, Spot>()
  const requests: Spot[] = []
  for (const { properties, geometry } of shapes) {
    const spot = { at: geometry.coordinates, points: [properties] }
    const key = geometry.coordinates.join()
    if (properties.layer === 'request') requests.push(spot)
    else if (visits.has(key)) visits.get(key)?.points.push(properties)
    else visits.set(key, spot)
  }
  return [...visits.values(), ...requests]
}

/** How many visits a mark stands for. */
export function weightOf(spot: Spot): number {
  return spot.points.reduce((sum, point) => sum + (point.layer === 'street' ? point.visits : 1), 0)
}
