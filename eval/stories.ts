// `npm run eval -- stories`: how good the topics are that are proposed for stories (docs/stories.md), judged by people.
//   npm run eval -- stories [--data FOLDER] [--half later|unseen|blind|dev|test|fresh] [--out FOLDER] [--unjudged STORY]
// The protocol, fixed before the first run:
// - 30 headlines (130 by now, see below) with summary and tags (stories.json), written by us without reading a post: 8 over the bundled sample, 22 over
//   topics that the labelled sets name. Each says in `about` which posts count: those that speak of the thing, the person or
//   the event of the story, for or against, also where they say little; not those that only share a word with it.
// - The kept posts are the sample and all sets, mixed, in one log (kept.ts). A proposal sees the log and nothing else.
// - Precision: of the posts that the proposed query matches, 30 drawn by a hash, read, and judged. Recall: of a pool (the posts
//   whose set names the topic, and those of a generous query written by hand), 40 drawn by the same hash, read, and judged;
//   of those that are about the story, the share that the query matches.
// - Half of the stories (dev) is for development. The others (test) are looked at once, at the end.
//   What came of that: the test half was run blind once (`blind` below), missed .8 and taught what to mend; ten more headlines
//   (fresh) were then written and run blind once, and taught more. So the code was frozen and a second person, who had no
//   part in it, wrote thirty (blind) before the first run on them, knowing a topic's label and no post of it: 26 of the labels
//   with 40 posts or more, in the order of hashOf(`undercurrent-blind-2026 ${label}`), those that a story uses, Sanders and
//   two bare first names (Nicki, Curtis) left out; 4 of the sample's topics by the same hash. Where a label names two people (Kane, Chris
//   Evans) a coin of the same hash chose one. Only these were an estimate for a headline that
//   nobody looked at: precision missed .8.
//   It was mended for them. Thirty more (unseen) were written by a third person, who changed nothing in analyze/, in the same
//   way and before the first run on them: 26 labels with 40 posts or more in the order of hashOf(`undercurrent-unseen-2026
//   ${label}`), of which only those that a story uses were left out, and 4 of the sample's topics by the same hash. Chelsea is the football
//   club, Hannibal the series. They were looked at once, on the code of 83a6a05: the estimate for a headline that nobody
//   looked at. Precision missed .8 again.
//   It was mended for them. Thirty more (later) were written by a fourth person, who changed nothing in analyze/ and had not
//   opened it, in the same way and before the first run on them: 26 labels with 40 posts or more in the order of
//   hashOf(`undercurrent-later-2026 ${label}`), of which only those that a story uses were left out (none had to be skipped
//   beside them), and 4 of the sample's topics by the same hash. Rolling Stone is the magazine, Gucci the house, Kerry the secretary.
// - Judgements are kept as hashes of texts (stories.judged.json). --unjudged shows the texts that lack one, to the person who
//   judges them and nowhere else. Whatever was not judged is counted as such and stands in no figure.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createMatcher } from '../analyze/match.ts'
import { proposeAll } from '../analyze/propose.ts'
import { parseQuery } from '../analyze/query.ts'
import type { Proposal } from '../given.ts'
import { hashOf, type Kept, keptPosts, openKept } from './kept.ts'
import { findData } from './sets.ts'

const halves = ['later', 'unseen', 'blind', 'dev', 'test', 'fresh'] as const

export interface JudgedStory {
  id: string
  half: (typeof halves)[number]
  headline: string
  summary: string
  tags: string[]
  /** Topics of the sets whose posts go into the pool, and the generous query. */
  labels: string[]
  pool: string
  about: string
}
/** By story, then by the hash of a text. */
export type Judgements = Record<string, Record<string, boolean>>

export interface Share {
  hits: number
  n: number
}
export interface Finding {
  story: JudgedStory
  proposal: Pick<Proposal, 'query' | 'choice' | 'targets' | 'terms'>
  matched: number
  precision: Share
  recall: Share
  unjudged: string[]
}

const drawn = { matched: 30, pool: 40 }
const here = import.meta.dirname
const files = { stories: join(here, 'stories.json'), judged: join(here, 'stories.judged.json') }

export const readStories = (): JudgedStory[] => JSON.parse(readFileSync(files.stories, 'utf8'))
export const readJudgements = (): Judgements =>
  existsSync(files.judged) ? JSON.parse(readFileSync(files.judged, 'utf8')) : {}

