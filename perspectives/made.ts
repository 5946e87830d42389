// How a paragraph was made, and where four ways of counting the same posts disagree. Pure; stands beside the paragraph.
import { type Coverage, type Estimate, type View, views } from '../answers.ts'
import type { Claim } from '../conclusions.ts'
import type { Facts } from './facts.ts'
import { splitMeasure } from './say.ts'
import { errorOf, type Part, sharesIn, weightsOf } from './shares.ts'
import { counted, percent, series, sourceName } from './words.ts'
import { ownName } from './write.ts'

interface Making {
  facts: Facts
  claims: Claim[]
  coverage: Coverage
  writer: string
}

/** How this was made, for a reader who wants to check. */
export function made({ facts, claims, coverage, writer }: Making): string[] {
  const { topic, window, scored, scoredAuthors, model } = facts
  const sources = series(Object.keys(coverage.bySource).map(sourceName))
  const labels = Math.max(0, ...claims.map((claim) => claim.labels ?? 0))
  const clock = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 16)}`
  return [
    `Posts that match the query “${topic.query}” (version ${topic.version}) from ${clock(window.from)} to ${clock(window.to)} UTC, from ${sources}: ${counted(coverage.posts, 'post')} by ${counted(coverage.authors, 'account')}, ${scored === coverage.posts ? 'all' : scored.toLocaleString('en-US')} of them scored, by ${counted(scoredAuthors, 'account')}.`,
    `Each was scored by ${model}; a share is the mean of its probabilities. The 95% intervals hold the chance of who posted, account by account, and the model’s own error as measured on topics it had never seen.`,
    ...(labels
      ? [
          `For some shares ${counted(labels, 'post')} drawn at random and labelled by people take the place of that model error.`,
        ]
      : []),
    ...(scored > facts.now.posts.length
      ? [
          `Subjects, and what differs between parts of the posts, rest on a fair sample of ${counted(facts.now.posts.length, 'post')}.`,
        ]
      : []),
    `Subjects are words that at least 10 accounts use, found by likeness of meaning and counted where they stand in a post.`,
    ...(writer === ownName
      ? []
      : [
          `The sentences were put together by the language model ${writer}, from clauses of ours that tell these claims; it was shown numbers and subjects, no post, and could add no words but a few like “and” and “while”.`,
        ]),
    `Every sentence renders claims (${claims.length} here), and is left out when one of its words, numbers or posts does not fit.`,
  ]
}

const leastApart = 0.05
const lead: Record<Exclude<View, 'post'>, string> = {
  author: 'Counting every account once',
  cluster: 'Counting near-copies of a text once',
  engagement: 'Counting posts by likes and reposts',
}

/** One sentence for each view that tells another story than "every post equal". */
export function disagreements(facts: Facts): string[] {
  // Of shares that labels by people stand behind, or more posts than are here, these views know nothing.
  if (facts.scored > facts.now.posts.length) return []
  const measures = [...facts.shares].flatMap(([measure, { labels }]) =>
    !labels && /\.(?:negative|positive|favor|against)$/.test(measure) ? [measure] : [],
  )
  const shares = new Map(
    views.map((view) => {
      const weights = weightsOf(facts.now, view, facts.clusters)
      const part: Part = weights ? { weights, measures } : { measures: [] }
      return [view, sharesIn(facts.now, part)]
    }),
  )
  const post = shares.get('post')!
  return (['author', 'cluster', 'engagement'] as const).flatMap((view) => {
    const apart = measures
      .map((measure) => ({
        measure,
        gap: gapOf(post.get(measure), shares.get(view)!.get(measure), errorOf(facts.error, measure)),
      }))
      .filter(({ gap }) => gap > 0)
      .sort((a, b) => b.gap - a.gap)[0]
    if (!apart) return []
    const [here, there] = [post.get(apart.measure)!, shares.get(view)!.get(apart.measure)!]
    return [
      `${lead[view]}, ${nameOf(facts, apart.measure)} would be ${percent(there.estimate!)} of posts instead of ${percent(here.estimate!)}.`,
    ]
  })
}

/** How far apart two views are, where that is more than the chance of who posted in the surer of them; else 0. */
function gapOf(post: Estimate | undefined, other: Estimate | undefined, error: number): number {
  if (post?.estimate == null || other?.estimate == null) return 0
  const gap = Math.abs(post.estimate - other.estimate)
  return gap >= Math.max(leastApart, Math.min(samplingOf(post, error), samplingOf(other, error))) ? gap : 0
}

function samplingOf({ estimate, low, high }: Estimate, error: number): number {
  const half = Math.max(high! - estimate!, estimate! - low!)
  return Math.sqrt(Math.max(0, half ** 2 - (1.96 * error) ** 2))
}

function nameOf({ topic }: Facts, measure: string): string {
  const { kind, target, label } = splitMeasure(measure)
  if (kind === 'sentiment') return `the ${label} ones`
  const text = topic.targets.find(({ id }) => id === target)?.text ?? ''
  return `${label === 'favor' ? 'support for' : 'opposition to'} “${text}”`
}
