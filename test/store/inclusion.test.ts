// A source read in part, weighed back: over many draws every view's share comes out at the truth of what was said, in every
// question that tells one; volume stays volume; and where nothing is left out, nothing changes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { View } from '../../answers.ts'
import { standsFor } from '../../inclusion.ts'
import type { Score } from '../../types.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, noError, scoreOf, seeded } from './scores.ts'

const draws = 24
const draw = (nr: number) => ({ topic: `draw-${nr}`, version: 1 })
const whole = { topic: 'whole', version: 1 }

interface Said {
  id: string
  source: string
  author: string
  negative: number
  at: string
}

/** X is darker than the rest, and a third of what it says is by accounts that post five times. */
function population(): Said[] {
  const random = seeded(11)
  const negative = (dark: number) => Math.min(0.99, Math.max(0.01, dark + (random() - 0.5) * 0.4))
  const x = Array.from({ length: 3_000 }, (_, nr): Said => {
    const author = nr % 3 ? `x single ${nr}` : `x busy ${Math.floor(nr / 15)}`
    return { id: `x${nr}`, source: 'x', author, negative: negative(nr % 3 ? 0.6 : 0.8), at: minute(nr % 1_440) }
  })
  const others = Array.from({ length: 500 }, (_, nr): Said => {
    return { id: `b${nr}`, source: 'bluesky', author: `b ${nr}`, negative: negative(0.2), at: minute((nr * 7) % 1_440) }
  })
  return [...x, ...others]
}

const scored = (said: Said, topic: { topic: string; version: number }, inclusion?: number): Score => {
  const { id, source, author, negative, at } = said
  const post = { source, author, at, text: id, ...(inclusion === undefined ? {} : { inclusion }) }
  const sentiment = { negative, neutral: 0, positive: 1 - negative }
  return scoreOf(id, {
    topic,
    post,
    sentiment,
    emotion: {},
    stance: { t1: { favor: negative, against: 1 - negative } },
  })
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const spread = (values: number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))

