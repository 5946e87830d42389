// Which sources run, and what each is given: the configuration's word made into sources. Reads nothing by itself; holds
// no post.
import { join } from 'node:path'
import type { Store } from './answers.ts'
import { xElsewhere, xOf } from './attachedX.ts'
import { type Config, home, secret } from './config.ts'
import { openDial } from './dial.ts'
import { UserError } from './errors.ts'
import type { ReadSince } from './given.ts'
import { articleSource } from './ingest/articles.ts'
import { blueskySource } from './ingest/bluesky.ts'
import { hackerNewsSource } from './ingest/hackernews.ts'
import { mastodonSource } from './ingest/mastodon.ts'
import { mastodonLooksSource } from './ingest/mastodonLooks.ts'
import { refreshSource } from './ingest/refresh.ts'
import { sampleSource } from './ingest/sample.ts'
import type { Note } from './journal.ts'
import type { Log, Model, Source, Topic } from './types.ts'

export const sampleDir = join(home, 'ingest/sample')

export interface Attaching {
  config: Config
  log: Log
  store: Store
  model: Model
  topics: { list(): Topic[]; onChange(listener: () => void): () => void }
  /** The bundled sample is to be read, too. */
  sampled: boolean
  note: Note
}

export interface Attached {
  sources: Source[]
  /** What sources want to be done beside their reading, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Of sources that are read by topic. */
  readSince(topic: Pick<Topic, 'query' | 'at'>): ReadSince[]
}

/** Sources whose posts are kept without their words. X switched off may have left some behind that nobody scored yet. */
export const wordlessOf = ({ sources: { x } }: Pick<Config, 'sources'>, wasRead = false): string[] =>
  (x ? x.keep === 'scores' : wasRead) ? ['x'] : []

export function attach(parts: Attaching): Attached {
  const { config, sampled } = parts
  const sources: Source[] = []
  if (sampled) sources.push(sampleSource({ dir: sampleDir }))
  if (config.offline) return { sources, run: async () => {}, readSince: () => [] }
  sources.push(...blueskyOf(parts))
  const x = xOf(parts)
  const more = [...mastodonOf(parts), ...hackerNewsOf(parts), ...feedsOf(parts)]
  return { ...x, sources: [...sources, ...x.sources, ...more] }
}

/** Where another process reads: what is read by topic, and since when, as the log tells. Needs no token. */
export function readElsewhere(parts: Pick<Attaching, 'config' | 'log'>): Attached {
  return { sources: [], ...xElsewhere(parts) }
}

function mastodonOf({ config: { sources }, store, note }: Attaching): Source[] {
  const { instances, rewind: rewindMs } = sources.mastodon || { instances: [], rewind: 0 }
  const homes = instances.map(({ host }) => new URL(host).host)
  const recent = (since: string, limit: number) => store.recent('mastodon', since, limit)
  return instances.flatMap(({ token_env, host, ...instance }) => {
    const token = token_env ? tokenIn(token_env) : null
    return [
      mastodonSource({ instance: { ...instance, host, token }, homes, rewindMs, note }),
      mastodonLooksSource({ host, token, recent, note }),
    ]
  })
}

function tokenIn(name: string): string {
  const token = secret(name)
  if (token) return token
  throw new UserError(`the environment variable ${name} is not set`, `Set it, or ${name}_FILE, or take token_env out.`)
}

function hackerNewsOf({ config: { sources }, note }: Attaching): Source[] {
  const { hackernews } = sources
  return hackernews ? [hackerNewsSource({ host: hackernews.host, rewindMs: hackernews.rewind, note })] : []
}

function feedsOf({ config, note }: Attaching): Source[] {
  const feeds = config.sources.feeds.map(({ url, every }) => ({ url, everyMs: every }))
  return feeds.length ? [articleSource({ feeds, dial: openDial({ allow: config.server.dial.allow }), note })] : []
}

function blueskyOf({ config, store, note }: Attaching): Source[] {
  const { bluesky } = config.sources
  if (!bluesky) return []
  const recent = (since: string, limit: number) => store.recent('bluesky', since, limit)
  return [
    blueskySource({ hosts: bluesky.hosts, rewindMs: bluesky.rewind, note }),
    refreshSource({ host: bluesky.appview, callsPerHour: bluesky.counts_per_hour, recent, note }),
  ]
}
