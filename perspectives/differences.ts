// Claims that compare: what shows more where a theme comes up, on which platform or in which language, on which side, and
// against the window before. Pure. Many comparisons are tried, so one is told only when an interval widened for that
// (99.5 % in the place of 95 %) excludes 0; the interval told is the usual one.
import type { Estimate } from '../answers.ts'
import type { Claim, Theme } from '../conclusions.ts'
import { differenceOf, isCertain } from '../difference.ts'
import { mentions } from '../holding.ts'
import type { ModelError } from '../types.ts'
import { claimOf, isTellable, isTold, typical } from './claims.ts'
import type { Facts } from './facts.ts'
import { probability } from './quotes.ts'
import { columnOf, everyRow, sharesIn, shareWhere, type Table, wordedRows } from './shares.ts'

/** The standard normal quantiles of 99.5 % and 95 %, one by the other. */
const stricter = 2.807 / 1.96
const counted: ModelError = { share: {}, difference: {} }
/** A share of a part is told only when its interval is narrower than this. */
const isNarrow = ({ low, high }: Estimate) => low !== null && high !== null && high - low <= 0.42
/** Differences told of one theme or part. */
const mostTold = 2
/** Below this a share is not "brought up" by a side. */
const leastCommon = 0.04

export function isStrict(difference: Estimate | null): difference is Estimate {
  if (difference?.estimate == null) return false
  const { estimate, low, high } = difference
  return isCertain({
    estimate,
    low: estimate - (estimate - low!) * stricter,
    high: estimate + (high! - estimate) * stricter,
  })
}

/** Whether a difference still stands when authors have left; none at all does not. */
const isLeft = (difference: Estimate | null) => difference !== null && isCertain(difference)

const errorFor = ({ error }: Facts, measure: string): ModelError =>
  error[measure.slice(0, measure.indexOf('.')) as keyof Facts['error']] ?? counted
const labelOf = (measure: string) => measure.slice(measure.lastIndexOf('.') + 1)

/** Measures a comparison may speak of: neutral and neither say nothing that a reader asked. */
const telling = ({ measures }: Table) =>
  measures.filter((measure) => !/\.(?:neutral|neither|realization|trust)$/.test(measure))

/** Feelings about a theme: what shows more, or less, where it comes up than where it does not. */
export const feelings = (facts: Facts) =>
  facts.themes.flatMap((theme) => {
    const rows = facts.themeRows.get(theme.id)!
    return compare(facts, { kind: 'feeling', scope: `theme:${theme.id}`, rows })
  })

/** Platforms and languages against the rest. */
export function contrasts(facts: Facts): (Claim | null)[] {
  const { posts } = facts.now
  const parts = (['source', 'lang'] as const).flatMap((of) => {
    const names = [...new Set(posts.map((post) => post[of]))].sort()
    return names.length < 2
      ? []
      : names.map((name) => ({ scope: `${of}:${name}`, isIn: (row: number) => posts[row]![of] === name }))
  })
  return parts.flatMap(({ scope, isIn }) =>
    compare(facts, { kind: 'contrast', scope, rows: everyRow(facts.now).filter(isIn) }),
  )
}

function compare(facts: Facts, { kind, scope, rows }: { kind: 'feeling' | 'contrast'; scope: string; rows: number[] }) {
  const inside = new Set(rows)
  const rest = everyRow(facts.now).filter((row) => !inside.has(row))
  const measures = telling(facts.now)
  const [here, elsewhere] = [rows, rest].map((part) => sharesIn(facts.now, { rows: part, measures }))
  const found = measures.flatMap((measure) => {
    const share = here!.get(measure)!
    const difference = differenceOf(elsewhere!.get(measure), share, {
      label: labelOf(measure),
      error: errorFor(facts, measure),
    })
    // That a feeling shows less somewhere is no news where it hardly shows at all.
    const isNews = measure.startsWith('sentiment.') || (difference?.estimate ?? 0) > 0
    return isStrict(difference) && isNews && isNarrow(share) ? [{ measure, share, difference }] : []
  })
  const strongest = found.toSorted((a, b) => Math.abs(b.difference.estimate!) - Math.abs(a.difference.estimate!))
  return strongest.slice(0, mostTold).map(({ measure, share, difference }) => {
    const other = elsewhere!.get(measure)!
    const holds = (left: Estimate) =>
      isLeft(differenceOf(other, left, { label: labelOf(measure), error: errorFor(facts, measure) }))
    return claimOf(facts, {
      kind,
      measure,
      scope,
      share,
      difference,
      rows,
      holds,
      evidence: typical(facts, measure, rows),
    })
  })
}

