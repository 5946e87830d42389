// A source that is read in part from one hour on is no change of opinion and no lull: alerts see weighed voices. The same
// posts unweighed are told as a change, which shows that the test could fail.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backtest } from '../../alerts/backtest.ts'
import { unlearntPool } from '../../alerts/pool.ts'
import { ruleOf } from '../../alerts/rule.ts'
import { topicOf } from '../doubles/tallies.ts'
import { openEmbedded } from '../store/embedded.ts'
import { addition, noError, scoreOf, seeded } from '../store/scores.ts'
import { start, tones, usual } from './looping.ts'

const hourMs = 3_600_000
const hours = 96
const switchHour = 72
const p = 0.1
const model = 'tones@1'

interface Asked {
  id: string
  seed: number
  isWeighed: boolean
}

/** X is darker and louder than the rest; from one hour on a tenth of it is read. Nothing else happens. */
function worldOf({ id, seed, isWeighed }: Asked) {
  const random = seeded(seed)
  const posts = Array.from({ length: hours * 90 }, (_, nr) => {
    const at = start + Math.floor((nr / 90) * hourMs) + Math.floor(random() * 40_000)
    const isX = random() < 0.8
    return { nr, at, isX, isSeen: !isX || at < start + switchHour * hourMs || random() < p, dark: random() }
  })
  return posts
    .filter(({ isSeen }) => isSeen)
    .map(({ nr, at, isX, dark }) => {
      const negative = dark < (isX ? 0.5 : 0.2) ? 0.9 : 0.1
      const isPart = isX && at >= start + switchHour * hourMs && isWeighed
      const post = {
        source: isX ? 'x' : 'bluesky',
        author: `${id} ${nr}`,
        at: new Date(at).toISOString(),
        text: `${id} ${nr}`,
      }
      return scoreOf(`${id}-${nr}`, {
        topic: { topic: id, version: 1 },
        post: { ...post, ...(isPart ? { inclusion: p } : {}) },
        ...{ sentiment: { negative, neutral: 0.05, positive: 0.95 - negative }, emotion: {}, stance: {}, model },
      })
    })
}

let opened: Awaited<ReturnType<typeof openEmbedded>>
const weighed = [1, 2, 3, 4].map((seed) => ({ id: `weighed-${seed}`, seed, isWeighed: true }))
const plain = { id: 'plain', seed: 1, isWeighed: false }
beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true, modelError: noError })
  for (const asked of [...weighed, plain]) {
    const scores = worldOf(asked)
    await opened.store.add(addition(scores, { scope: [{ topic: asked.id, version: 1 }] }))
  }
}, 60_000)
afterAll(() => opened.close())

async function toldOf(ids: string[]) {
  const { alerts } = await backtest(
    {
      ask: opened.store.ask,
      model: { id: model, labels: tones },
      topics: () => ids.map((id) => topicOf(id)),
      pool: unlearntPool,
      now: () => start + hours * hourMs,
    },
    {
      rule: ruleOf({ ...usual, id: 'tones', measures: ['sentiment', 'volume'] }, { origin: 'config', at: '' }),
      window: { from: new Date(start).toISOString(), to: new Date(start + hours * hourMs).toISOString() },
    },
    new AbortController().signal,
  )
  return alerts.filter(({ openedAt }) => Date.parse(openedAt) >= start + switchHour * hourMs)
}

test('weighed it is told by nobody', async () => {
  const alerts = await toldOf(weighed.map(({ id }) => id))
  expect(
    alerts.map(
      ({ topic, shifts }) => `${topic.topic}: ${shifts.map(({ measure, direction }) => `${measure} ${direction}`)}`,
    ),
  ).toEqual([])
}, 60_000)

test('unweighed it would be', async () => {
  const measures = (await toldOf([plain.id])).flatMap(({ shifts }) => shifts.map(({ measure }) => measure))
  expect(measures).toContain('sentiment.negative')
}, 60_000)