describe('a source read in part', () => {
  let opened: Awaited<ReturnType<typeof openEmbedded>>
  const all = population()
  const p = 0.2

  beforeAll(async () => {
    opened = await openEmbedded({ inMemory: true, modelError: noError })
    await opened.store.add(
      addition(
        all.map((said) => scored(said, whole)),
        { scope: [whole] },
      ),
    )
    for (let nr = 0; nr < draws; nr++) {
      const random = seeded(100 + nr)
      // In the second half of the day it is read twice as much: the switch must not show.
      const rateOf = ({ source, at }: Said) => (source !== 'x' ? 1 : at < minute(720) ? p : 2 * p)
      const seen = all.filter((said) => random() < rateOf(said))
      const scores = seen.map((said) => scored(said, draw(nr), rateOf(said)))
      await opened.store.add(addition(scores, { scope: [draw(nr)] }))
    }
  }, 60_000)
  afterAll(() => opened.close())

  const filterOf = (topic: { topic: string; version: number }, view?: View) => ({ topic, model, window: day, view })
  const sharesOf = async (view: View) => {
    const told = []
    for (let nr = 0; nr < draws; nr++)
      told.push((await opened.store.ask.summary(filterOf(draw(nr), view))).sentiment.negative!)
    return { told, truth: (await opened.store.ask.summary(filterOf(whole, view))).sentiment.negative!.estimate! }
  }

  test.for(['post', 'engagement', 'cluster'] as const)('%s view: no bias, and intervals that cover', async (view) => {
    const { told, truth } = await sharesOf(view)
    const estimates = told.map(({ estimate }) => estimate!)
    // Unweighed it would be off by .05: posts of X would be a half of all, not six sevenths.
    expect(Math.abs(mean(estimates) - truth)).toBeLessThan((4 * spread(estimates)) / Math.sqrt(draws) + 0.002)
    const covered = told.filter(({ low, high }) => low! <= truth && truth <= high!).length
    expect(covered).toBeGreaterThanOrEqual(draws - 4)
  })

  test('author view: what is left of a bias is told in the docs, and far below that of not weighing', async () => {
    const { told, truth } = await sharesOf('author')
    const off = mean(told.map(({ estimate }) => estimate!)) - truth
    expect(Math.abs(off)).toBeLessThan(0.02)
  })

  test('a switch of the rate shows in no series and in no pulse', async () => {
    const hours = { first: [] as number[], second: [] as number[], pulse: [] as number[] }
    for (let nr = 0; nr < draws; nr++) {
      const [first, second] = await opened.store.ask.series(filterOf(draw(nr)), 'sentiment.negative', 43_200_000)
      hours.first.push(first!.estimate!)
      hours.second.push(second!.estimate!)
      expect(first!.volume).toBeGreaterThan(2 * first!.posts)
      const asked = [{ topic: draw(nr), targets: ['t1'], to: day.to }]
      const question = { model, stepMs: 86_400_000, steps: 1, sentiment: ['negative'], stance: ['favor'] }
      const [pulse] = await opened.store.ask.pulses(asked, question)
      const summary = await opened.store.ask.summary(filterOf(draw(nr)))
      expect(pulse!.steps[0]!.shares['sentiment.negative']!.estimate).toBeCloseTo(
        summary.sentiment.negative!.estimate!,
        5,
      )
      expect(pulse!.steps[0]!.shares['stance.t1.favor']!.high).toBeCloseTo(summary.stance.t1!.favor!.high!, 5)
      hours.pulse.push(pulse!.steps[0]!.volume)
    }
    expect(Math.abs(mean(hours.first) - mean(hours.second))).toBeLessThan(0.015)
    expect(Math.abs(mean(hours.pulse) / all.length - 1)).toBeLessThan(0.03)
  })

  test('alerts tally it as weighed, and know how few were seen', async () => {
    const question = { model, window: day, stepMs: 43_200_000, measures: ['sentiment.negative'], phrases: [] }
    const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0)
    const truth = await opened.store.ask.tallies(whole, question)
    const shareIn = (tallies: typeof truth, step: number) =>
      tallies.sums['sentiment.negative']![step]! / tallies.scored[step]!
    const parts = []
    for (let nr = 0; nr < draws; nr++) parts.push(await opened.store.ask.tallies(draw(nr), question))
    for (const step of [0, 1]) {
      // Accounts that post five times within the hour are seen more often than one in p, as in the author view.
      const told = parts.map((part) => shareIn(part, step))
      expect(Math.abs(mean(told) - shareIn(truth, step))).toBeLessThan(0.03)
      // As many voices as would tell as much: fewer than the posts that were seen, by far fewer than were said.
      for (const part of parts) expect(part.scored[step]).toBeLessThan(truth.scored[step]! / 2)
      for (const { sums, squares } of parts)
        expect(squares['sentiment.negative']![step]!).toBeLessThan(sums['sentiment.negative']![step]!)
    }
    expect(truth.scored.every(Number.isInteger)).toBe(true)
    expect(Math.abs(mean(parts.map(({ accounts }) => sum(accounts))) / sum(truth.accounts) - 1)).toBeLessThan(0.1)
  })

  test('what an alert is explained by tells how many posts those seen stand for', async () => {
    const halves = { before: { from: day.from, to: minute(720) }, after: { from: minute(720), to: day.to } }
    const question = { ...halves, stepMs: 86_400_000, share: null }
    const volumes = []
    for (let nr = 0; nr < draws; nr++) {
      const { said } = await opened.store.ask.sides({ topic: draw(nr), model }, question)
      const of = (isAfter: boolean) => said.filter((one) => one.isAfter === isAfter)
      for (const one of said) expect(one.volume).toBeGreaterThanOrEqual(one.posts)
      volumes.push(...[false, true].map((isAfter) => of(isAfter).reduce((sum, { volume }) => sum + volume, 0)))
    }
    expect(Math.abs(mean(volumes) / (all.length / 2) - 1)).toBeLessThan(0.05)
  })

  test('what was seen is told as seen, with what it stands for beside it', async () => {
    const { bySource, posts } = await opened.store.ask.coverage(filterOf(draw(0)))
    expect(bySource.bluesky).toMatchObject({ posts: 500, volume: 500 })
    expect(bySource.x!.posts).toBeLessThan(1_100)
    expect(bySource.x!.volume).toBeGreaterThan(2_600)
    expect(posts).toBe(bySource.x!.posts + 500)
  })
})

describe('one that is seen stands for those like it', () => {
  test('seen once for 1/p, seen often for itself, and for itself where all is seen', () => {
    expect(standsFor(1, 1)).toBe(1)
    expect(standsFor(7, 7)).toBe(1)
    expect(standsFor(1, 10)).toBe(10)
    expect(standsFor(2, 20)).toBeCloseTo(1 / (1 - 0.9 ** 20), 12)
    expect(standsFor(9, 90)).toBeLessThan(1.001)
  })
})
