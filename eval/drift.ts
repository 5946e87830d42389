// `npm run eval -- drift`: how far a topic's shares stray from one day to the next when nobody asks why. What a young topic's
// alert may be mistaken about (docs/alerting.md).
//   npm run eval -- drift [--data FOLDER] [--out FOLDER]
// The protocol:
// - Posts: SemEval-2017 task 4 C/E, tweets that people labelled, by topic. When each was posted is in its id (a snowflake:
//   milliseconds since 1288834974657 in the upper bits). Days are UTC.
// - Labels are those of people, so no model's error is in this: toward the topic (C/E, five points taken as three), and of the
//   post itself (A), where the same tweet has such a label.
// - Neighbouring days: half the square of the difference of two shares (in logits, linear about the topic's share), less what
//   chance alone makes of so many posts, weighted by the inverse square of that. Over all days: the same of each day's share
//   about the topic's, weighted by posts. Intervals: 1,000 draws of topics. Held against the same with the days of a topic's posts
//   drawn anew: it must be near 0 then.
// No text is read, and none is written.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { shuffle } from './crowd.ts'
import { type Interval, interval, random } from './metrics.ts'
import { findData } from './sets.ts'
import { lines } from './table.ts'

export const tones = ['negative', 'neutral', 'positive'] as const
export type Tone = (typeof tones)[number]
export interface Timed {
  topic: string
  /** Days since 1970. */
  day: number
  /** null: this kind of label is not there. */
  toward: Tone | null
  own: Tone | null
}

const dayMs = 86_400_000
/** When a tweet was posted. */
export const snowflakeMs = (id: string) => Number((BigInt(id) >> 22n) + 1_288_834_974_657n)

export function timedPosts(root: string): Timed[] {
  const rows = (set: string) =>
    lines(root, `semeval2017-task4/${set}_train.tsv`)
      .slice(1)
      .map((line) => line.split('\t'))
  const own = new Map(rows('subtaskA').map(([id, label]) => [id, label as Tone]))
  return rows('subtaskCE').map(([id, topic, label]) => ({
    topic: topic!,
    day: Math.floor(snowflakeMs(id!) / dayMs),
    toward: tones[Math.sign(Number(label)) + 1]!,
    own: own.get(id!) ?? null,
  }))
}

interface Day {
  n: number
  s: number
}
/** What one topic adds above and below the line of an estimate, by kind of estimate. */
interface Parts {
  near: [number, number]
  whole: [number, number]
  pairs: number
  posts: number
}
/** A topic of fewer posts, or of fewer with or without the label, says nothing. */
const least = { posts: 20, either: 3 }

export function partsOf(posts: { day: number; has: boolean }[]): Parts | null {
  const n = posts.length
  const yes = posts.filter(({ has }) => has).length
  if (n < least.posts || Math.min(yes, n - yes) < least.either) return null
  const share = yes / n
  const chance = (share * (1 - share) * n) / (n - 1)
  const days = new Map<number, Day>()
  for (const { day, has } of posts) {
    const one = days.get(day) ?? { n: 0, s: 0 }
    days.set(day, { n: one.n + 1, s: one.s + (has ? 1 : 0) })
  }
  const near: [number, number] = [0, 0]
  let pairs = 0
  for (const [day, one] of days) {
    const next = days.get(day + 1)
    if (!next) continue
    pairs++
    const apart = (next.s / next.n - one.s / one.n) / chance
    const by = (1 / one.n + 1 / next.n) / chance
    near[0] += (apart ** 2 - by) / by ** 2
    // Of one post alone nobody can tell its day from chance.
    near[1] += (2 - 1 / one.n - 1 / next.n) / by ** 2
  }
  return { near, whole: wholeOf([...days.values()], { n, share, chance }), pairs, posts: n }
}

/** Days about the mean that they make themselves: each takes a part of itself away. */
function wholeOf(days: Day[], { n, share, chance }: { n: number; share: number; chance: number }): [number, number] {
  const squares = days.reduce((sum, day) => sum + (day.n / n) ** 2, 0)
  return days.reduce<[number, number]>(
    ([above, below], day) => [
      above + ((day.s - day.n * share) ** 2 - day.n * chance * (1 - day.n / n)) / chance,
      below + chance * day.n * (day.n - 1) * (1 - (2 * day.n) / n + squares),
    ],
    [0, 0],
  )
}

export interface Straying {
  labels: 'toward' | 'own'
  tone: Tone
  topics: number
  posts: number
  pairs: number
  near: Interval
  whole: Interval
  /** Neighbouring days where days were drawn anew. */
  shuffled: number
}

