// Lines of latitude and longitude for a map without tiles: about eight across whatever is on the screen, at round degrees.

export type Line = [lat: number, lon: number][]

const WANTED_LINES = 8
const ROUND = [1, 2, 5]

/** The distance between lines: 1, 2 or 5 times a power of ten, in degrees. */
export function spacing(span_degrees: number): number {
  const rough = Math.max(span_degrees, 1e-6) / WANTED_LINES
  const power = 10 ** Math.floor(Math.log10(rough))
  return (ROUND.find((times) => times * power >= rough) ?? 10) * power
}

/** Meridians and parallels inside the bounds. */
export function linesBetween(south: number, north: number, west: number, east: number): Line[] {
  const step = spacing(Math.max(north - south, east - west))
  const lines: Line[] = []
  for (let number = Math.ceil(south / step); number * step <= north; number++) {
    lines.push([
      [number * step, west],
      [number * step, east],
    ])
  }
  for (let number = Math.ceil(west / step); number * step <= east; number++) {
    lines.push([
      [south, number * step],
      [north, number * step],
    ])
  }
  return lines
}
