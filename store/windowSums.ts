// The sums behind shares, series and coverage over a window in memory: what shares.ts, summary.ts and coverage.ts ask SQL for
// elsewhere, in the views that weigh posts or authors. Pure. The store contract holds both to one formula.
import type { Filter, Share } from '../answers.ts'
import { addAuthor, noSums, type Sums } from '../estimate.ts'
import { standsFor } from '../inclusion.ts'
import type { WindowRows } from './window.ts'

export type Kind = Share['kind']
type Chosen = number[]

/** Live rows that a filter means. */
export function chosen(rows: WindowRows, filter: Filter): Chosen {
  const { window, source, lang, camp, receivedBy } = filter
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)]
  const by = receivedBy === undefined ? Number.POSITIVE_INFINITY : Date.parse(receivedBy)
  const [onlySource, onlyLang] = [source, lang].map((word, nr) =>
    word === undefined ? null : (nr ? rows.langs : rows.sources).find(word),
  )
  const isCamp = camp ? isTop(rows, { kind: 'stance', ...camp }) : null
  const found: Chosen = []
  for (let nr = 0; nr < rows.count; nr++) {
    if (!rows.live[nr] || rows.at[nr]! < from || rows.at[nr]! >= to || rows.received[nr]! > by) continue
    if (onlySource !== null && rows.source[nr] !== onlySource) continue
    if (onlyLang !== null && rows.lang[nr] !== onlyLang) continue
    if (!isCamp || isCamp(nr)) found.push(nr)
  }
  return found
}

/** Whether a label is the most probable one of its map in a row; never where the row has none. */
export function isTop(rows: WindowRows, { kind, target, label }: Share): (nr: number) => boolean {
  const maps = rows.shapes.map(({ shares }) => {
    const places = [...(shares ?? []).entries()].filter(([, one]) => one.kind === kind && one.target === target)
    return { all: places.map(([at]) => at), own: places.find(([, one]) => one.label === label)?.[0] }
  })
  return (nr) => {
    const shape = rows.shapes[rows.shape[nr]!]!
    const { all, own } = maps[rows.shape[nr]!]!
    if (own === undefined) return false
    const first = rows.slot[nr]! * shape.width
    return all.every((at) => shape.values[first + at]! <= shape.values[first + own]!)
  }
}

export const isScored = ({ skipped, skips }: WindowRows): ((nr: number) => boolean) => {
  const scored = skips.find('')
  return (nr) => skipped[nr] === scored
}

export interface Totals {
  posts: number
  authors: number
  scored: number
  scoredAuthors: number
  /** By reason. */
  unscored: Record<string, number>
  /** null: no row of it was scored. */
  shares: [Share, Sums | null][]
}

/** What a summary tells of these rows; the shares of `kinds` alone. */
export function totalsOf(rows: WindowRows, filter: Filter, kinds: Kind[]): Totals {
  const all = chosen(rows, filter)
  const scored = all.filter(isScored(rows))
  const unscored: Record<string, number> = {}
  for (const nr of all) {
    const reason = rows.skips.words[rows.skipped[nr]!]!
    if (reason) unscored[reason] = (unscored[reason] ?? 0) + 1
  }
  const shares = sharesIn(rows, all).filter(({ kind }) => kinds.includes(kind))
  const sums = scored.length ? sumsOf(rows, scored, { shares, view: filter.view }) : []
  return {
    ...{ posts: all.length, authors: authorsOf(rows, all), scored: scored.length },
    ...{ scoredAuthors: authorsOf(rows, scored), unscored },
    shares: shares.map((share, at) => [share, sums[at] ?? null]),
  }
}

const keyOf = ({ kind, target, label }: Share) => JSON.stringify([kind, target, label])

/** Every share that one of these rows has a probability of, in their order. */
function sharesIn({ shape, shapes }: WindowRows, those: Chosen): Share[] {
  const seen = new Set<number>()
  for (const nr of those) seen.add(shape[nr]!)
  const all = [...seen].toSorted((a, b) => a - b).flatMap((nr) => shapes[nr]!.shares ?? [])
  return [...new Map(all.map((share) => [keyOf(share), share])).values()]
}

/** Rows by author, one author after the other. */
export interface ByAuthor {
  rows: Int32Array
  /** Where each author's rows begin; one more at the end. */
  starts: Int32Array
}

