// The sums behind shares, series and coverage over a window in memory: what shares.ts, summary.ts and coverage.ts ask SQL for
// elsewhere, in the views that weigh posts or authors. Pure. The store contract holds both to one formula.
import type { Filter, Share } from '../answers.ts'
import type { Sums } from '../estimate.ts'
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
  const isCamp = camp ? campOf(rows, camp) : null
  const found: Chosen = []
  for (let nr = 0; nr < rows.count; nr++) {
    if (!rows.live[nr] || rows.at[nr]! < from || rows.at[nr]! >= to || rows.received[nr]! > by) continue
    if (onlySource !== null && rows.source[nr] !== onlySource) continue
    if (onlyLang !== null && rows.lang[nr] !== onlyLang) continue
    if (!isCamp || isCamp(nr)) found.push(nr)
  }
  return found
}

/** Whether a row's most probable side of a target is this one. */
function campOf(rows: WindowRows, camp: { target: string; label: string }): (nr: number) => boolean {
  const sides = rows.shapes.map(({ shares }) => {
    const places = [...(shares ?? []).entries()].filter(([, { target }]) => target === camp.target)
    return { all: places.map(([at]) => at), own: places.find(([, { label }]) => label === camp.label)?.[0] }
  })
  return (nr) => {
    const shape = rows.shapes[rows.shape[nr]!]!
    const { all, own } = sides[rows.shape[nr]!]!
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
    ...{ posts: all.length, authors: numbered(rows, all).count, scored: scored.length },
    ...{ scoredAuthors: numbered(rows, scored).count, unscored },
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

/** Authors as numbers without holes: `of` by the author's number in the window. */
function numbered({ author, authors }: WindowRows, those: Chosen): { of: Int32Array; count: number } {
  const of = new Int32Array(authors.words.length).fill(-1)
  let count = 0
  for (const nr of those) if (of[author[nr]!] === -1) of[author[nr]!] = count++
  return { of, count }
}

interface Wanted {
  shares: Share[]
  view: Filter['view']
}

/** So many shares at once stay within a processor's cache. */
const sharesAtOnce = 8

/** Sums over authors of each share, as estimate.ts wants them. */
export function sumsOf(rows: WindowRows, scored: Chosen, { shares, view }: Wanted): Sums[] {
  const authors = numbered(rows, scored)
  const found: Sums[] = []
  for (let from = 0; from < shares.length; from += sharesAtOnce) {
    const some = { shares: shares.slice(from, from + sharesAtOnce), view }
    const added = addUp(rows, scored, { ...some, authors })
    found.push(...some.shares.map((_, at) => overAuthors(added, at, some)))
  }
  return found
}

/** By author: sums of w y, of w where there is a y, and of w² y (1 − y); how many posts, and how many they stand for. */
interface Added {
  a: Float64Array
  b: Float64Array
  noise: Float64Array
  seen: Float64Array
  posts: Float64Array
}

function addUp(
  rows: WindowRows,
  scored: Chosen,
  { shares, authors }: Wanted & { authors: { of: Int32Array; count: number } },
): Added {
  const places = new Map(shares.map((share, at) => [keyOf(share), at]))
  const columns = rows.shapes.map((shape) => (shape.shares ?? []).map((share) => places.get(keyOf(share)) ?? -1))
  const wide = shares.length
  const [a, b, noise] = [0, 0, 0].map(() => new Float64Array(authors.count * wide)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const [seen, posts] = [new Float64Array(authors.count), new Float64Array(authors.count)]
  for (const nr of scored) {
    const who = authors.of[rows.author[nr]!]!
    const w = 1 / rows.inclusion[nr]!
    seen[who]! += 1
    posts[who]! += w
    const { values, width } = rows.shapes[rows.shape[nr]!]!
    const column = columns[rows.shape[nr]!]!
    const first = rows.slot[nr]! * width
    for (let at = 0; at < width; at++) {
      if (column[at]! < 0) continue
      const y = values[first + at]!
      const place = who * wide + column[at]!
      a[place]! += y * w
      b[place]! += w
      noise[place]! += w * w * y * (1 - y)
    }
  }
  return { a, b, noise, seen, posts }
}

/** In the author view each counts by the mean of their posts, as often as authors like this were not seen. */
function overAuthors({ a, b, noise, seen, posts }: Added, at: number, { shares, view }: Wanted): Sums {
  const sums: Sums = { authors: 0, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }
  for (let who = 0; who < seen.length; who++) {
    const place = who * shares.length + at
    let [x, y, n] = [a[place]!, b[place]!, noise[place]!]
    if (!(y > 0)) continue
    if (view === 'author') {
      const w = standsFor(seen[who]!, posts[who]!)
      ;[x, y, n] = [(w * x) / y, w, (w * w * n) / (y * y)]
    }
    sums.authors++
    sums.a += x
    sums.b += y
    sums.aa += x * x
    sums.ab += x * y
    sums.bb += y * y
    sums.noise += n
  }
  return sums
}

export interface Step {
  posts: number
  /** How many they stand for. */
  volume: number
  authors: number
  sums: Sums | null
}

/** One share by steps aligned to the epoch; steps without a post are left out. */
export function stepsOf(rows: WindowRows, filter: Filter, { share, stepMs }: { share: Share; stepMs: number }) {
  const steps = Map.groupBy(chosen(rows, filter), (nr) => Math.floor(rows.at[nr]! / stepMs))
  const read = isScored(rows)
  return new Map(
    [...steps].map(([step, those]): [number, Step] => {
      const scored = those.filter(read)
      const sums = scored.length ? sumsOf(rows, scored, { shares: [share], view: filter.view })[0]! : null
      const volume = those.reduce((sum, nr) => sum + 1 / rows.inclusion[nr]!, 0)
      return [step, { posts: those.length, volume, authors: numbered(rows, those).count, sums }]
    }),
  )
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
      ...{ source: rows.sources.words[source]!, posts: those.length, authors: numbered(rows, those).count, unscored },
      volume: those.reduce((sum, nr) => sum + 1 / rows.inclusion[nr]!, 0),
      latest: those.reduce((latest, nr) => Math.max(latest, rows.at[nr]!), Number.NEGATIVE_INFINITY),
      scored: those.filter(read).length,
      langs: count(those, rows.langs.words, rows.lang),
    }
  })
  return found.toSorted((a, b) => Buffer.compare(Buffer.from(a.source), Buffer.from(b.source)))
}
