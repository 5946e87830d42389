// Every platform as a double at a rate of its own, and the ways to break each: what bench/everything.ts runs the pipeline
// against. Each double keeps its own truth; what it forgot for good (a gap that must be told) is known to it, too.

import type { Coverage } from '../answers.ts'
import type { Pipeline } from '../pipeline.ts'
import { openFeeds } from '../test/doubles/feeds.ts'
import { HackerNewsDouble } from '../test/doubles/hackernews.ts'
import { JetstreamDouble } from '../test/doubles/jetstream.ts'
import { MastodonDouble } from '../test/doubles/mastodon.ts'
import { postUri } from '../test/doubles/network.ts'
import { demoTopic, about as isAbout } from '../test/doubles/posts.ts'
import { XDouble } from '../test/doubles/x.ts'
import { planPosts, truthOfX } from '../test/doubles/xPosts.ts'

export interface Platform {
  name: string
  /** What its posts carry as their source. */
  posts: string
  /** Its source is connected. */
  isRead(): boolean
  /** Posts made so far, matching or not. */
  made(): number
  /** Matching posts that are there at last, and when each was posted. */
  truth(): Map<string, number>
  /** Ids of which nobody can say what they should be: changed in a gap that was told. */
  murky?(gaps: Coverage['gaps']): Set<string>
  /** Absent: the store's mentions of its source. */
  counted?(pipeline: Pipeline): Promise<Set<string>>
}

export interface Break {
  name: string
  /** Whose status shows it. */
  source: string
  begin(): void
  end(): void
  /** It can only be told, not made up for. */
  isGap: boolean
}

interface Making extends Platform {
  /** Makes so many at this moment. */
  make(count: number, atMs: number): void
  share: number
  yaml: string
  breaks: Break[]
  double: AsyncDisposable
}

export interface Everything extends AsyncDisposable {
  yaml: string
  platforms: Platform[]
  breaks: Break[]
  mayMiss(source: string): boolean
  start(): void
  stop(): void
}

const tickMs = 50
const secondMs = 1_000
/** So many answers of this kind that none other comes. */
const refused = (status: number) => Array.from({ length: 20_000 }, () => ({ status }))

export async function openEverything(rate: number): Promise<Everything> {
  const all = [await bluesky(), await x(), await mastodon(), await hackerNews(), await articles()]
  const owed = new Map(all.map((one) => [one, 0]))
  let timer: NodeJS.Timeout | null = null
  let before = 0
  // By the time that passed, not by ticks: a busy machine ticks late.
  const tick = () => {
    const passedMs = performance.now() - before
    before += passedMs
    for (const one of all) {
      const due = owed.get(one)! + (rate * one.share * passedMs) / secondMs
      owed.set(one, due % 1)
      if (due >= 1) one.make(Math.floor(due), Date.now())
    }
  }
  const breaks = all.flatMap((one) => one.breaks)
  const query = JSON.stringify(demoTopic.query)
  return {
    yaml: `sources:\n${all.map(({ yaml }) => `  ${yaml}\n`).join('')}topics: [{ id: talks, query: ${query} }]\nserver: { dial: { allow: [127.0.0.1] } }\n`,
    platforms: all,
    breaks,
    mayMiss: (source) => breaks.some((one) => one.isGap && one.source === source),
    start: () => {
      before = performance.now()
      timer = setInterval(tick, tickMs)
    },
    stop: () => clearInterval(timer ?? undefined),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer ?? undefined)
      for (const { double } of all) await double[Symbol.asyncDispose]()
    },
  }
}

async function bluesky(): Promise<Making> {
  const double = await JetstreamDouble.start({ seed: 21, accounts: 3_000, accountShare: 0.001, repeatEvery: 200 })
  const times = new Map<string, number>()
  let forgotten = 0
  const isDown = (status: number) => {
    double.down = status
    double.cut()
  }
  return {
    ...{ name: 'bluesky', posts: 'bluesky', share: 0.78, double },
    yaml: `bluesky: { hosts: ["${double.url}"], rewind: 1m, counts_per_hour: 0 }`,
    isRead: () => double.readers > 0,
    made: () => double.network.counts().created,
    make: (count, atMs) => {
      // What was deleted may be written again: its time is that of the last.
      for (const { did, rkey, timeUs, operation } of double.produce(count, atMs * 1_000, (tickMs * 1_000) / count))
        if (rkey && operation === 'create') times.set(postUri(did, rkey), timeUs / 1_000)
    },
    truth: () =>
      new Map(
        [...double.network.ledger].flatMap(([id, { about }]) => (about ? [[id, times.get(id) ?? 0] as const] : [])),
      ),
    murky: (gaps) => changedIn(double, forgotten, gaps),
    breaks: [
      { name: 'bluesky down', source: 'bluesky', isGap: false, begin: () => isDown(503), end: () => (double.down = 0) },
      {
        ...{ name: 'bluesky down, and what it kept is gone', source: 'bluesky', isGap: true },
        begin: () => isDown(503),
        end: () => {
          forgotten = double.events.length
          double.forgetBefore(forgotten + 1)
          double.down = 0
        },
      },
    ],
  }
}

/** Edits and deletions among the first `forgotten` events that lie in a gap. Reading may have been behind when it was cut. */
function changedIn({ events, network }: JetstreamDouble, forgotten: number, gaps: Coverage['gaps']): Set<string> {
  const ids = new Set<string>()
  const from = Math.min(...gaps.filter(({ source }) => source === 'bluesky').map((gap) => Date.parse(gap.from)))
  for (const { did, rkey, kind, operation, timeUs } of events.slice(0, forgotten)) {
    if (operation === 'create' || timeUs / 1_000 < from) continue
    if (rkey) ids.add(postUri(did, rkey))
    else if (kind === 'account') for (const [id, { author }] of network.ledger) if (author === did) ids.add(id)
  }
  return ids
}