export function byAuthor({ author, authors }: WindowRows, those: Chosen): ByAuthor {
  const counts = new Int32Array(authors.words.length)
  for (const nr of those) counts[author[nr]!]! += 1
  const starts: number[] = []
  let sum = 0
  // From now on: where the author's next row goes.
  for (let who = 0; who < counts.length; who++) {
    const count = counts[who]!
    if (!count) continue
    starts.push(sum)
    counts[who] = sum
    sum += count
  }
  const rows = new Int32Array(those.length)
  for (const nr of those) rows[counts[author[nr]!]!++] = nr
  return { rows, starts: Int32Array.from([...starts, sum]) }
}

const authorsOf = (rows: WindowRows, those: Chosen): number => {
  const seen = new Uint8Array(rows.authors.words.length)
  let count = 0
  for (const nr of those) {
    if (!seen[rows.author[nr]!]) count++
    seen[rows.author[nr]!] = 1
  }
  return count
}

interface Wanted {
  shares: Share[]
  view: Filter['view']
}

/** Sums over authors of each share, as estimate.ts wants them. */
export function sumsOf(rows: WindowRows, scored: Chosen, { shares, view }: Wanted): Sums[] {
  const places = new Map(shares.map((share, at) => [keyOf(share), at]))
  const columns = rows.shapes.map((shape) => (shape.shares ?? []).map((share) => places.get(keyOf(share)) ?? -1))
  const sums = shares.map(noSums)
  const zeros = () => new Float64Array(shares.length)
  const one: Author = { a: zeros(), b: zeros(), n: zeros() }
  const { rows: order, starts } = byAuthor(rows, scored)
  for (let who = 0; who + 1 < starts.length; who++) {
    for (const part of [one.a, one.b, one.n]) part.fill(0)
    const [from, to] = [starts[who]!, starts[who + 1]!]
    let posts = 0
    for (let at = from; at < to; at++) posts += addPost(rows, order[at]!, columns, one)
    const w = view === 'author' ? standsFor(to - from, posts) : null
    settle(sums, one, w)
  }
  return sums
}

/** Of one author: sums of w y, of w where there is a y, and of w² y (1 − y). */
interface Author {
  a: Float64Array
  b: Float64Array
  n: Float64Array
}

/** Adds a post to its author's sums, and gives how many it stands for. */
function addPost(rows: WindowRows, nr: number, columns: number[][], { a, b, n }: Author): number {
  const w = 1 / rows.inclusion[nr]!
  const { values, width } = rows.shapes[rows.shape[nr]!]!
  const column = columns[rows.shape[nr]!]!
  const first = rows.slot[nr]! * width
  for (let at = 0; at < width; at++) {
    const place = column[at]!
    if (place < 0) continue
    const y = values[first + at]!
    a[place]! += y * w
    b[place]! += w
    n[place]! += w * w * y * (1 - y)
  }
  return w
}

/** `w`: in the author view each counts by the mean of their posts, as often as authors like this were not seen. */
function settle(all: Sums[], { a, b, n }: Author, w: number | null): void {
  for (const [at, sums] of all.entries()) {
    if (!(b[at]! > 0)) continue
    // The author's weight of one post.
    const by = w === null ? 1 : w / b[at]!
    addAuthor(sums, by * a[at]!, w ?? b[at]!)
    sums.noise += by * by * n[at]!
  }
}

export interface BySource {
  source: string
  posts: number
  volume: number
  authors: number
  /** In ms. */
  latest: number
  scored: number
  unscored: Map<string, number>
  langs: Map<string, number>
}

export function sourcesOf(rows: WindowRows, filter: Filter): BySource[] {
  const read = isScored(rows)
  const count = (those: Chosen, words: string[], of: Int32Array) => {
    const counts = new Map<string, number>()
    for (const nr of those) counts.set(words[of[nr]!]!, (counts.get(words[of[nr]!]!) ?? 0) + 1)
    return counts
  }
  const bySource = Map.groupBy(chosen(rows, filter), (nr) => rows.source[nr]!)
  const found = [...bySource].map(([source, those]): BySource => {
    const unscored = count(those, rows.skips.words, rows.skipped)
    unscored.delete('')
    return {
      ...{ source: rows.sources.words[source]!, posts: those.length, authors: authorsOf(rows, those), unscored },
      volume: those.reduce((sum, nr) => sum + 1 / rows.inclusion[nr]!, 0),
      latest: those.reduce((latest, nr) => Math.max(latest, rows.at[nr]!), Number.NEGATIVE_INFINITY),
      scored: those.filter(read).length,
      langs: count(those, rows.langs.words, rows.lang),
    }
  })
  return found.toSorted((a, b) => Buffer.compare(Buffer.from(a.source), Buffer.from(b.source)))
}
