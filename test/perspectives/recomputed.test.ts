// Acceptance: the paragraphs of a thousand topics, from one store, and every number in them computed anew by SQL that
// shares nothing with ours (recount.ts). Some posts are unread, some were edited and some deleted on the way.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Estimate, ScoredPost, Store } from '../../answers.ts'
import type { Claim, Perspective } from '../../conclusions.ts'
import { copyKey } from '../../copies.ts'
import { perspective } from '../../perspectives/perspectives.ts'
import { openClient } from '../../store/sql.ts'
import type { DeleteChange, Score, Topic } from '../../types.ts'
import { openEmbedded } from '../store/embedded.ts'
import { addition, model, scoreOf, skippedScore } from '../store/scores.ts'
import { crowd, modelError, window } from './crowd.ts'
import { aboutOf, anyCrowd } from './crowds.ts'
import { type Recounted, recount, student } from './recount.ts'

const topics = 1_000
const never = new AbortController().signal

function scored(about: Topic, post: ScoredPost, nr: number): Score {
  const { id, author, text, at, likes, reposts, source, sentiment, emotion, stance, embedding } = post
  const more = {
    topic: { topic: about.id, version: 1 },
    post: { author, text, at, likes, reposts, source },
    copy: copyKey(text),
  }
  const name = `${about.id}/${id}`
  if (nr % 11 === 5) return skippedScore(name, { ...more, lang: 'de' })
  return scoreOf(name, {
    ...more,
    sentiment,
    emotion,
    stance,
    embedding: embedding && Float32Array.from(embedding, (x) => x / 127),
  })
}

/** The same post earlier, with other words and numbers. */
const draft = (score: Score): Score => ({
  ...score,
  sentiment: { negative: 0.01, neutral: 0.01, positive: 0.98 },
  mention: {
    ...score.mention,
    version: { revision: null, arrival: 1 },
    post: { ...score.mention.post, text: 'Something else about a lighthouse' },
  },
})
const edited = (score: Score): Score => ({
  ...score,
  mention: { ...score.mention, version: { revision: null, arrival: 2 } },
})

/** Of fifty topics: drafts of some posts, then all of them, then some are deleted. */
async function fill(store: Store, start: number): Promise<void> {
  const abouts = Array.from({ length: 50 }, (_, at) => aboutOf(start + at))
  const all = abouts.flatMap((about, at) => crowd(anyCrowd(start + at, 140)).map((post, nr) => scored(about, post, nr)))
  const scope = abouts.map(({ id }) => ({ topic: id, version: 1 }))
  await store.add(addition(all.filter((_, nr) => nr % 17 === 3).map(draft), { scope }))
  await store.add(addition(all.map(edited), { scope }))
  const gone = all.filter((_, nr) => nr % 13 === 7)
  await store.forget(
    gone.map(
      ({ mention: { post } }): DeleteChange => ({
        op: 'delete',
        source: post.source,
        id: post.id,
        at: window.to,
        revision: null,
      }),
    ),
  )
}

/** Between what is told and what was computed: floats are kept with 32 bits, and t is read off an expansion. */
const slack = (half: number) => 1e-5 + 0.01 * half

function expectSame(
  told: Estimate,
  anew: { estimate: number | null; low: number | null; high: number | null },
  what: string,
) {
  if (told.estimate === null || anew.estimate === null) {
    expect([told.estimate, anew.estimate], what).toEqual([null, null])
    return
  }
  expect(Math.abs(told.estimate - anew.estimate), `${what}: ${told.estimate}, anew ${anew.estimate}`).toBeLessThan(1e-5)
  const most = slack(anew.high! - anew.low!)
  expect(Math.abs(told.low! - anew.low!), `${what}: from ${told.low}, anew ${anew.low}`).toBeLessThan(most)
  expect(Math.abs(told.high! - anew.high!), `${what}: to ${told.high}, anew ${anew.high}`).toBeLessThan(most)
}

/** Whether a whole number in a sentence is this share, in percent. */
const isWritten = (digits: string, share: number | null | undefined, half = 0) =>
  share != null && Math.abs(Number(digits) - Math.abs(share) * 100) <= 0.5 + 100 * slack(half)

