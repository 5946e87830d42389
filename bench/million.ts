// A data folder with a million scored posts for benches of what readers wait for: one watched topic with 50,000 posts in
// its last 24 hours and a past, and others beside it. Written through the store's own door; no post is scored twice, the
// probabilities are drawn. Times are counted back from now, so that what streams in joins the same window.

import { mkdirSync } from 'node:fs'
import { readConfig } from '../config.ts'
import { silent } from '../journal.ts'
import { openModel, openStoreOf } from '../pipeline.ts'
import { demoTopic, texts } from '../test/doubles/posts.ts'
import type { Mention, Model, Score } from '../types.ts'
import { drawRank, makeWorld, type Random, seeded } from './posts.ts'

export const inWindow = 50_000
const hourMs = 3_600_000
const dims = 384
const batch = 2_000
const directions = 12

export const otherTopics = Array.from({ length: 15 }, (_, nr) => ({
  ...{ id: `beside-${nr}`, name: `The matter beside it ${nr}`, query: `besidematter${nr}`, public: false, tags: [] },
  targets: [{ id: 'more', text: `more of matter ${nr}` }],
}))

interface Part {
  topic: { id: string; targets: { id: string; text: string }[] }
  posts: number
  hours: number
  /** How long before now the last of them was posted. */
  agoHours: number
}

export function partsOf(total: number): Part[] {
  const past = Math.round((total - inWindow) * 0.25)
  const others = total - inWindow - past
  return [
    { topic: demoTopic, posts: inWindow, hours: 23, agoHours: 0 },
    { topic: demoTopic, posts: past, hours: 29 * 24, agoHours: 24 },
    ...otherTopics.map((topic) => ({
      ...{ topic, posts: Math.floor(others / otherTopics.length), hours: 30 * 24, agoHours: 0 },
    })),
  ]
}

interface Making {
  random: Random
  text: () => { text: string; lang: string | null }
  axes: Float32Array[]
  labels: Model['labels']
  model: string
}

const clamp = (p: number) => Math.min(0.98, Math.max(0.02, p))

function scoreOf({ topic, hours, agoHours }: Part, nr: number, making: Making): Score {
  const { random, text, axes, labels, model } = making
  const at = new Date(Date.now() - (agoHours + random() * hours) * hourMs).toISOString()
  const { text: words } = text()
  const post = {
    ...{ op: 'create' as const, source: nr % 7 ? 'bluesky' : 'file', id: `at://${topic.id}/${agoHours}/${nr}` },
    ...{ author: `account ${topic.id} ${Math.floor(random() ** 1.4 * 30_000)}`, lang: 'en', replyTo: null, at },
    ...{ text: `${words} ${nr}`, likes: nr % 5, reposts: 0, revision: null, quotable: true },
  }
  const mention: Mention = {
    ...{ topic: topic.id, topicVersion: 1, targets: topic.targets, post },
    version: { revision: null, arrival: nr + 1 },
  }
  const lean = clamp(0.4 + (random() - 0.5) * 0.7)
  const side = clamp(0.45 + (random() - 0.5) * 0.6)
  return {
    ...{
      mention,
      model,
      lang: 'en',
      skipped: null,
      copy: random() < 0.02 ? words.slice(0, 30) : `${topic.id} ${agoHours} ${nr}`,
    },
    sentiment: { negative: lean, neutral: (1 - lean) * 0.6, positive: (1 - lean) * 0.4 },
    emotion: Object.fromEntries(labels.emotion.map((label) => [label, clamp(random() ** 3)])),
    stance: { [topic.targets[0]!.id]: { favor: side, against: (1 - side) * 0.6, neither: (1 - side) * 0.4 } },
    ...{ irony: 0.1, offensive: random() * 0.3, hate: 0.02 },
    embedding: near(axes[Math.floor(random() * directions)]!, random),
  }
}

function near(axis: Float32Array, random: Random): Float32Array {
  const raw = axis.map((x) => x + (random() - 0.5) * 0.9)
  const norm = Math.hypot(...raw)
  return raw.map((x) => x / norm)
}

/** Fills the store of a data folder; says how far it is. */
export async function fillMillion(data: string, total: number): Promise<void> {
  mkdirSync(data, { recursive: true })
  const config = readConfig({ data, offline: true, 'no-sample': true }, {})
  await using model = await openModel(config)
  await using store = await openStoreOf(config, model, { note: silent })
  const random = seeded(11)
  const world = makeWorld(12, 6_000)
  const about = texts(random, 1)
  const axes = Array.from({ length: directions }, () => Float32Array.from({ length: dims }, () => random() - 0.5))
  const rare = () => world.words[drawRank(world)]!
  const text = () => ({ ...about(), ...{ text: `${about().text} ${rare()} ${rare()} ${rare()}` } })
  const making: Making = { random, text, axes, labels: model.labels, model: model.id }
  let done = 0
  for (const part of partsOf(total)) {
    for (let from = 0; from < part.posts; from += batch) {
      const count = Math.min(batch, part.posts - from)
      const scores = Array.from({ length: count }, (_, nr) => scoreOf(part, from + nr, making))
      const seen = scores.map(({ mention: { post, version } }) => ({
        ...{ source: post.source, id: post.id, version, op: post.op },
      }))
      await store.add({ scores, seen, scope: [{ topic: part.topic.id, version: 1 }] })
      done += count
      process.stderr.write(`\r${done} of ${total} posts written   `)
    }
  }
  process.stderr.write('\n')
}
