// The contract of a source, kept by feeds of articles over real sockets, with every trouble that a site can make. Its time
// goes by as fast as it is waited for.
import { openDial } from '../../dial.ts'
import { articleSource } from '../../ingest/articles.ts'
import { sleep } from '../../retry.ts'
import { type SourceWorld, sourceContract } from '../contract/source.ts'
import { type Entry, type Feeds, openFeeds, troubles } from '../doubles/feeds.ts'
import { seeded } from '../doubles/posts.ts'

const dial = openDial({ allow: ['127.0.0.1'] })
const startMs = Date.UTC(2026, 4, 1, 12)
const paths = Array.from({ length: 12 }, (_, nr) => `/feeds/${nr}`)

const entryOf = (feed: string, nr: number): Entry => ({
  path: `${feed}/${nr}?a=1&b=<2>`,
  headline: `Envoys & <b>talks</b> ${feed} ${nr}`,
  summary: `More of ${nr}`,
  at: new Date(startMs - nr * 60_000).toISOString(),
})

function publishAll(feeds: Feeds, truth: Map<string, string>): void {
  const random = seeded(5)
  for (const [nr, path] of paths.entries()) {
    const entries = Array.from({ length: 3 + Math.floor(random() * 60) }, (_, at) => entryOf(path, at))
    for (const entry of entries) truth.set(new URL(feeds.url(entry.path)).href, entry.headline)
    // Two feeds list one article, and one lists it twice.
    const [shared] = [entryOf(paths[0]!, 0)]
    feeds.publish(path, nr % 4 ? [...entries, shared] : [...entries, entries[0]!], nr % 2 ? 'atom' : 'rss')
    feeds.trouble(path, ...troubles.filter(() => random() < 0.3))
  }
}

async function openWorld(): Promise<SourceWorld> {
  const feeds = await openFeeds()
  const truth = new Map<string, string>()
  publishAll(feeds, truth)
  let nowMs = startMs
  const own = {
    dial,
    now: () => nowMs,
    sleep: async (ms: number, signal: AbortSignal) => {
      await sleep(2, signal)
      if (!signal.aborted) nowMs += ms
    },
  }
  let followed = paths
  return {
    source: () =>
      articleSource({ feeds: followed.map((path) => ({ url: feeds.url(path), everyMs: 600_000 })), ...own }),
    truth: () => truth,
    spoil: () => {
      const bad = ['<item><title>no link</title></item>', '<item><link>https://site.example/x</link></item>']
      feeds.spoil(paths[0]!, bad.join(''))
      feeds.spoil(paths[2]!, '<item><title>script</title><link>javascript:alert(1)</link></item>')
      // Read without trouble, each feed is read once, and what is broken in it is met once.
      followed = ['/feeds/0', '/feeds/2', '/feeds/4']
      truth.clear()
      for (const path of followed) {
        const entries = [entryOf(path, 1), entryOf(path, 2)]
        feeds.publish(path, entries)
        for (const entry of entries) truth.set(new URL(feeds.url(entry.path)).href, entry.headline)
      }
      calm(feeds)
      return 3
    },
    flood: () => {
      calm(feeds)
      return { total: paths.length, pushed: () => feeds.served.length }
    },
    [Symbol.asyncDispose]: () => feeds[Symbol.asyncDispose](),
  }
}

function calm(feeds: Feeds): void {
  for (const path of paths) feeds.calm(path)
}

sourceContract('articles of feeds', openWorld)