/** "12% (8–16%)", "(12%, 8–16%)", "12 points (8–16)" */
const spans = /(\d+)(%| points?)(?: of posts)?(?: \(|, )(\d+)–(\d+)%?/g

describe('a thousand paragraphs of one store', () => {
  const told: Perspective[] = []
  const claims: { topic: string; claim: Claim; anew: Recounted }[] = []
  beforeAll(async () => {
    const opened = await openEmbedded({ inMemory: true, modelError })
    for (let start = 1; start <= topics; start += 50) await fill(opened.store, start)
    const sources = { ask: opened.store.ask, model, modelError, languages: ['en'], code: 'test' }
    for (let start = 1; start <= topics; start += 6) {
      const some = Array.from({ length: Math.min(6, topics + 1 - start) }, (_, at) => aboutOf(start + at))
      told.push(...(await Promise.all(some.map((about) => perspective(about, window, { sources, signal: never })))))
    }
    const asserted = told.flatMap(({ topic, claims }) => claims.map((claim) => ({ topic, claim })))
    {
      await using sql = await openClient({ path: join(opened.folder, 'store') })
      const anew = await recount(sql, asserted, modelError)
      claims.push(...asserted.map((one, nr) => ({ ...one, anew: anew[nr]! })))
    }
    await opened.close()
  }, 300_000)

  test('are told of nearly all, in all kinds of claims', () => {
    expect(told.filter(({ refusal }) => !refusal).length).toBeGreaterThan(topics * 0.8)
    const kinds = new Set(claims.map(({ claim }) => claim.kind))
    for (const kind of [
      'prevalence',
      'stance',
      'emotion',
      'theme',
      'feeling',
      'contrast',
      'change',
      'campaign',
    ] as const)
      expect([...kinds]).toContain(kind)
    expect(claims.length).toBeGreaterThan(7_000)
  })
  test('each claim is what the rows say: share, interval, difference, posts, accounts, evidence, quotes', () => {
    for (const { topic, claim, anew } of claims) {
      const what = `${topic} ${claim.kind} ${claim.measure} ${claim.scope}`
      const isShare = claim.estimate !== null
      if (isShare) expectSame(claim, anew, what)
      if (claim.difference) expectSame(claim.difference, anew.difference!, `${what}, difference`)
      expect([claim.posts, claim.authors], what).toEqual([anew.posts, anew.authors])
      expect(anew.evidence, what).toBe(claim.evidence.length)
      expect(anew.quotes, what).toBe(claim.quotes.length)
    }
  })

  test('each number of each sentence is one of those', () => {
    let numbers = 0
    for (const { topic, sentences, takeaway } of told) {
      for (const sentence of [...sentences, ...(takeaway ? [takeaway] : [])]) {
        const cited = claims.filter((one) => one.topic === topic && sentence.claims.includes(one.claim.id))
        numbers += expectNumbers(
          sentence.text,
          cited.map(({ anew }) => anew),
        )
      }
    }
    expect(numbers).toBeGreaterThan(topics * 10)
  })
})

/** How many numbers stood in it. */
function expectNumbers(text: string, anew: Recounted[]): number {
  const own = text.replaceAll(/“[^”]*”/g, '')
  const estimates = anew.flatMap(({ estimate, low, high, difference }) => [
    { estimate, low, high },
    ...(difference ? [difference] : []),
  ])
  const isSpan =
    (middle: string, one: string, other: string) =>
    ({ estimate, low, high }: Recounted['difference'] & {}) =>
      isWritten(middle, estimate) &&
      [
        [low, high],
        [high, low],
      ].some(([from, to]) => isWritten(one, from, high - low) && isWritten(other, to, high - low))
  let count = 0
  const rest = own.replaceAll(spans, (_, middle, __, from, to) => {
    count += 3
    expect(
      estimates.some((one) => one.estimate !== null && isSpan(middle, from, to)(one as never)),
      `${text}: ${middle} (${from}–${to})`,
    ).toBe(true)
    return ''
  })
  for (const [, digits, unit] of rest.matchAll(/(\d+(?:,\d{3})*)(%| points?)?/g)) {
    count++
    const shares = estimates.some(({ estimate, low, high }) =>
      [estimate, low, high].some((share) => isWritten(digits!, share, (high ?? 0) - (low ?? 0))),
    )
    const counts = anew.some(({ posts, authors }) => [posts, authors].includes(Number(digits!.replaceAll(',', ''))))
    expect(unit ? shares : counts, `${text}: ${digits}`).toBe(true)
  }
  return count
}

test('Student’s quantiles are those of the tables', () => {
  for (const [freedom, quantile] of [
    [2, 4.303],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [120, 1.98],
  ] as const)
    expect(student(freedom)).toBeCloseTo(quantile, 3)
})
