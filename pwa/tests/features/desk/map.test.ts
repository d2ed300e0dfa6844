import { describe, expect, it } from 'vitest'
import { linesBetween, spacing } from '../../../src/features/map/graticule'
import {
  isPoint,
  type PointShape,
  pointInWords,
  type Shape,
  spotsOf,
  weightOf,
} from '../../../src/features/map/shapes'

function visit(id: string, lon: number, outcome = 'met'): PointShape {
  return {
    type: 'Feature',
    properties: {
      layer: 'visit',
      id,
      label: '张**',
      address: '3号楼',
      kind: 'household',
      outcome,
      finding: 'request',
    },
    geometry: { type: 'Point', coordinates: [lon, 36.45] },
  }
}

const request: PointShape = {
  type: 'Feature',
  properties: {
    layer: 'request',
    id: 'r',
    open: true,
    status: 'dispatched',
    category: null,
    title: '路灯不亮',
    due_at: null,
  },
  geometry: { type: 'Point', coordinates: [115.98, 36.45] },
}

describe('the map', () => {
  it('makes one mark of all visits of a building and leaves requests on top', () => {
    const spots = spotsOf([visit('1', 115.98), request, visit('2', 115.98), visit('3', 115.99)])
    expect(spots.map(weightOf)).toEqual([2, 1, 1])
    expect(spots.at(-1)?.points[0]?.layer).toBe('request')
  })

  it('says of each point what, where and how it stands', () => {
    expect(pointInWords(visit('1', 115.98).properties)).toEqual(['走访', '张** 3号楼', '见到人，有诉求'])
    expect(pointInWords(request.properties)).toEqual(['在办诉求', '路灯不亮', '已转办'])
    const street = {
      layer: 'street',
      id: '371502001',
      name: '古楼街道',
      visits: 73,
      met: 56,
      open: 27,
    } as const
    expect(pointInWords(street)).toEqual(['走访', '古楼街道', '73 次走访，见到人 56 次，在办诉求 27 件'])
  })

  it('keeps outlines of grids out of the list of points', () => {
    const outline: Shape = {
      type: 'Feature',
      properties: { layer: 'grid', id: 'G01', name: '第一网格' },
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 0],
            [0, 1],
            [0, 0],
          ],
        ],
      },
    }
    expect([outline, request].filter(isPoint)).toEqual([request])
  })
})

describe('the graticule', () => {
  it.each([
    [0.008, 0.001],
    [0.02, 0.005],
    [1, 0.2],
    [60, 10],
  ])('draws lines over %d degrees every %d', (span, step) => {
    expect(spacing(span)).toBeCloseTo(step, 10)
  })

  it('draws only lines that are on the screen, about eight each way', () => {
    const lines = linesBetween(36.4, 36.5, 115.9, 116.0)
    expect(lines.length).toBeGreaterThan(8)
    expect(lines.length).toBeLessThan(24)
    for (const [[lat, lon] = [0, 0]] of lines) {
      expect(lat).toBeGreaterThanOrEqual(36.4)
      expect(lon).toBeGreaterThanOrEqual(115.9)
    }
  })
})
