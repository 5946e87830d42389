// Seeded histories of adds, edits, deletes, withdrawals and returns, for tests that tell them to a store in some trouble and
// once, in order, to the oracle in memory. Posts, topics and accounts of a seed are its own, so histories may share a store.
import { expect } from 'vitest'
import type { Addition, Filter, Store, TopicRef } from '../../answers.ts'
import type { AccountChange, DeleteChange, Score } from '../../types.ts'
import { rankOf } from '../../versions.ts'
import type { Oracle } from './oracle.ts'
import { addition, day, minute, postOf, scoreOf, seeded, seenOf } from './scores.ts'

const models = ['one@1', 'two@1']

export type Step = { add: Addition } | { forget: (DeleteChange | AccountChange)[] }

export interface World {
  random: () => number
  pick<Of>(from: readonly Of[]): Of
  topics: TopicRef[]
  name(of: string): string
  /** Sources with revisions, or without. */
  revised: boolean
  /** Old versions come late, as from a reader of the past; then whatever is newer was told as an update. */
  late: boolean
  told: Map<string, bigint>
}

export function worldOf(seed: number): World {
  const random = seeded(seed)
  const topics = [1, 2, 1].map((version, nr) => ({ topic: `s${seed} topic ${nr >> 1}`, version }))
  return {
    random,
    pick: (from) => from[Math.floor(random() * from.length)]!,
    topics,
    name: (of) => `s${seed} ${of}`,
    revised: random() < 0.5,
    late: random() < 0.5,
    told: new Map(),
  }
}

/** A slice: some posts in their latest version, each about some of the topics that the reader decides about. */
function slice(world: World, arrival: number): Addition {
  const { random, pick, topics, name, revised, late, told } = world
  const scope = random() < 0.6 ? topics : [pick(topics)]
  const ids = new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, () => name(pick(['p', 'q', 'r', 's', 't']))))
  const made = [...ids].map((id, nr) => {
    const past = late && random() < 0.4
    const turn = past ? Math.max(1, arrival - 20) : arrival + nr
    const version = { arrival: turn, revision: revised ? String(turn >> 1) : null }
    const before = told.get(id)
    const newer = before === undefined || rankOf(version) > before
    if (newer) told.set(id, rankOf(version))
    const isUpdate = newer && (late || (before !== undefined && random() < 0.5))
    const op = isUpdate ? ('update' as const) : ('create' as const)
    const author = authorOf(world, id)
    const { revision } = version
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

/** Three of the five posts are by the account that comes and goes, one by nobody. */
function authorOf({ name }: World, id: string): string | null {
  if (id === name('s')) return null
  return id === name('t') ? name('someone') : name('wanderer')
}

function loss({ random, pick, name, revised }: World): DeleteChange | AccountChange {
  const at = minute(Math.floor(random() * 60))
  const id = name(pick(['p', 'q', 'r', 's', 't', 'unknown']))
  if (random() < 0.4)
    return { op: pick(['withdraw', 'restore'] as const), source: 'file', author: name('wanderer'), at }
  const revision = revised && random() < 0.8 ? String(1 + Math.floor(random() * 40)) : null
  return { op: 'delete', source: 'file', id, at, revision }
}

export function historyOf(world: World): Step[] {
  return Array.from({ length: 6 + Math.floor(world.random() * 5) }, (_, nr): Step => {
    if (world.random() < 0.7) return { add: slice(world, 10 + nr * 5) }
    return { forget: Array.from({ length: 1 + Math.floor(world.random() * 2) }, () => loss(world)) }
  })
}

export async function tell(store: Store | Oracle, step: Step): Promise<void> {
  if ('add' in step) await store.add(step.add)
  else await store.forget(step.forget)
}

/** What the store says, in the oracle's words. */
export async function answers(store: Store, { topics, name }: World) {
  const first = { topic: topics[0]!, model: models[0]!, window: day }
  expect((await store.ask.summary(first)).posts).toBe((await store.ask.posts(first, {})).posts.length)
  const places = topics.flatMap((topic) => models.map((model) => ({ topic, model })))
  const found = []
  for (const { topic, model } of places) {
    const filter: Filter = { topic, model, window: day }
    const { posts } = await store.ask.posts(filter, { limit: 100 })
    found.push(posts.map(({ id, text }) => ({ id, text })).sort((a, b) => (a.id < b.id ? -1 : 1)))
  }
  const states = []
  for (const id of ['p', 'q', 'r', 's', 't', 'unknown']) {
    const post = await store.ask.post(name(id))
    states.push(post === null ? 'none' : post === 'gone' ? 'gone' : 'live')
  }
  return { found, states }
}

export function expected(oracle: Oracle, { topics, name }: World) {
  const found = topics.flatMap(({ topic, version }) => models.map((model) => oracle.posts(topic, version, model)))
  return { found, states: ['p', 'q', 'r', 's', 't', 'unknown'].map((id) => oracle.state(name(id))) }
}
