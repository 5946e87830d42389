// Connects the pipeline to its readers: perspectives and dashboards get questions and verbs, nothing more.
// The one place that knows both; binds the address and closes it.
import type { Window } from './answers.ts'
import { type Concluding, openConcluding } from './concluding.ts'
import type { Config } from './config.ts'
import { openDeliveries } from './dashboards/deliveries.ts'
import { demoSite, endDemo, sampleLivesMs, tellDemo } from './dashboards/demoSite.ts'
import { passOn } from './dashboards/elsewhere.ts'
import { openNews } from './dashboards/events.ts'
import { socketIn } from './dashboards/front.ts'
import type { Limits } from './dashboards/limits.ts'
import type { Given } from './dashboards/served.ts'
import { listen, type Server } from './dashboards/server.ts'
import { endStories, openStories, type Stories } from './dashboards/stories.ts'
import { type Dial, openDial } from './dial.ts'
import { followFeeds, type TakeStories } from './ingest/feed.ts'
import { sentFile } from './ingest/file.ts'
import { speaksFor } from './ingest/homes.ts'
import { sampleStories } from './ingest/sample.ts'
import type { Note } from './journal.ts'
import { cached } from './perspectives/cached.ts'
import { openWritten, type ReadWritten, restsOn } from './perspectives/kept.ts'
import { live, toldEditions } from './perspectives/life.ts'
import { defaultWindow } from './perspectives/perspectives.ts'
import { quantifiers } from './perspectives/words.ts'
import type { Pipeline } from './pipeline.ts'
import type { Topic } from './types.ts'
import { watchTopics } from './watching.ts'

/** Serves the page and the API of a pipeline. Throws UserError when the address is taken. */
export async function serve(
  pipeline: Pipeline,
  { key, signal, note }: { key: string; signal: AbortSignal; note: Note },
): Promise<Server> {
  const { log, store, model, topics, config } = pipeline
  const concluding = openConcluding(pipeline)
  const read = readOf(pipeline, concluding)
  const { tell, listen: listenTo } = openNews()
  const stamp = async () => JSON.stringify((await log.status()).readers)
  const answers = await answersOf(pipeline, concluding)
  const { stories } = answers
  const dial = openDial({ allow: config.server.dial.allow })
  const hooks = openDeliveries({ ...toldOf(pipeline), storiesOf: stories.of, listen: listenTo, dial, note })
  const seen = async () => (await stories.list()).filter(({ state }) => state === 'approved')
  const alerts = await watchTopics(pipeline, { dial, note, concluding, stories: seen })
  const perspective = toldBy(read)
  const { url } = config.server
  const served = { ...answers, perspective, listen: listenTo, stamp, hooks, vet: dial.vet, note, url, alerts }
  const server = await listen(served, { ...placeOf(config), key, signal })
  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  const given = { ask: store.askLater, keep: store.keep, model: model.id, topics: () => topics.list(), read }
  // Rejects only on corruption, and then nobody catches it: the process must not go on.
  const working = Promise.all([
    live({ ...given, stamp, tell, note }, ending),
    hooks.run(ending),
    alerts.run(ending),
    endStories(stories, { signal: ending, note }),
    follow(pipeline, { stories, dial, note, signal: ending }),
  ])
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      stop.abort()
      await working
      concluding[Symbol.dispose]()
    },
  }
}

/** Where we listen, and as whom. */
function placeOf(config: Config) {
  const { host, port, dataDir } = config
  const { url, hosts } = config.server
  const known = url ? [...hosts, new URL(url).hostname] : hosts
  return { host, port, hosts: known, limits: limitsOf(config), socket: socketIn(dataDir) }
}

const readOf = ({ store, model, readSince }: Pipeline, concluding: Concluding): ReadWritten =>
  openWritten({ ask: store.askLater, model: model.id }, (topic, window, print) =>
    concluding.written(topic, window, { print, readSince: readSince(topic) }),
  )

/** Nobody's leaving ends the writing: others may wait for the same. */
function toldBy(read: ReadWritten): Given['perspective'] {
  return async (topic, window, _, after) => (await read(topic, window, after)).told
}

interface Following {
  stories: Stories
  dial: Dial
  note: Note
  signal: AbortSignal
}

/** Takes in the stories of the configured feeds. `offline` asks nobody. */
async function follow({ config }: Pipeline, { stories, dial, note, signal }: Following): Promise<void> {
  const feeds = config.stories.feeds.map(({ url, every, approve }) => ({ url, everyMs: every, approve }))
  const take: TakeStories = async (given, { url, approve }) => {
    const words = given.map((one) => ({ ...one, topic: null }))
    await stories.take(
      words.filter((one) => speaksFor(url, one.url)),
      { approve, isFeed: true, signal },
    )
    // Stories of other sites it may suggest; what stands on their pages is not its to approve or to put in other words.
    const strange = words.filter((one) => !speaksFor(url, one.url))
    const known = await Promise.all(strange.map((one) => stories.at(one.url)))
    await stories.take(
      strange.filter((_, nr) => !known[nr]),
      { approve: false, isFeed: true, signal },
    )
  }
  if (feeds.length && !config.offline) await followFeeds({ feeds, take, dial, note }, signal)
}

/** What registered sites are told of. */
function toldOf({ log, topics, store, config }: Pipeline) {
  const ask = store.askLater
  const editions = passOn(ask, (topic, limit) => toldEditions(ask, topic, limit))
  return { log, topics: () => topics.list().map(({ id }) => id), editions, origin: config.server.url }
}

/** The sample's stories: told of once, shown by the demo, and gone with it. */
async function sampleOf({ log, topics, removeSample }: Pipeline, stories: Stories) {
  const given = await sampleStories()
  await tellDemo({ log, now: Date.now, stories: openStories({ log, topics, now: Date.now }, sampleLivesMs) }, given)
  return {
    demo: () => demoSite({ log }, given),
    removeSample: async () => {
      await endDemo(stories, given)
      await removeSample()
    },
  }
}

/** What the pages and the API ask of the pipeline. */
async function answersOf(pipeline: Pipeline, concluding: Concluding) {
  const { log, topics, store, model, config, status, readSince } = pipeline
  const { ask } = store
  const stories = openStories({ log, topics, now: Date.now }, config.stories.lives)
  const print = (topic: Topic, window: Window) => ask.fingerprint(restsOn(topic, model.id, window))
  return {
    ...{ log, topics, ask, model, status, quantifiers, now: Date.now, readFile: sentFile },
    readSince: (query: string) => readSince({ query, at: '' }),
    ...{ stories, ...(await sampleOf(pipeline, stories)) },
    editions: (topic: string, limit: number) => toldEditions(ask, topic, limit),
    campaigns: cached({ print, write: (topic, window) => concluding.campaigns(topic, window) }),
    themes: cached({ print, write: (topic, window) => concluding.themes(topic, window) }),
    defaultWindow: (topic: Topic) => defaultWindow(ask, topic),
  }
}

function limitsOf({ server: { limits } }: Config): Limits | undefined {
  if (!limits) return undefined
  const { rate, burst, costly_rate, costly_burst } = limits
  return { usual: { perSecond: rate, burst }, costly: { perSecond: costly_rate, burst: costly_burst } }
}