/** Wilson's 95 % interval. */
export function wilson({ hits, n }: Share): [number, number] {
  if (n === 0) return [0, 1]
  const z = 1.96
  const [p, square] = [hits / n, z * z]
  const center = (p + square / (2 * n)) / (1 + square / n)
  const half = (z * Math.sqrt((p * (1 - p)) / n + square / (4 * n * n))) / (1 + square / n)
  return [Math.max(0, center - half), Math.min(1, center + half)]
}

/** Texts in an order of chance that is the same for whatever set they are drawn from. */
const draw = (texts: string[], most: number, story: string) =>
  texts
    .map((text) => ({ text, lot: hashOf(`${story} ${text}`) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, most)
    .map(({ text }) => text)

interface Judging {
  story: JudgedStory
  query: string
  judged: Record<string, boolean>
}

export function judge(kept: Kept[], { story, query, judged }: Judging) {
  const matching = (query: string) => {
    const matcher = createMatcher([parseQuery(query)])
    return kept.filter(({ post }) => matcher.match(post).length > 0).map(({ post }) => post.text)
  }
  const matched = query ? matching(query) : []
  const labelled = kept.filter(({ labels }) => labels.some((label) => story.labels.includes(label)))
  const pool = [...new Set([...labelled.map(({ post }) => post.text), ...matching(story.pool)])]
  const [forPrecision, forRecall] = [draw(matched, drawn.matched, story.id), draw(pool, drawn.pool, story.id)]
  const known = (texts: string[]) => texts.filter((text) => hashOf(text) in judged)
  const about = (texts: string[]) => known(texts).filter((text) => judged[hashOf(text)])
  const found = new Set(matched)
  const theirs = about(forRecall)
  return {
    matched: matched.length,
    precision: { hits: about(forPrecision).length, n: known(forPrecision).length },
    recall: { hits: theirs.filter((text) => found.has(text)).length, n: theirs.length },
    unjudged: [...new Set([...forPrecision, ...forRecall])].filter((text) => !(hashOf(text) in judged)),
  }
}

export async function measure(kept: Kept[], stories: JudgedStory[], judgements: Judgements): Promise<Finding[]> {
  await using open = await openKept(kept)
  const signal = new AbortController().signal
  const proposals = await proposeAll(open.log, stories, { signal, budgetMs: Number.POSITIVE_INFINITY })
  return stories.map((story, at) => ({
    story,
    proposal: proposals[at]!,
    ...judge(kept, { story, query: proposals[at]!.query, judged: judgements[story.id] ?? {} }),
  }))
}

const sumOf = (shares: Share[]): Share =>
  shares.reduce((sum, { hits, n }) => ({ hits: sum.hits + hits, n: sum.n + n }), { hits: 0, n: 0 })
/** The mean of stories and two standard errors of it: posts of one story go right or wrong together, stories do not. */
function meanOf(shares: Share[]): string {
  const known = shares.filter(({ n }) => n > 0).map(({ hits, n }) => hits / n)
  if (known.length < 2) return 'too few stories for a mean'
  const mean = known.reduce((sum, x) => sum + x, 0) / known.length
  const square = known.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (known.length - 1)
  const error = 2 * Math.sqrt(square / known.length)
  const [low, high] = [Math.max(0, mean - error), Math.min(1, mean + error)]
  return `${number(mean)} (${number(low)}–${number(high)}) as the mean of ${known.length} stories`
}
const number = (x: number) => x.toFixed(2).replace(/^0/, '')
const told = (share: Share) => {
  const [low, high] = wilson(share)
  return share.n === 0
    ? 'none judged'
    : `${number(share.hits / share.n)} (${number(low)}–${number(high)}, n ${share.n})`
}

/** A table a person reads, and what all of it comes to. */
export function printed(findings: Finding[]): string[] {
  const sorted = [...findings].sort((a, b) => halves.indexOf(a.story.half) - halves.indexOf(b.story.half))
  const rows = sorted.map(({ story, proposal, matched, precision, recall, unjudged }) => {
    const lacking = unjudged.length > 0 ? `${unjudged.length} NOT JUDGED` : ''
    const cells = [
      story.half,
      story.headline,
      `\`${proposal.query}\``,
      proposal.choice.kind,
      matched,
      told(precision),
      told(recall),
    ]
    return `| ${[...cells, lacking].join(' | ')} |`
  })
  const sums = halves.flatMap((half) => {
    const mine = findings.filter(({ story }) => story.half === half)
    if (mine.length === 0) return []
    const lines = (['precision', 'recall'] as const).map((what) => {
      const shares = mine.map((finding) => finding[what])
      const floor = what === 'precision' ? 0.8 : 0.5
      const met = shares.filter(({ hits, n }) => n > 0 && hits / n >= floor).length
      return `- ${half}: ${what} ${told(sumOf(shares))} over all posts judged, ${meanOf(shares)}; at least ${number(floor)} in ${met} of ${shares.length}`
    })
    return lines
  })
  return [
    '| half | headline | query | choice | posts | precision | recall | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...sums,
  ]
}

export async function main(args: string[], note: (line: string) => void): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { data: text, half: text, out: text, unjudged: text } })
  const root = findData(resolve(values.data ?? join(here, '../../shared/data')))
  const chosen = readStories().filter(({ half }) => !values.half || half === values.half)
  const kept = keptPosts(root, note)
  note(`${kept.length} posts, ${chosen.length} stories ...`)
  const findings = await measure(kept, chosen, readJudgements())
  if (values.unjudged) {
    const asked = findings.filter(({ story }) => values.unjudged === 'all' || story.id === values.unjudged)
    for (const { story, unjudged } of asked)
      for (const text of unjudged)
        console.log(`${story.id}\t${hashOf(text)}\t${text.replace(/\s+/g, ' ').slice(0, 280)}`)
    return 0
  }
  const lines = printed(findings)
  console.log(lines.join('\n'))
  if (values.out) writeFileSync(join(values.out, 'stories.md'), `${[...head(kept.length), ...lines].join('\n')}\n`)
  return 0
}

