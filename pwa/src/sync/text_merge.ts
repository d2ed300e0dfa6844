// Three-way merge of diaries and descriptions on sentence tokens, for what the phone shows before the server answers.
// Twin of sync/text_merge.py: same steps, same ties, the same answer byte for byte (tests/contract/text_merge.json).

const ENDERS = '。！？；!?;\n'
const TOKEN = new RegExp(`[^${ENDERS}]*[${ENDERS}]|[^${ENDERS}]+`, 'g')
const LONE_SURROGATE = /[\uD800-\uDFFF]/gu

// Gaps between anchors are compared cell by cell as long as this budget lasts; what comes after counts as rewritten.
const CELLS = 400_000

type Tokens = readonly string[]
type Pair = readonly [number, number]

/** One place that both writers rewrote differently: what stood there, what stays, what was set aside. */
export interface Clash {
  base: string
  kept: string
  lost: string
}

/** `conflict` is the same whichever side is called mine; `lost` are the other side's texts that are not in `text`. */
export interface MergeResult {
  text: string
  conflict: boolean
  clashes: Clash[]
  lost: string[]
}

interface Hunk {
  start: number
  end: number
  tokens: Tokens
}

interface Region {
  start: number
  end: number
  mine: Hunk[]
  theirs: Hunk[]
}

/** The form in which texts are merged and stored: NFC, line feeds only, no lone surrogates (→ U+FFFD). */
export function clean(text: string): string {
  return text.replace(LONE_SURROGATE, '\uFFFD').replace(/\r\n?/g, '\n').normalize('NFC')
}

/** Tokens of a clean text: each ends with 。！？；!?; or a line feed, the last perhaps with nothing. */
export function sentences(text: string): string[] {
  return text.match(TOKEN) ?? []
}

/** Merge two texts written from `base`: `mine` is what the record holds and stays where both rewrote the same sentences. */
export function merge(base: string, mine: string, theirs: string): MergeResult {
  const [b, m, t] = [clean(base), clean(mine), clean(theirs)]
  if (b === t || m === t) return result(m, [])
  if (b === m) return result(t, [])
  const before = sentences(b)
  const out: string[] = []
  const clashes: Clash[] = []
  let copied = 0
  for (const region of regions(hunks(before, sentences(m)), hunks(before, sentences(t)))) {
    append(out, before.slice(copied, region.start))
    copied = region.end
    const { kept, lost } = settle(region, before)
    append(out, kept)
    if (lost)
      clashes.push({ base: join(before.slice(region.start, region.end)), kept: join(kept), lost: join(lost) })
  }
  append(out, before.slice(copied))
  return result(join(out), clashes)
}

function result(text: string, clashes: Clash[]): MergeResult {
  const lost = clashes.map((clash) => clash.lost).filter((words) => words !== '')
  return { text, conflict: clashes.length > 0, clashes, lost }
}

// push(...tokens) overflows the stack of old browsers at some ten thousand sentences.
function append(out: string[], tokens: Tokens): void {
  for (const token of tokens) out.push(token)
}

/** Concatenate; an unended sentence gets a line break if another follows, or the two would fuse. */
function join(tokens: Tokens): string {
  const last = tokens.length - 1
  return tokens
    .map((token, i) => (i < last && !ENDERS.includes(token.slice(-1)) ? `${token}\n` : token))
    .join('')
}

function settle(region: Region, before: Tokens): { kept: Tokens; lost?: Tokens } {
  if (region.theirs.length === 0) return { kept: applied(region, region.mine, before) }
  if (region.mine.length === 0) return { kept: applied(region, region.theirs, before) }
  const mine = applied(region, region.mine, before)
  const theirs = applied(region, region.theirs, before)
  if (mine.length === theirs.length && commonHead(mine, theirs) === mine.length) return { kept: mine }
  if (region.start === region.end) return { kept: both(mine, theirs) }
  return { kept: mine, lost: theirs }
}

function applied(region: Region, changes: Hunk[], before: Tokens): Tokens {
  const out: string[] = []
  let at = region.start
  for (const hunk of changes) {
    append(out, before.slice(at, hunk.start))
    append(out, hunk.tokens)
    at = hunk.end
  }
  append(out, before.slice(at, region.end))
  return out
}

/** Two insertions at one point: what both wrote alike at the edges once, the rest one after the other, mine first. */
function both(mine: Tokens, theirs: Tokens): Tokens {
  let head = commonHead(mine, theirs)
  let tail = commonTail(mine, theirs, head)
  if (head + tail < Math.min(mine.length, theirs.length)) {
    // A line break at the inner edge belongs to each insertion, or two entries would share one line.
    while (head > 0 && mine[head - 1] === '\n') head -= 1
    while (tail > 0 && mine[mine.length - tail] === '\n') tail -= 1
  }
  const end = mine.length - tail
  return [...mine.slice(0, end), ...theirs.slice(head, theirs.length - tail), ...mine.slice(end)]
}

