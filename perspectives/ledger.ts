// The ledger: every claim a window's facts support, most salient first. Pure: facts in, claims out. A claim enters only
// with an estimate (k authors behind it) and evidence of two voices; a difference only when its interval excludes 0.
import type { Estimate, ScoredPost } from '../answers.ts'
import type { Claim, Ledger } from '../conclusions.ts'
import { atOnce, type Steps } from '../steps.ts'
import type { Topic } from '../types.ts'
import { claimOf, distinct, isTellable, isTold, quoteClaim, typical } from './claims.ts'
import { camps, changes, common, contrasts, feelings, splits } from './differences.ts'
import { type Facts, rowsWith } from './facts.ts'
import { isSure, quotesFrom } from './quotes.ts'
import { everyRow } from './shares.ts'
import { exceeds } from './words.ts'

/** Feelings below this lower bound are not worth a reader's time. */
const minFeeling = 0.05
const mostFeelings = 3
/** Voices that stand for no label: said of nothing but that a post says it. */
const mostVoices = 3

/** All claims the facts support. */
export const ledger = (facts: Facts): Ledger => atOnce(ledgerIn(facts))

export function* ledgerIn(facts: Facts): Steps<Ledger> {
  const split = splits(facts)
  const kinds = [
    tones,
    stances,
    emotions,
    themes,
    feelings,
    contrasts,
    () => camps(facts, split),
    changes,
    () => common(facts, split),
    campaigns,
    voices,
  ]
  const found: (Claim | null)[] = []
  for (const claimsOf of kinds) {
    yield
    found.push(...claimsOf(facts))
  }
  const claims = found.filter((claim): claim is Claim => claim !== null)
  const { topic, window, themes: told, campaigns: copied, beforeName: before } = facts
  return {
    topic,
    window,
    claims: claims.toSorted((a, b) => salience(b) - salience(a)),
    themes: told,
    campaigns: copied,
    before,
  }
}

/** How much a claim deserves to be told: what it is first, then how large it is. */
export function salience({ kind, estimate, difference }: Claim): number {
  const order = {
    prevalence: 9,
    stance: 8,
    change: 6,
    contrast: 5.5,
    theme: 5,
    feeling: 5,
    emotion: 4,
    campaign: 4,
    common: 3,
    minority: 2,
    quote: 1,
  }
  return (
    order[kind] +
    3 * Math.abs(difference?.estimate ?? (kind === 'prevalence' || kind === 'stance' ? 0 : (estimate ?? 0)))
  )
}

const tones = (facts: Facts) =>
  ['negative', 'neutral', 'positive'].map((label) => prevalence(facts, 'prevalence', `sentiment.${label}`))

const stances = (facts: Facts) =>
  facts.topic.targets.flatMap(({ id }) => {
    const sides = ['favor', 'against'].map((side) => `stance.${id}.${side}`)
    // One side alone would read as if the other were told to be small.
    return isTold(facts.shares, id) ? sides.map((measure) => prevalence(facts, 'stance', measure)) : []
  })

function emotions(facts: Facts) {
  const strong = [...facts.shares]
    .filter(
      ([measure, { low, high }]) => measure.startsWith('emotion.') && (low ?? 0) >= minFeeling && high! - low! <= 0.4,
    )
    .sort(([, a], [, b]) => b.estimate! - a.estimate!)
  return strong.slice(0, mostFeelings).map(([measure]) => prevalence(facts, 'emotion', measure))
}

function prevalence(facts: Facts, kind: 'prevalence' | 'stance' | 'emotion', measure: string): Claim | null {
  const share = facts.shares.get(measure)
  if (!share || !isTellable(share)) return null
  return claimOf(facts, { kind, measure, share, evidence: typical(facts, measure) })
}

/** Targets on which the sides cannot be told. */
export const untoldTargets = (shares: Map<string, Estimate>, { targets }: Topic): string[] =>
  targets.filter(({ id }) => !isTold(shares, id)).map(({ text }) => text)