/** The first run on each half, before anything was changed for it. Frozen: a run on mended code is no such figure any more. */
const first = [
  '## What to expect of a headline that nobody looked at',
  '',
  'Thirty headlines (later), written by a fourth person, who had not opened `analyze/` (docs/stories.md yes), from a topic’s label and',
  'without a look at a post; committed (d384070) before the first run on them; run once, on the code of 42ab90b; 1,337 posts read and judged',
  'before any figure was seen (3ed0e0c):',
  '',
  '- **precision .81** (.78–.83, n 795) over all posts judged, .76 (.63–.89) as the mean of 29 stories; at least .80 in 20 of 30',
  '- **recall .75** (.73–.78, n 1004) over all posts judged, .73 (.58–.89) as the mean of 30 stories; at least .50 in 22 of 30',
  '',
  'Over all posts both meet what was aimed at, precision by a hair (640 of 795, .805): its interval reaches below .80; the mean of stories, more',
  'telling for the next headline, is .76 and misses it. Recall meets .50 by the whole interval of either. 18 of 30 proposals reach both, 6 neither',
  '(one matches nothing: it stands in no precision): all 18 are of the 26 over topics of the sets, none of the 4 over the sample. Five were',
  'themselves called `thin`, none of which reaches both; of the other 25 the means are .83 (.72–.95) and .87 (.75–1.00).',
  '',
  'Earlier first runs, each on the code of its day, which was then mended for it (means of stories behind the semicolon):',
  '30 headlines (unseen) precision .74 (.70–.77, n 772; .70), recall .55 (.52–.58, n 993; .57); 30 (blind) .67 (.64–.70, n 832; .62) and .77',
  '(.74–.79, n 982; .73); 10 (fresh) .71 (.65–.76, n 267) and .71 (.67–.76, n 364); 15 (test) .64 (.59–.68, n 431) and .79 (.75–.83, n 448).',
  'The other 15 (dev) were never unseen.',
  '',
  '## Every headline',
  '',
  'All but the thirty at the top (later) had been seen by who made the code: their figures flatter it.',
]

const head = (posts: number) => [
  '# Proposals for stories, judged',
  '',
  ...first,
  '',
  `\`npm run eval -- stories --out docs/model\`: headlines over ${posts.toLocaleString('en')} posts, the bundled sample and the`,
  'labelled sets in one log, of which a look sees 100,000. The protocol stands at the top of `eval/stories.ts`; the judgements are of',
  'one reader each for later, for unseen, for blind and for the rest, and of who mended the code for the 270 that its queries newly',
  'match. Intervals of posts are Wilson, 95%: those of one story go right or wrong together, so for the next headline the mean of',
  'stories, with two standard errors, says more.',
  '',
]