function commonHead(a: Tokens, b: Tokens): number {
  const most = Math.min(a.length, b.length)
  let same = 0
  while (same < most && a[same] === b[same]) same += 1
  return same
}

function commonTail(a: Tokens, b: Tokens, head: number): number {
  const most = Math.min(a.length, b.length) - head
  let same = 0
  while (same < most && a[a.length - 1 - same] === b[b.length - 1 - same]) same += 1
  return same
}

/** Sweep both sides' hunks in order of base. Touching is not overlapping; insertions stand before what begins there. */
function regions(mine: Hunk[], theirs: Hunk[]): Region[] {
  const tagged = [
    ...mine.map((hunk) => ({ hunk, own: true })),
    ...theirs.map((hunk) => ({ hunk, own: false })),
  ]
  tagged.sort((a, b) => a.hunk.start - b.hunk.start || a.hunk.end - b.hunk.end)
  const found: Region[] = []
  let region: Region | undefined
  for (const { hunk, own } of tagged) {
    if (!region || !meets(region, hunk)) {
      region = { start: hunk.start, end: hunk.end, mine: [], theirs: [] }
      found.push(region)
    }
    region.end = Math.max(region.end, hunk.end)
    ;(own ? region.mine : region.theirs).push(hunk)
  }
  return found
}

function meets(region: Region, hunk: Hunk): boolean {
  const samePoint = region.start === region.end && hunk.start === hunk.end && region.start === hunk.start
  return hunk.start < region.end || samePoint
}

function hunks(before: Tokens, after: Tokens): Hunk[] {
  const found: Hunk[] = []
  let atBefore = 0
  let atAfter = 0
  for (const [i, j] of [...stayed(before, after), [before.length, after.length] as const]) {
    if (i > atBefore || j > atAfter) found.push({ start: atBefore, end: i, tokens: after.slice(atAfter, j) })
    atBefore = i + 1
    atAfter = j + 1
  }
  return found
}

/** Pairs of positions of the tokens that stayed: equal ends, then unique anchors, then the gaps token by token. */
function stayed(a: Tokens, b: Tokens): Pair[] {
  const head = commonHead(a, b)
  const tail = commonTail(a, b, head)
  const endA = a.length - tail
  const endB = b.length - tail
  const pairs: Pair[] = []
  for (let i = 0; i < head; i += 1) pairs.push([i, i])
  let fromA = head
  let fromB = head
  let budget = CELLS
  for (const [i, j] of [...anchors(a, b, head, endA, endB), [endA, endB] as const]) {
    const cells = (i - fromA) * (j - fromB)
    if (cells > 0 && cells <= budget) {
      budget -= cells
      for (const [x, y] of longestCommon(a.slice(fromA, i), b.slice(fromB, j)))
        pairs.push([fromA + x, fromB + y])
    }
    if (i < endA) pairs.push([i, j])
    fromA = i + 1
    fromB = j + 1
  }
  for (let i = 0; i < tail; i += 1) pairs.push([endA + i, endB + i])
  return pairs
}

function timesEach(tokens: Tokens, start: number, end: number): Map<string, number> {
  const times = new Map<string, number>()
  for (const token of tokens.slice(start, end)) times.set(token, (times.get(token) ?? 0) + 1)
  return times
}

/** Tokens that occur exactly once in each middle part: the longest run of them in the same order. */
function anchors(a: Tokens, b: Tokens, start: number, endA: number, endB: number): Pair[] {
  const timesA = timesEach(a, start, endA)
  const timesB = timesEach(b, start, endB)
  const place = new Map<string, number>()
  b.slice(start, endB).forEach((token, i) => {
    if (timesB.get(token) === 1) place.set(token, start + i)
  })
  const once: Pair[] = []
  a.slice(start, endA).forEach((token, i) => {
    const j = place.get(token)
    if (j !== undefined && timesA.get(token) === 1) once.push([start + i, j])
  })
  return longestRising(once)
}

/** Patience: the longest subsequence whose second positions rise. */
function longestRising(once: Pair[]): Pair[] {
  const ends: number[] = []
  const rows: number[] = []
  const back: number[] = []
  once.forEach(([, j], row) => {
    const length = firstNotBelow(ends, j)
    back.push(length > 0 ? (rows[length - 1] ?? -1) : -1)
    ends[length] = j
    rows[length] = row
  })
  const run: Pair[] = []
  for (let row = rows[rows.length - 1] ?? -1; row >= 0; row = back[row] ?? -1) {
    const pair = once[row]
    if (pair) run.push(pair)
  }
  return run.reverse()
}

function firstNotBelow(ascending: number[], value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Longest common subsequence of a gap; among equals the one that deletes before it inserts. */
function longestCommon(a: Tokens, b: Tokens): Pair[] {
  const wide = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * wide)
  const at = (i: number, j: number) => lengths[i * wide + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * wide + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pairs: Pair[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  }
  return pairs
}