const ratio = (parts: Parts[], of: 'near' | 'whole') => (rows: ArrayLike<number>) => {
  let [above, below] = [0, 0]
  for (let nr = 0; nr < rows.length; nr++) {
    above += parts[rows[nr]!]![of][0]
    below += parts[rows[nr]!]![of][1]
  }
  return above / below
}

export function strayingOf(posts: Timed[], labels: Straying['labels'], tone: Tone): Straying {
  const labelled = posts.filter((post) => post[labels] !== null)
  const topics = [...Map.groupBy(labelled, ({ topic }) => topic).values()].map((some) =>
    some.map((post) => ({ day: post.day, has: post[labels] === tone })),
  )
  const known = topics.filter((some) => partsOf(some))
  const parts = known.map((some) => partsOf(some)!)
  const draw = random(7)
  const mixed = Array.from({ length: 20 }, () => known.map((some) => partsOf(shuffled(some, draw))!))
  const all = parts.map((_, nr) => nr)
  return {
    ...{ labels, tone, topics: parts.length },
    posts: parts.reduce((sum, one) => sum + one.posts, 0),
    pairs: parts.reduce((sum, one) => sum + one.pairs, 0),
    near: interval(parts.length, ratio(parts, 'near')),
    whole: interval(parts.length, ratio(parts, 'whole')),
    shuffled: mixed.reduce((sum, some) => sum + ratio(some, 'near')(all), 0) / mixed.length,
  }
}

function shuffled(posts: { day: number; has: boolean }[], draw: () => number) {
  const days = shuffle(
    posts.map(({ day }) => day),
    draw,
  )
  return posts.map(({ has }, at) => ({ day: days[at]!, has }))
}

/** Points by which a share of 30 % strays, at one standard deviation. */
const points = (variance: number) => 100 * 0.3 * 0.7 * Math.sqrt(Math.max(0, variance))
const number = (value: number, digits = 3) => (Number.isNaN(value) ? '–' : value.toFixed(digits).replace('-', '−'))
const told = ({ value, low, high }: Interval) =>
  Number.isNaN(value) ? 'none' : `${number(value)} (${number(low)} to ${number(high)})`

export function page(posts: Timed[], found: Straying[]): string {
  const days = posts.map(({ day }) => day).sort((a, b) => a - b)
  const date = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10)
  const topics = new Set(posts.map(({ topic }) => topic)).size
  const names = { toward: 'toward the topic', own: 'of the post' }
  return [
    '# How far days stray by themselves',
    '',
    `Made by \`npm run eval -- drift\`. ${posts.length.toLocaleString('en')} tweets on ${topics} topics (SemEval-2017 task 4 C/E), posted from ${date(days[0]!)} to`,
    `${date(days.at(-1)!)} by their ids, labelled by people. Variances of the logit of a day's share of a tone, beyond chance, with 95 %`,
    'intervals over topics. The protocol stands at the top of `eval/drift.ts`. Points: one standard deviation of a day of a share of',
    '30 %, by neighbouring days; two days are apart by 1.4 times as much. Days drawn anew: what the same sum makes of days that mean nothing.',
    '',
    '| labels | tone | topics | posts | pairs of days | neighbouring days | points | days drawn anew | over all days |',
    '|---|---|---|---|---|---|---|---|---|',
    ...found.map(
      (one) =>
        `| ${names[one.labels]} | ${one.tone} | ${one.topics} | ${one.posts.toLocaleString('en')} | ${one.pairs.toLocaleString('en')} | ${told(one.near)} | ${number(points(one.near.value), 1)} | ${number(one.shuffled)} | ${told(one.whole)} |`,
    ),
    '',
    'These are few posts a day, chosen for the task and without near-copies; whose they are is not known. What accounts that post',
    'often and say the same add is in these figures, and what near-copies add is not.',
    '',
  ].join('\n')
}

export function main(args: string[], note: (line: string) => void): number {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { data: text, out: text } })
  const root = findData(resolve(values.data ?? join(import.meta.dirname, '../../shared/data')))
  const posts = timedPosts(root)
  note(`${posts.length} posts ...`)
  const found = (['toward', 'own'] as const).flatMap((labels) => tones.map((tone) => strayingOf(posts, labels, tone)))
  const written = page(posts, found)
  console.log(written)
  const out = values.out ?? join(import.meta.dirname, '../docs/model')
  writeFileSync(join(out, 'drift.md'), written)
  note(`kept in ${join(out, 'drift.md')}`)
  return 0
}
