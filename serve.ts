// Connects the pipeline to its readers: perspectives and dashboards get questions and verbs, nothing more.
// The one place that knows both; binds the address and closes it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Window } from './answers.ts'
import { type Config, home } from './config.ts'
import { openDeliveries } from './dashboards/deliveries.ts'
import { openNews } from './dashboards/events.ts'
import type { Limits } from './dashboards/limits.ts'
import { listen, type Server } from './dashboards/server.ts'
import { openDial } from './dial.ts'
import type { Note } from './journal.ts'
import { cached } from './perspectives/cached.ts'
import { campaigns } from './perspectives/campaigns.ts'
import { openChat } from './perspectives/chat.ts'
import { openWritten, restsOn } from './perspectives/kept.ts'
import { live, toldEditions } from './perspectives/life.ts'
import { defaultWindow } from './perspectives/perspectives.ts'
import { themes } from './perspectives/themes.ts'
import type { Pipeline } from './pipeline.ts'
import type { Topic } from './types.ts'

/** Serves the page and the API of a pipeline. Throws UserError when the address is taken. */
export async function serve(
  pipeline: Pipeline,
  { key, signal, note }: { key: string; signal: AbortSignal; note: Note },
): Promise<Server> {
  const { log, store, model, topics, config } = pipeline
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
  const { languages, modelError } = model.labels
  const sources = { ask: store.askLater, model: model.id, modelError, languages, code: version, ...narratorOf(config) }
  const read = openWritten(sources)
  const news = openNews()
  const dial = openDial({ allow: config.server.dial.allow })
  const hooks = openDeliveries({ ...toldOf(pipeline), listen: news.listen, dial, note })
  const served = {
    ...answersOf(pipeline),
    perspective: async (topic: Topic, window: Window) => (await read(topic, window)).told,
    listen: news.listen,
    hooks,
    vet: dial.vet,
    note,
    now: Date.now,
  }
  const { host, port } = config
  const { hosts } = config.server
  const server = await listen(served, { host, port, hosts, limits: limitsOf(config), key, signal })
  const stop = new AbortController()
  const stamp = async () => JSON.stringify((await log.status()).readers)
  const { askLater: ask, keep } = store
  const given = { ask, keep, model: model.id, topics: () => topics.list(), read, stamp, tell: news.tell, note }
  // Rejects only on corruption, and then nobody catches it: the process must not go on.
  const until = AbortSignal.any([signal, stop.signal])
  const working = Promise.all([live(given, until), hooks.run(until)])
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      stop.abort()
      await working
    },
  }
}

/** What registered sites are told of. */
function toldOf({ log, topics, store }: Pipeline) {
  const editions = (topic: string, limit: number) => toldEditions(store.askLater, topic, limit)
  return { log, topics: () => topics.list().map(({ id }) => id), editions }
}

/** What the pages and the API ask of the pipeline. */
function answersOf({ log, topics, store, model, status, removeSample }: Pipeline) {
  const { ask } = store
  const of = { ask: store.askLater, model: model.id, error: model.labels.modelError }
  const print = (topic: Topic, window: Window) => ask.fingerprint(restsOn(topic, model.id, window))
  return {
    ...{ log, topics, ask, model, status, removeSample },
    editions: (topic: string, limit: number) => toldEditions(ask, topic, limit),
    campaigns: cached({ print, write: (topic, window) => campaigns(topic, window, of) }),
    themes: cached({ print, write: (topic, window) => themes(topic, window, of) }),
    defaultWindow: (topic: Topic) => defaultWindow(ask, topic),
  }
}

function limitsOf({ server: { limits } }: Config): Limits | undefined {
  if (!limits) return undefined
  const { rate, burst, costly_rate, costly_burst } = limits
  return { usual: { perSecond: rate, burst }, costly: { perSecond: costly_rate, burst: costly_burst } }
}

/** The chat endpoint of the configuration. `offline` asks nobody. */
function narratorOf({ narrator, narratorKey: key, offline }: Config) {
  if (!narrator || offline) return {}
  const { url, model, timeout: timeoutMs } = narrator
  return { narrator: openChat({ url, model, timeoutMs, key }) }
}
