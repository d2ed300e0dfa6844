// Draws the app's icons: a door ajar over its doorstep, in our two colours. `npm run icons` writes public/icons.
import { mkdirSync, writeFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'

const PRIMARY = [11, 90, 112]
const PAPER = [246, 249, 247]
const WARM = [230, 138, 72]
const SAMPLES = 4

/** Shapes on a 512 × 512 board, later ones on top: a polygon and its colour. */
const SHAPES = [
  {
    colour: PAPER,
    points: [
      [166, 96],
      [346, 96],
      [346, 396],
      [166, 396],
    ],
  },
  {
    colour: PRIMARY,
    points: [
      [184, 114],
      [328, 114],
      [328, 396],
      [184, 396],
    ],
  },
  {
    colour: WARM,
    points: [
      [184, 114],
      [284, 138],
      [284, 396],
      [184, 386],
    ],
  },
  {
    colour: PAPER,
    points: [
      [256, 250],
      [268, 252],
      [268, 282],
      [256, 280],
    ],
  },
  {
    colour: PAPER,
    points: [
      [112, 396],
      [400, 396],
      [400, 424],
      [112, 424],
    ],
  },
]

function inside(points, x, y) {
  let is = false
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [xi, yi] = points[i]
    const [xj, yj] = points[j]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) is = !is
  }
  return is
}

function insideRounded(x, y, radius) {
  const dx = Math.max(radius - x, x - (512 - radius), 0)
  const dy = Math.max(radius - y, y - (512 - radius), 0)
  return dx * dx + dy * dy <= radius * radius
}

/** Colour and opacity at a point of the board; `radius` 512 / 2 would be a circle, 0 fills the square (maskable). */
function at(x, y, { radius, alone }) {
  const shape = SHAPES.findLast(({ points }) => inside(points, x, y))
  if (alone) return shape && shape.colour !== PRIMARY ? [255, 255, 255, 255] : [0, 0, 0, 0]
  if (!insideRounded(x, y, radius)) return [0, 0, 0, 0]
  return [...(shape?.colour ?? PRIMARY), 255]
}

function pixels(size, look) {
  const rows = []
  for (let y = 0; y < size; y++) {
    const row = [0]
    for (let x = 0; x < size; x++) {
      const sum = [0, 0, 0, 0]
      for (let s = 0; s < SAMPLES * SAMPLES; s++) {
        const px = ((x + ((s % SAMPLES) + 0.5) / SAMPLES) * 512) / size
        const py = ((y + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES) * 512) / size
        const [r, g, b, a] = at(px, py, look)
        sum[0] += r * a
        sum[1] += g * a
        sum[2] += b * a
        sum[3] += a
      }
      const alpha = sum[3] / (SAMPLES * SAMPLES)
      row.push(
        ...sum.slice(0, 3).map((value) => (sum[3] ? Math.round(value / sum[3]) : 0)),
        Math.round(alpha),
      )
    }
    rows.push(Buffer.from(row))
  }
  return Buffer.concat(rows)
}

function crc(buffer) {
  let value = ~0
  for (const byte of buffer) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return ~value >>> 0
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, check])
}

function png(size, look) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 6, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels(size, look), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function svg() {
  const hex = (colour) => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`
  const shapes = SHAPES.map(
    ({ colour, points }) =>
      `<polygon fill="${hex(colour)}" points="${points.map((point) => point.join()).join(' ')}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><rect width="512" height="512" rx="112" fill="${hex(PRIMARY)}"/>${shapes.join('')}</svg>\n`
}

const folder = new URL('../public/icons/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('door.svg', folder), svg())
writeFileSync(new URL('door-192.png', folder), png(192, { radius: 112 }))
writeFileSync(new URL('door-512.png', folder), png(512, { radius: 112 }))
writeFileSync(new URL('door-180.png', folder), png(180, { radius: 0 }))
writeFileSync(new URL('door-maskable-512.png', folder), png(512, { radius: 0 }))
writeFileSync(new URL('door-96.png', folder), png(96, { alone: true }))
