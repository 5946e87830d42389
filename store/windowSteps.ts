// The sums behind a share over time, over a window in memory: one pass, author by author, however many steps. Pure.
import type { Filter, Share } from '../answers.ts'
import { addAuthor, noSums, type Sums } from '../estimate.ts'
import { standsFor } from '../inclusion.ts'
import type { WindowRows } from './window.ts'
import { byAuthor, chosen, isScored } from './windowSums.ts'

export interface Step {
  posts: number
  /** How many they stand for. */
  volume: number
  authors: number
  /** null: none of its posts was scored. */
  sums: Sums | null
}

/** The present author's part in each step: a, b and noise as in estimate.ts, over the scored posts, which stand for `stands`. */
type Part = Record<'posts' | 'volume' | 'scored' | 'stands' | 'a' | 'b' | 'noise', Float64Array>

/** By number of the step, aligned to the epoch; steps without a post are left out. */
export function stepsOf(
  rows: WindowRows,
  filter: Filter,
  { share, stepMs }: { share: Share; stepMs: number },
): Map<number, Step> {
  const those = chosen(rows, filter)
  const stepOf = (nr: number) => Math.floor(rows.at[nr]! / stepMs)
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const nr of those) {
    const step = stepOf(nr)
    if (step < first) first = step
    if (step > last) last = step
  }
  const steps = new Map<number, Step>()
  if (!those.length) return steps
  const part = nothing(last - first + 1)
  const add = adding(rows, share, part)
  const { rows: order, starts } = byAuthor(rows, those)
  // Nearly all authors are in one step, or in a few.
  const touched: number[] = []
  for (let who = 0; who + 1 < starts.length; who++) {
    for (let at = starts[who]!; at < starts[who + 1]!; at++) {
      const step = stepOf(order[at]!) - first
      if (part.posts[step] === 0) touched.push(step)
      add(step, order[at]!)
    }
    for (const step of touched) join(stepIn(steps, first + step), { part, step, view: filter.view })
    touched.length = 0
  }
  return steps
}

function nothing(steps: number): Part {
  const zeros = () => new Float64Array(steps)
  return { posts: zeros(), volume: zeros(), scored: zeros(), stands: zeros(), a: zeros(), b: zeros(), noise: zeros() }
}

/** Adds a post to its author's part in a step. */
function adding(rows: WindowRows, share: Share, part: Part): (step: number, nr: number) => void {
  const { inclusion, shape, shapes, slot } = rows
  const { posts, volume, scored, stands, a, b, noise } = part
  const read = isScored(rows)
  const columns = shapes.map(({ shares }) =>
    (shares ?? []).findIndex(
      ({ kind, target, label }) => kind === share.kind && target === share.target && label === share.label,
    ),
  )
  return (step, nr) => {
    const w = 1 / inclusion[nr]!
    posts[step]! += 1
    volume[step]! += w
    if (!read(nr)) return
    scored[step]! += 1
    stands[step]! += w
    const column = columns[shape[nr]!]!
    if (column < 0) return
    const { values, width } = shapes[shape[nr]!]!
    const y = values[slot[nr]! * width + column]!
    a[step]! += y * w
    b[step]! += w
    noise[step]! += w * w * y * (1 - y)
  }
}

function stepIn(steps: Map<number, Step>, nr: number): Step {
  const known = steps.get(nr)
  if (known) return known
  const step: Step = { posts: 0, volume: 0, authors: 0, sums: null }
  steps.set(nr, step)
  return step
}

/** An author's part joins those of the others, and is emptied for the next one. */
function join(into: Step, { part, step, view }: { part: Part; step: number; view: Filter['view'] }): void {
  const { posts, volume, scored, stands, a, b, noise } = part
  into.posts += posts[step]!
  into.volume += volume[step]!
  into.authors++
  if (scored[step]! > 0) into.sums ??= noSums()
  if (into.sums && b[step]! > 0) {
    const by = view === 'author' ? standsFor(scored[step]!, stands[step]!) / b[step]! : 1
    addAuthor(into.sums, by * a[step]!, by * b[step]!)
    into.sums.noise += by * by * noise[step]!
  }
  posts[step] = volume[step] = scored[step] = stands[step] = a[step] = b[step] = noise[step] = 0
}
