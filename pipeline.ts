// The whole dataflow on one screen: world -> ingest -> log -> analyze -> store -> perspectives and dashboards.
// Opens the parts, connects them, runs them until the signal aborts, and closes them in reverse order.
import { join, resolve } from 'node:path'
import { analyze } from './analyze/analyze.ts'
import { openEncoder } from './analyze/encoder.ts'
import { type HistoryState, unknownHistory } from './analyze/history.ts'
import { openTopics, type TopicRegistry } from './analyze/topics.ts'
import type { Store } from './answers.ts'
import { type Attached, attach, sampleDir, wordlessOf } from './attached.ts'
import { type Config, home, openFolder } from './config.ts'
import type { Status } from './given.ts'
import { ingest } from './ingest/ingest.ts'
import { sampleAuthors } from './ingest/sample.ts'
import { type Note, silent } from './journal.ts'
import { openSqliteLog } from './log/sqlite.ts'
import { metrics } from './metrics.ts'
import { together } from './retry.ts'
import { openKeys } from './store/keys.ts'
import { openStore } from './store/store.ts'
import type { Change, Log, Model, SourceStatus, TopicDefinition } from './types.ts'

export interface Pipeline {
  config: Config
  log: Log
  store: Store
  model: Model
  topics: TopicRegistry
  status(): Promise<Status>
  /** Of sources that are read by topic. */
  readSince: Attached['readSince']
  /** Takes the bundled sample away for good: its posts as withdrawn accounts, its topics with their numbers. */
  removeSample(): Promise<void>
  /** Runs sources and analysis until the signal aborts. Rejects only on what a person must mend. */
  run(signal: AbortSignal): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens log, model, store and topics under the data folder. `attach: false` leaves every source off (import). */
export async function open(
  config: Config,
  note: Note,
  { attach: isAttached = true, loadModel = openModel } = {},
): Promise<Pipeline> {
  await using parts = new AsyncDisposableStack()
  const log = parts.use(await openLog(config))
  // Before what takes seconds: a query that does not parse is told at once.
  const topics = await openTopics(log)
  await topics.applyConfig(config.topics.map(definitionOf))
  const model = parts.use(await loadModel(config, note))
  const wordless = wordlessOf(config, (await log.cursor('x')) !== null)
  const store = parts.use(await openStoreOf(config, model, { note, wordless }))
  const sampled = config.sample && isAttached && (await sampleState(log)) !== 'removed'
  if (sampled) await addSampleTopics(log, topics)
  const attached = isAttached ? attach({ config, log, store, model, topics, sampled, note }) : nothing
  const { sources, readSince } = attached
  const history = unknownHistory()
  let status = () => sources.map((source) => source.status())
  const opened = parts.move()
  return {
    ...{ config, log, store, model, topics, readSince },
    status: () => statusOf({ log, model, history, sources: status() }),
    removeSample: () => removeSample(log, topics),
    run: (signal) => {
      const take = (either: AbortSignal) => {
        const running = ingest(sources, log, { signal: either, note })
        status = running.status
        return running.done
      }
      return together(signal, [
        take,
        attached.run,
        (either) => analyze({ log, model, store, topics, history, note }, either),
      ])
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The log alone: for commands that append beside a running process. */
export async function openLog(config: Config): Promise<Log> {
  openFolder(config)
  const { age, size } = config.log.retention
  const keys = openKeys(join(config.dataDir, 'keys.json'))
  const retention = { hours: age / 3_600_000, bytes: size }
  const fleeting = { sources: wordlessOf(config), reader: 'analyze' }
  return openSqliteLog({ path: join(config.dataDir, 'log.db'), retention, fleeting, hashKey: keys.tombstone })
}

export function openStoreOf(
  config: Config,
  model: Model,
  { note, wordless = wordlessOf(config) }: { note: Note; wordless?: string[] },
): Promise<Store> {
  const at = config.store.url
    ? { url: config.store.url, user: config.storeUser, password: config.storePassword }
    : { path: join(config.dataDir, 'store') }
  const keys = openKeys(join(config.dataDir, 'keys.json'))
  return openStore({ ...at, keys, modelError: model.labels.modelError, wordless, note })
}

/** The model alone: for `undercurrent score`. */
export async function openModel({ model }: Config, note: Note = silent): Promise<Model> {
  const folder = resolve(model.folder ?? join(home, 'models/undercurrent-minilm'))
  const heads = model.sentiment ? { sentiment: { folder: resolve(model.sentiment), map: model.sentiment_labels } } : {}
  return openEncoder({ folder, threads: model.threads, heads, note })
}

const nothing: Attached = { sources: [], run: async () => {}, readSince: () => [] }

interface Running {
  log: Log
  model: Model
  sources: SourceStatus[]
  history: HistoryState
}

async function statusOf({ log, model, sources, history }: Running): Promise<Status> {
  const kept = await log.status()
  const readers: Status['readers'] = {}
  for (const [reader, position] of Object.entries({ analyze: 0, ...kept.readers })) {
    if (reader === 'analyze') readers[reader] = { position, lag: Math.max(0, kept.head - position) }
  }
  const filling = history.underway.reduce((sum, one) => sum + one.total - one.done, 0)
  metrics.lag.set({ reader: 'analyze' }, readers.analyze!.lag)
  metrics.lag.set({ reader: 'history' }, filling)
  const drops: Status['drops'] = {}
  for (const { labels, value } of (await metrics.dropped.get()).values) {
    const reason = labels.reason as keyof typeof drops
    drops[reason] = (drops[reason] ?? 0) + value
  }
  return {
    lag: readers.analyze!.lag + Math.max(filling, history.waiting),
    sources,
    readers,
    log: kept,
    drops,
    histories: history.underway,
    model: model.id,
    sample: (await sampleState(log)) === 'added',
  }
}

function definitionOf(topic: Config['topics'][number]): TopicDefinition {
  const targets = topic.targets.map((target) =>
    typeof target === 'string' ? { id: '', text: target } : { id: target.id ?? '', text: target.text },
  )
  const { id, name = id, query, public: isPublic, tags } = topic
  return { id, name, query, targets, public: isPublic, tags }
}

/** Once: a sample topic that a person dropped does not come back. */
async function addSampleTopics(log: Log, topics: TopicRegistry): Promise<void> {
  if ((await sampleState(log)) !== null) return
  const { default: definitions } = await import('./ingest/sample/topics.json', { with: { type: 'json' } })
  for (const one of definitions) if (!topics.get(one.id)) await topics.put({ ...one, tags: [] }, 'sample')
  await log.append({
    source: 'undercurrent',
    changes: [{ op: 'setting', key: 'sample', value: 'added' }],
    cursor: null,
  })
}

async function sampleState(log: Log): Promise<string | null> {
  for (const { change } of await log.settings())
    if (change.op === 'setting' && change.key === 'sample') return change.value
  return null
}

async function removeSample(log: Log, topics: TopicRegistry): Promise<void> {
  for (const topic of topics.list()) if (topic.origin === 'sample') await topics.drop(topic.id)
  await log.append({ source: 'undercurrent', changes: await sampleRemoval(), cursor: null })
}

async function sampleRemoval(): Promise<Change[]> {
  const at = new Date().toISOString()
  const authors = await sampleAuthors(sampleDir)
  const removed: Change = { op: 'setting', key: 'sample', value: 'removed' }
  return [...authors.map((author): Change => ({ op: 'withdraw', source: 'sample', author, at })), removed]
}
