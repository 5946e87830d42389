// Seeded histories of adds, edits, deletes, withdrawals and returns, told to the store with repeats and restarts as a log
// that is read again after crashes tells them, and once, in order, to an oracle in memory. The answers must agree.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccountChange, Addition, DeleteChange, Filter, Score, Store, TopicRef } from '../../types.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { Oracle } from './oracle.ts'
import { addition, day, minute, postOf, scoreOf, seeded, seenOf } from './scores.ts'

const histories = 200
const restartEvery = 10
const models = ['one@1', 'two@1']

type Step = { add: Addition } | { forget: (DeleteChange | AccountChange)[] }

interface World {
  random: () => number
  pick<Of>(from: readonly Of[]): Of
  topics: TopicRef[]
  name(of: string): string
  /** Sources with revisions, or without. */
  revised: boolean
}

function worldOf(seed: number): World {
  const random = seeded(seed)
  const topics = [1, 2, 1].map((version, nr) => ({ topic: `s${seed} topic ${nr >> 1}`, version }))
  return {
    random,
    pick: (from) => from[Math.floor(random() * from.length)]!,
    topics,
    name: (of) => `s${seed} ${of}`,
    revised: random() < 0.5,
  }
}

/** A slice: some posts in their latest version, each about some of the topics that the reader decides about. */
function slice(world: World, arrival: number): Addition {
  const { random, pick, topics, name, revised } = world
  const scope = random() < 0.6 ? topics : [pick(topics)]
  const ids = new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, () => name(pick(['p', 'q', 'r', 's', 't']))))
  const made = [...ids].map((id, nr) => {
    const revision = revised ? String(1 + Math.floor(random() * 9)) : null
    const version = { arrival: random() < 0.3 ? Math.max(1, arrival - 10) : arrival + nr, revision }
    const author = pick([name(`author of ${id}`), name('wanderer'), name('wanderer'), null])
    const op = random() < 0.4 ? ('update' as const) : ('create' as const)
    const text = `text ${version.revision}/${version.arrival}`
    const post = postOf({ id, op, author, text, revision, at: minute(Math.floor(random() * 60)) })
    const model = pick(models)
    const about = scope.filter(() => random() < 0.6)
    const scores = about.map((topic): Score => scoreOf(id, { post, ...version, topic, model }))
    return { scores, seen: seenOf(post, version.arrival) }
  })
  return {
    ...addition([], { scope, seen: made.map(({ seen }) => seen) }),
    scores: made.flatMap(({ scores }) => scores),
  }
}

function loss({ random, pick, name, revised }: World): DeleteChange | AccountChange {
  const at = minute(Math.floor(random() * 60))
  const id = name(pick(['p', 'q', 'r', 's', 't', 'unknown']))
  if (random() < 0.4)
    return { op: pick(['withdraw', 'restore'] as const), source: 'file', author: name('wanderer'), at }
  const revision = revised && random() < 0.8 ? String(1 + Math.floor(random() * 9)) : null
  return { op: 'delete', source: 'file', id, at, revision }
}

function historyOf(world: World): Step[] {
  return Array.from({ length: 8 + Math.floor(world.random() * 6) }, (_, nr): Step => {
    if (world.random() < 0.7) return { add: slice(world, 10 + nr * 5) }
    return { forget: Array.from({ length: 1 + Math.floor(world.random() * 2) }, () => loss(world)) }
  })
}

async function tell(store: Store | Oracle, step: Step): Promise<void> {
  if ('add' in step) await store.add(step.add)
  else await store.forget(step.forget)
}

/** What the store says, in the oracle's words. */
async function answers(store: Store, { topics, name }: World) {
  const places = topics.flatMap((topic) => models.map((model) => ({ topic, model })))
  const found = []
  for (const { topic, model } of places) {
    const filter: Filter = { topic, model, window: day }
    const { posts } = await store.ask.posts(filter, { limit: 100 })
    found.push(posts.map(({ id, text }) => ({ id, text })).sort((a, b) => (a.id < b.id ? -1 : 1)))
    expect((await store.ask.summary(filter)).posts).toBe(posts.length)
  }
  const states = []
  for (const id of ['p', 'q', 'r', 's', 't', 'unknown']) {
    const post = await store.ask.post(name(id))
    states.push(post === null ? 'none' : post === 'gone' ? 'gone' : 'live')
  }
  return { found, states }
}

function expected(oracle: Oracle, { topics, name }: World) {
  const found = topics.flatMap(({ topic, version }) => models.map((model) => oracle.posts(topic, version, model)))
  return { found, states: ['p', 'q', 'r', 's', 't', 'unknown'].map((id) => oracle.state(name(id))) }
}

let opened: Opened
beforeAll(async () => {
  opened = await openEmbedded({ eraseAfterMs: 100 })
})
afterAll(() => opened.close())

it(`tells ${histories} seeded histories as the oracle does, whatever repeats`, { timeout: 240_000 }, async () => {
  let store = opened.store
  for (let seed = 1; seed <= histories; seed++) {
    const world = worldOf(seed)
    const steps = historyOf(world)
    const oracle = new Oracle()
    for (const step of steps) await tell(oracle, step)
    const crash = seed % restartEvery === 0 ? Math.floor(world.random() * steps.length) : -1
    for (const [nr, step] of steps.entries()) {
      await tell(store, step)
      if (nr === crash) store = await opened.reopen()
      // What a reader had not committed comes again, all of it up to here.
      const from = world.random() < 0.25 ? Math.floor(world.random() * (nr + 1)) : nr + 1
      for (const again of steps.slice(from, nr + 1)) await tell(store, again)
    }
    expect(await answers(store, world), `seed ${seed}`).toEqual(expected(oracle, world))
  }
})