/** Now against the window before: tones, sides, the feelings that are told, and themes. */
export function changes(facts: Facts): (Claim | null)[] {
  const measures = telling(facts.now).filter(
    (measure) => !measure.startsWith('emotion.') || (facts.shares.get(measure)?.low ?? 0) >= leastCommon,
  )
  const moved = measures.map((measure) => {
    const [before, share] = [facts.sharesThen.get(measure), facts.shares.get(measure)]
    const error = errorFor(facts, measure)
    const difference = differenceOf(before, share, { label: labelOf(measure), error })
    if (!isStrict(difference) || !share || !isTellable(share)) return null
    const holds = (left: Estimate) => isLeft(differenceOf(before, left, { label: labelOf(measure), error }))
    return claimOf(facts, { kind: 'change', measure, share, difference, holds, evidence: typical(facts, measure) })
  })
  return [...moved, ...facts.themes.map((theme) => grown(facts, theme))]
}

function grown(facts: Facts, theme: Theme): Claim | null {
  const holds = mentions(theme)
  const before = shareWhere(facts.then, (row) => holds(facts.then.posts[row]!.text), {
    rows: wordedRows(facts.then),
  })
  const difference = differenceOf(before, theme.share, { label: '', error: counted })
  if (!isStrict(difference)) return null
  const inside = new Set(facts.themeRows.get(theme.id))
  const evidence = [...inside].map((row) => facts.now.posts[row]!)
  const value = (row: number) => (inside.has(row) ? 1 : 0)
  return claimOf(facts, {
    ...{ kind: 'change', measure: `theme.${theme.id}`, share: theme.share, difference, value, evidence },
    holds: (left) => isLeft(differenceOf(before, left, { label: '', error: counted })),
  })
}

interface Side {
  scope: string
  weights: Float64Array
}

/** The two sides of a target that is told, else of the tone; a post counts as much as the model is sure of its side. */
function sidesOf({ now, topic, shares }: Facts): [Side, Side] {
  const target = topic.targets.find(({ id }) => isTold(shares, id))
  const [a, b] = target
    ? [`stance.${target.id}.against`, `stance.${target.id}.favor`]
    : ['sentiment.negative', 'sentiment.positive']
  const side = (measure: string): Side => {
    return { scope: `side:${measure}`, weights: columnOf(now, measure).map((p) => p || 0) }
  }
  return [side(a!), side(b!)]
}

interface Split {
  theme: Theme
  rows: number[]
  sides: [Side, Side]
  shares: [Estimate, Estimate]
  difference: Estimate | null
}

/** How the two sides bring each theme up. */
export function splits(facts: Facts): Split[] {
  const [sides, worded] = [sidesOf(facts), wordedRows(facts.now)]
  return facts.themes.map((theme) => {
    const rows = facts.themeRows.get(theme.id)!
    const inside = new Set(rows)
    const shares = sides.map(({ weights }) =>
      shareWhere(facts.now, (row) => inside.has(row), { rows: worded, weights }),
    ) as [Estimate, Estimate]
    return { theme, rows, sides, shares, difference: differenceOf(shares[1], shares[0], { label: '', error: counted }) }
  })
}

/** A theme that one side brings up more than the other. */
export function camps(facts: Facts, split: Split[]): (Claim | null)[] {
  return split.map(({ theme, rows, sides, shares, difference }) => {
    if (!isStrict(difference)) return null
    const at = difference.estimate! > 0 ? 0 : 1
    const turned =
      at === 0 ? difference : { estimate: -difference.estimate!, low: -difference.high!, high: -difference.low! }
    const measure = sides[at]!.scope.slice('side:'.length)
    const claim = claimOf(facts, {
      ...{
        kind: 'contrast',
        measure: `theme.${theme.id}`,
        scope: sides[at]!.scope,
        share: shares[at]!,
        difference: turned,
      },
      value: () => 0, // no wording hangs on it: see below
      evidence: typical(facts, measure, rows).filter((post) => probability(post, measure) >= 0.5),
    })
    // A post counts as much as the model is sure of its side: no set of accounts can be named that it hangs on.
    return claim && { ...claim, fragility: null }
  })
}

/** Themes that both sides bring up, about as often. */
export function common(facts: Facts, split: Split[]): (Claim | null)[] {
  return split.map(({ theme, rows, sides, shares, difference }) => {
    const both = shares.every(({ low }) => (low ?? 0) >= leastCommon)
    if (!both || difference?.estimate == null || isCertain(difference) || Math.abs(difference.estimate) > 0.08)
      return null
    const inside = new Set(rows)
    const evidence = sides.flatMap(({ scope }) => {
      const measure = scope.slice('side:'.length)
      return typical(facts, measure, rows)
        .filter((post) => probability(post, measure) >= 0.5)
        .slice(0, 6)
    })
    return claimOf(facts, {
      ...{ kind: 'common', measure: `theme.${theme.id}`, share: theme.share, difference },
      scope: sides.map(({ scope }) => scope.slice('side:'.length)).join('|'),
      value: (row) => (inside.has(row) ? 1 : 0),
      evidence: [...new Set(evidence)],
    })
  })
}