async function x(): Promise<Making> {
  const double = await XDouble.start({ seed: 22, repeatEvery: 300 })
  let seed = 1
  const refuse = (...paths: string[]) => {
    double.refuse = (path) => (paths.some((one) => path.endsWith(one)) ? { status: 503 } : null)
    if (paths.length) double.cut()
  }
  return {
    ...{ name: 'x', posts: 'x', share: 0.17, double },
    yaml: `x: { host: "${double.url}", daily: 100000, monthly: 1000000 }`,
    isRead: () => double.readers > 0,
    made: () => double.posts.length,
    make: (count, atMs) => {
      const every = { editEvery: 40, repostEvery: 30, longEvery: 50 }
      const fromMs = atMs - tickMs
      double.publish(...planPosts({ seed: seed++, count, fromMs, stepMs: tickMs / count, word: 'ceasefire', ...every }))
    },
    truth: () => {
      const times = new Map(double.posts.map(({ history, at }) => [history[0]!, at]))
      return new Map([...truthOfX(double.posts).keys()].map((id) => [id, times.get(id)!]))
    },
    breaks: [{ name: 'x down', source: 'x', isGap: false, begin: () => refuse('/stream'), end: () => refuse() }],
  }
}

async function mastodon(): Promise<Making> {
  const double = await MastodonDouble.start({ seed: 23, repeatEvery: 100 })
  const times = new Map<string, number>()
  const willing = double.accounts.filter(({ flags, host }) => !flags.noindex && flags.indexable && host === null)
  let nr = 0
  const { host } = new URL(double.url)
  return {
    ...{ name: 'mastodon', posts: 'mastodon', share: 0.045, double },
    yaml: `mastodon: { rewind: 1m, instances: [{ host: "${double.url}" }] }`,
    isRead: () => double.listeners > 0,
    made: () => double.entries.size,
    make: (count, atMs) => {
      for (let at = 0; at < count; at++) {
        const entry = double.post(atMs, { account: willing[nr++ % willing.length]! })
        times.set(`${double.url}/statuses/${entry.id}`, atMs)
        if (nr % 15 === 0) double.edit(entry, `${entry.text} (edited)`, atMs + 1)
        if (nr % 20 === 0) double.delete(entry)
      }
    },
    truth: () =>
      new Map(
        [...double.truth({ remote: false })].flatMap(([id, text]) =>
          isAbout(text) ? [[id, times.get(id)!] as const] : [],
        ),
      ),
    breaks: [
      {
        ...{ name: 'mastodon down', source: `mastodon:${host}`, isGap: false },
        begin: () => {
          double.refusals.push(...refused(503))
          double.cut()
        },
        end: () => void double.refusals.splice(0),
      },
    ],
  }
}

async function hackerNews(): Promise<Making> {
  const double = await HackerNewsDouble.start({ seed: 24 })
  const first = double.add(Date.now() - 600_000)
  return {
    ...{ name: 'hackernews', posts: 'hackernews', share: 0.004, double },
    yaml: `hackernews: { host: "${double.url}", rewind: 1m }`,
    isRead: () => double.asked.length > 0,
    made: () => double.things.size - 1,
    make: (count, atMs) => {
      for (let at = 0; at < count; at++) double.add(atMs)
    },
    truth: () =>
      new Map(
        [...double.truth(first.atMs + 1)].flatMap(([id, text]) =>
          isAbout(text) ? [[id, double.things.get(Number(id))!.atMs] as const] : [],
        ),
      ),
    breaks: [
      {
        ...{ name: 'hacker news down', source: 'hackernews', isGap: false },
        begin: () => void double.refusals.push(...refused(503)),
        end: () => void double.refusals.splice(0),
      },
    ],
  }
}

async function articles(): Promise<Making> {
  const double = await openFeeds()
  const listed: { path: string; headline: string; at: string }[] = []
  return {
    ...{ name: 'feeds', posts: 'feeds', share: 0.001, double },
    yaml: `feeds: [{ url: "${double.url('/news')}", every: 1m }]`,
    isRead: () => true,
    made: () => listed.length,
    make: (count, atMs) => {
      for (let at = 0; at < count; at++) {
        const nr = listed.length
        // A feed lists its latest hundred.
        listed.push({
          path: `/article/${nr}`,
          headline: `Ceasefire talks, part ${nr}`,
          at: new Date(atMs).toISOString(),
        })
      }
      double.publish('/news', listed.slice(-100))
    },
    truth: () => new Map(listed.map(({ path, at }) => [new URL(double.url(path)).href, Date.parse(at)])),
    counted: async (pipeline) => {
      const [topic] = pipeline.topics.list()
      const window = { from: '2000-01-01T00:00:00.000Z', to: new Date(Date.now() + 60_000).toISOString() }
      const asked = { topic: { topic: topic!.id, version: topic!.version }, window, limit: 100 }
      const ids = new Set<string>()
      for (let cursor: string | undefined; ; ) {
        const page = await pipeline.store.ask.articles({ ...asked, cursor })
        for (const { url } of page.newest) ids.add(url)
        if (!page.next) return ids
        cursor = page.next
      }
    },
    breaks: [
      {
        ...{ name: 'feed down', source: 'feeds', isGap: false },
        begin: () => double.trouble('/news', ...Array.from({ length: 50 }, () => 'down' as const)),
        end: () => double.calm('/news'),
      },
    ],
  }
}
