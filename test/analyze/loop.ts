// Stage 3 as the pipeline runs it, for tests: a real log in a folder of its own, the fake model, a store it is given.
// Every change and every topic carries the loop's name, so that many loops can share one store.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Analysis, analyze } from '../../analyze/analyze.ts'
import { unknownHistory } from '../../analyze/history.ts'
import { openTopics, type TopicRegistry } from '../../analyze/topics.ts'
import type { Filter, Store, StoredPost } from '../../answers.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { Change, Log, PostChange, TopicDefinition } from '../../types.ts'
import { fakeModel } from '../doubles/model.ts'

const always = { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' }
/** The nth second of the tests' day. */
export const at = (second: number) => new Date(Date.UTC(2026, 10, 20) + second * 1_000).toISOString()

export interface Loop extends AsyncDisposable {
  name: string
  log: Log
  topics: TopicRegistry
  model: ReturnType<typeof fakeModel>
  post(id: string, text: string, more?: Partial<PostChange>): PostChange
  say(...changes: Change[]): Promise<number>
  /** Makes or changes the topic that is named like the loop. */
  track(query: string, more?: Partial<TopicDefinition>): Promise<void>
  /** Starts analysis; `settled` resolves at lag 0 and rejects when analysis failed. */
  run(parts?: Partial<Analysis>): Run
  /** Closes log and registry and opens them again, as a new process would. */
  reopen(): Promise<void>
  shown(version?: number, model?: string): Promise<StoredPost[]>
  /** id -> text of what is shown. */
  texts(version?: number, model?: string): Promise<Record<string, string>>
  filter(version?: number, model?: string): Filter
  count(version?: number): Promise<number>
}

export interface Run {
  lag(): Promise<number>
  settled(): Promise<void>
  done: Promise<void>
  stop(): Promise<void>
}

export async function openLoop(store: Store, name: string): Promise<Loop> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-loop-'))
  const options = { path: join(folder, 'log.db'), retention: { hours: 48, bytes: 1e9 }, hashKey: Buffer.alloc(32, 7) }
  const model = fakeModel()
  let log = await openSqliteLog({ ...options, pollMs: 5 })
  let topics = await openTopics(log)
  const filter = (version = 1, id = model.id): Filter => ({
    topic: { topic: name, version },
    model: id,
    window: always,
  })
  const shown = async (version?: number, id?: string) => {
    const { posts } = await store.ask.posts(filter(version, id), { limit: 500 })
    return posts.sort((a, b) => (a.id < b.id ? -1 : 1))
  }
  return {
    name,
    model,
    filter,
    shown,
    get log() {
      return log
    },
    get topics() {
      return topics
    },
    post: (id, text, more) => ({ ...blank, source: name, id, text, author: `author of ${id}`, ...more }),
    say: (...changes) => log.append({ source: name, changes, cursor: null }),
    track: async (query, more) => {
      await topics.put({ id: name, name, query, targets: [], public: false, tags: [], ...more })
    },
    run: (parts) => runOf({ log, model, store, topics, ...parts }),
    reopen: async () => {
      await log[Symbol.asyncDispose]()
      log = await openSqliteLog({ ...options, pollMs: 5 })
      topics = await openTopics(log)
    },
    texts: async (version, id) => Object.fromEntries((await shown(version, id)).map((post) => [post.id, post.text])),
    count: async (version = 1) =>
      (await store.ask.counts()).find((one) => one.topic === name && one.version === version)?.posts ?? 0,
    [Symbol.asyncDispose]: async () => {
      await log[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const blank: Omit<PostChange, 'source' | 'id' | 'text' | 'author'> = {
  op: 'create',
  at: at(0),
  lang: 'en',
  likes: null,
  reposts: null,
  replyTo: null,
  revision: null,
  quotable: true,
}

function runOf(parts: Omit<Analysis, 'history' | 'note'>): Run {
  const history = unknownHistory()
  const stop = new AbortController()
  const done = analyze({ history, note: () => {}, ...parts }, stop.signal)
  done.catch(() => {})
  const lag = async () => {
    const { head, readers } = await parts.log.status()
    const filling = history.underway.reduce((sum, one) => sum + one.total - one.done, 0)
    return head - (readers.analyze ?? 0) + Math.max(filling, history.waiting)
  }
  const reached = async () => {
    while ((await lag()) > 0) await pause(2)
  }
  return {
    lag,
    done,
    settled: () => Promise.race([reached(), done]),
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

/** The same thing with some of its methods replaced. */
export function altered<T extends object>(original: T, changed: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      if (key in changed) return changed[key as keyof T]
      const value = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A log that gives slices of at most `limit` changes. */
export const inSmallSlices = (log: Log, limit: number): Log =>
  altered(log, { read: (reader, signal, options) => log.read(reader, signal, { ...options, limit }) })
