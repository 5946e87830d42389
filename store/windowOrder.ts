// A page of posts from a window in memory: which posts fit a query, in which order, and how many copies each has; what posts.ts
// asks SQL for elsewhere. Pure. Values are float32 where SQL's are, so that a page may go on where the other one ended.
import type { Filter, PostsQuery, Share } from '../answers.ts'
import type { Cursor, Sort } from './cursor.ts'
import type { WindowRows } from './window.ts'
import { chosen, isTop } from './windowSums.ts'

export interface Key {
  post: string
  value: string | number
  ms: number
}

export interface OrderQuestion {
  query: Pick<PostsQuery, 'sentiment' | 'emotion' | 'stance'>
  sort: Exclude<Sort, 'liked'>
  /** Where the page before ended. */
  after: Cursor | null
  limit: number
}

/** The first `limit` posts after `after`, the highest value first, then the newest, then by hash. */
export function ordered(rows: WindowRows, filter: Filter, { query, sort, after, limit }: OrderQuestion): Key[] {
  const wanted = wantedIn(rows, query)
  const those = chosen(rows, filter).filter((nr) => wanted.every((fits) => fits(nr)))
  const rank = valuesOf(rows, those, { query, sort })
  const all = those.map((nr): Key => ({ post: rows.posts[nr]!, value: rank(nr), ms: rows.at[nr]! }))
  const end = after && { ...after, value: sort === 'newest' ? Number(after.value) : Math.fround(Number(after.value)) }
  return first(end ? all.filter((key) => compare(end, key) < 0) : all, limit)
}

/** Below 0: `a` comes before `b`. */
const compare = (a: Key, b: Key): number =>
  Number(b.value) - Number(a.value) || b.ms - a.ms || (a.post > b.post ? -1 : a.post < b.post ? 1 : 0)

/** The least `limit` keys in order, without sorting all of them. */
function first(keys: Key[], limit: number): Key[] {
  let kept: Key[] = []
  for (const key of keys) {
    if (kept.length >= limit && compare(kept[limit - 1]!, key) < 0) continue
    kept.push(key)
    if (kept.length >= 4 * limit) kept = kept.sort(compare).slice(0, limit)
    else if (kept.length === limit) kept.sort(compare)
  }
  return kept.sort(compare).slice(0, limit)
}

/** A label is wanted where it is the most probable one of its map. */
function wantedIn(
  rows: WindowRows,
  { sentiment, emotion, stance }: OrderQuestion['query'],
): ((nr: number) => boolean)[] {
  const fits: ((nr: number) => boolean)[] = []
  if (sentiment !== undefined) fits.push(isTop(rows, { kind: 'sentiment', target: null, label: sentiment }))
  if (emotion !== undefined) fits.push(isTop(rows, { kind: 'emotion', target: null, label: emotion }))
  if (stance !== undefined) {
    const sides = sidesOf(rows, stance).map((side) => isTop(rows, side))
    fits.push((nr) => sides.some((isSide) => isSide(nr)))
  }
  return fits
}

/** target.label, or a label of any target. A target's id may hold dots, a label never does. */
function sidesOf(rows: WindowRows, stance: string): Share[] {
  const dot = stance.lastIndexOf('.')
  const label = stance.slice(dot + 1)
  const all = rows.shapes.flatMap(({ shares }) => shares ?? []).flatMap(({ target }) => target ?? [])
  const targets = dot < 0 ? [...new Set(all)] : [stance.slice(0, dot)]
  return targets.map((target) => ({ kind: 'stance', target, label }))
}

function valuesOf(
  rows: WindowRows,
  those: number[],
  { query, sort }: Pick<OrderQuestion, 'query' | 'sort'>,
): (nr: number) => number {
  if (sort === 'newest') return (nr) => rows.at[nr]!
  const asked = askedOf(rows, query)
  if (sort === 'certain') return (nr) => Math.fround(asked(nr))
  const tone = (label: string) => probabilityOf(rows, { kind: 'sentiment', target: null, label })
  const near = [asked, tone('negative'), tone('positive')].map((p) => {
    const mean = those.reduce((sum, nr) => sum + p(nr), 0) / those.length
    return (nr: number) => (p(nr) - mean) ** 2
  })
  const isRead = rows.shapes.map(({ shares }) => (shares ?? []).some(({ kind }) => kind === 'sentiment'))
  return (nr) => Math.fround(isRead[rows.shape[nr]!] ? -near.reduce((sum, far) => sum + far(nr), 0) : -3)
}

/** The probability of the label asked for; without one, of the leading tone. */
function askedOf(rows: WindowRows, { sentiment, emotion, stance }: OrderQuestion['query']): (nr: number) => number {
  if (stance !== undefined) return highest(sidesOf(rows, stance).map((side) => probabilityOf(rows, side)))
  if (emotion !== undefined) return probabilityOf(rows, { kind: 'emotion', target: null, label: emotion })
  if (sentiment !== undefined) return probabilityOf(rows, { kind: 'sentiment', target: null, label: sentiment })
  const tones = rows.shapes.flatMap(({ shares }) => (shares ?? []).filter(({ kind }) => kind === 'sentiment'))
  return highest(
    [...new Set(tones.map(({ label }) => label))].map((label) =>
      probabilityOf(rows, { kind: 'sentiment', target: null, label }),
    ),
  )
}

const highest = (those: ((nr: number) => number)[]) => (nr: number) => Math.max(0, ...those.map((p) => p(nr)))

/** 0 where a row has none. */
function probabilityOf({ shapes, shape, slot }: WindowRows, { kind, target, label }: Share): (nr: number) => number {
  const places = shapes.map(({ shares }) =>
    (shares ?? []).findIndex((one) => one.kind === kind && one.target === target && one.label === label),
  )
  return (nr) => {
    const at = places[shape[nr]!]!
    const { values, width } = shapes[shape[nr]!]!
    return at < 0 ? 0 : values[slot[nr]! * width + at]!
  }
}

/** How many posts of the filter say what these posts say; of one without a fingerprint nobody knows, and it counts once. */
export function copiesOf(rows: WindowRows, filter: Filter, copies: string[]): Map<string, number> {
  const wanted = new Map(copies.filter(Boolean).map((copy) => [rows.copies.find(copy), copy]))
  const counts = new Map<string, number>()
  for (const nr of chosen(rows, filter)) {
    const copy = wanted.get(rows.copy[nr]!)
    if (copy !== undefined) counts.set(copy, (counts.get(copy) ?? 0) + 1)
  }
  return counts
}