function themes(facts: Facts) {
  const byId = new Map(facts.now.posts.map((post) => [post.id, post]))
  return facts.themes.map((theme) => {
    const holding = new Set(facts.themeRows.get(theme.id))
    return claimOf(facts, {
      ...{ kind: 'theme', measure: `theme.${theme.id}`, share: theme.share },
      value: (row) => (holding.has(row) ? 1 : 0),
      evidence: theme.members.flatMap((id) => byId.get(id) ?? []),
    })
  })
}

function campaigns(facts: Facts) {
  return facts.campaigns.map((campaign) => {
    const rows = rowsWith(facts.now, campaign.members)
    const evidence = rows.map((row) => facts.now.posts[row]!)
    const nothing = { estimate: null, low: null, high: null }
    const claim = claimOf(facts, {
      kind: 'campaign',
      measure: `campaign.${campaign.id}`,
      share: nothing,
      rows,
      evidence,
    })
    // Unread copies are copies: counted, though no row here holds them.
    return claim && { ...claim, posts: campaign.posts, authors: campaign.authors, fragility: null }
  })
}

/** Voices to be quoted: one for each theme, one for each tone and side, and one against the lean. */
function voices(facts: Facts): Claim[] {
  const byId = new Map(facts.now.posts.map((post) => [post.id, post]))
  const said = facts.themes.flatMap(({ id, best }) => {
    const [quote] = quotesFrom(
      best.flatMap((post) => byId.get(post) ?? []),
      1,
    )
    return quote ? [quoteClaim(facts, { kind: 'quote', measure: `theme.${id}` }, quote)] : []
  })
  const told = facts.topic.targets.filter(({ id }) => isTold(facts.shares, id))
  const sides = told.flatMap(({ id }) => ['favor', 'against'].map((side) => `stance.${id}.${side}`))
  const labelled = ['sentiment.negative', 'sentiment.positive', ...sides].flatMap((measure) => {
    const [quote] = quotesFrom(
      typical(facts, measure).filter((post) => isSure(post, measure)),
      1,
    )
    return quote ? [quoteClaim(facts, { kind: 'quote', measure }, quote)] : []
  })
  const others = quotesFrom(central(facts), mostVoices).map((quote, nr) =>
    quoteClaim(facts, { kind: 'quote', measure: `voice.${nr + 1}` }, quote),
  )
  return [...said, ...labelled, ...minority(facts, labelled), ...others]
}

/** The posts that are nearest to all others, one of each text: what a reader would come upon. */
function central({ now, clusters }: Facts): ScoredPost[] {
  const vectors = now.posts.map(({ embedding }) => embedding)
  const middle = new Float64Array(vectors.find((vector) => vector !== null)?.length ?? 0)
  // Plain loops: these run over every dimension of every post.
  for (const vector of vectors) if (vector) for (let at = 0; at < middle.length; at++) middle[at]! += vector[at]!
  const nearness = vectors.map((vector) => {
    let sum = 0
    if (vector) for (let at = 0; at < middle.length; at++) sum += vector[at]! * middle[at]!
    return sum
  })
  const near = everyRow(now).toSorted((a, b) => nearness[b]! - nearness[a]!)
  return distinct(near, clusters).map((row) => now.posts[row]!)
}

/** Where one tone or side clearly leads, the strongest voice of the other. */
function minority({ shares }: Facts, quotes: Claim[]): Claim[] {
  const pairs = [...shares.keys()].flatMap((measure) =>
    measure.endsWith('.favor') ? [[measure, measure.replace(/favor$/, 'against')] as const] : [],
  )
  const none: Estimate = { estimate: null, low: null, high: null }
  for (const [a, b] of [...pairs, ['sentiment.negative', 'sentiment.positive'] as const]) {
    const [one, other] = [shares.get(a) ?? none, shares.get(b) ?? none]
    const less = exceeds(one, other) ? b : exceeds(other, one) ? a : null
    const quote = quotes.find(({ measure }) => measure === less)
    if (quote) return [{ ...quote, kind: 'minority', id: quote.id.replace(':quote:', ':minority:') }]
  }
  return []
}
