// The whole dataflow on one screen: world -> ingest -> log -> analyze -> store -> perspectives and dashboards.
// Opens the parts, connects them, runs them until the signal aborts, and closes them in reverse order.
import { join, resolve } from 'node:path'
import { analyze } from './analyze/analyze.ts'
import { describeEncoder, openEncoder } from './analyze/encoder.ts'
import { type HistoryState, nobodysHistory, unknownHistory } from './analyze/history.ts'
import { openTopics, type TopicRegistry } from './analyze/topics.ts'
import { type Attached, type Attaching, attach, readElsewhere, sampleDir, wordlessOf } from './attached.ts'
import { type Config, home, openFolder } from './config.ts'
import { kafkaOf } from './configLog.ts'
import { UserError } from './errors.ts'
import type { Status } from './given.ts'
import { hold } from './held.ts'
import { ingest } from './ingest/ingest.ts'
import { sampleAuthors } from './ingest/sample.ts'
import { type Note, silent } from './journal.ts'
import { openSqliteLog } from './log/sqlite.ts'
import { lookBeforeScrape } from './metrics.ts'
import { together } from './retry.ts'
import { followTopics, type Running, sampleState, statusOf, statusOfAll, tellState } from './state.ts'
import { openKeys } from './store/keys.ts'
import { type OpenStore, openStore } from './store/store.ts'
import type { Change, Log, Model, TopicDefinition } from './types.ts'

export interface Pipeline {
  config: Config
  log: Log
  store: OpenStore
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

export type Role = 'ingest' | 'analyze' | 'serve'
export const everyRole: Role[] = ['ingest', 'analyze', 'serve']

interface Opening {
  /** false: every source is off (import). */
  attach?: boolean
  loadModel?: typeof openModel
  /** What this process does; the rest is done by others on the same log and store. */
  roles?: Role[]
  /** Times of the store, for tests. */
  store?: { eraseAfterMs?: number; timeoutMs?: number; patientMs?: number }
}

/** Opens log, model, store and topics under the data folder. */
export async function open(config: Config, note: Note, opening: Opening = {}): Promise<Pipeline> {
  const { roles = everyRole, store: times = {} } = opening
  const { loadModel = roles.includes('analyze') ? openModel : describeModel } = opening
  const isAttached = (opening.attach ?? true) && roles.includes('ingest')
  const isWhole = roles.length === everyRole.length
  await using parts = new AsyncDisposableStack()
  const names = roles.map((role) => parts.use(holdRole(config, role)).name)
  const log = parts.use(await openLog(config, note))
  // Before what takes seconds: a query that does not parse is told at once.
  const topics = await openTopics(log)
  if (roles.includes('analyze')) await topics.applyConfig(config.topics.map(definitionOf))
  const model = parts.use(await loadModel(config, note))
  const wordless = wordlessOf(config, (await log.cursor('x')) !== null)
  const store = parts.use(await openStoreOf(config, model, { note, wordless, times }))
  // The sample is for a first look at the whole: roles that run apart never add it.
  const sampled = config.sample && isAttached && isWhole && (await sampleState(log)) !== 'removed'
  if (sampled) await addSampleTopics(log, topics)
  const parted = { config, log, store, model, topics, sampled, note }
  const attached = isAttached ? attach(parted) : isWhole ? nothing : readElsewhere(parted)
  const history = roles.includes('analyze') ? unknownHistory() : nobodysHistory()
  const running = { log, model, history, sources: () => attached.sources.map((source) => source.status()) }
  const status = () => (isWhole ? statusOf(running) : statusOfAll(running, topics))
  parts.defer(() => lookBeforeScrape(null))
  lookBeforeScrape(status)
  const opened = parts.move()
  return {
    ...{ config, log, store, model, topics, status, readSince: attached.readSince },
    removeSample: () => removeSample(log, topics),
    run: (signal) => together(signal, [...tasksOf({ ...parted, history, roles, names, attached, running })]),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

interface Parted extends Attaching {
  topics: TopicRegistry
  history: HistoryState
  roles: Role[]
  /** Of this process's roles: a second `analyze` is told apart from the first. */
  names: string[]
  attached: Attached
  running: Running
}

/** What the roles of this process do until the signal aborts. */
function* tasksOf(parts: Parted): Iterable<(signal: AbortSignal) => Promise<void>> {
  const { roles, names, attached, log, topics, note, running } = parts
  yield (signal) => {
    const ingesting = ingest(attached.sources, log, { signal, note })
    running.sources = ingesting.status
    return ingesting.done
  }
  yield attached.run
  if (roles.includes('analyze')) yield (signal) => analyze(parts, signal)
  else yield (signal) => followTopics(log, topics, signal)
  if (roles.length < everyRole.length) yield (signal) => tellState(names.join('+'), running, signal)
}

/**
 * Each role once on a data folder: a second one would read every source twice, or draw every conclusion twice. On Kafka
 * any number may analyze: they share the partitions.
 */
function holdRole(config: Config, role: Role): Disposable & { name: string } {
  openFolder(config)
  for (let number = 1; number === 1 || (role === 'analyze' && config.log.kafka); number++) {
    const name = number === 1 ? role : `${role}-${number}`
    const held = hold(join(config.dataDir, `${name}.lock`))
    if (held) return { name, [Symbol.dispose]: () => held[Symbol.dispose]() }
  }
  const hint = 'End the other process, or give another folder with --data DIR.'
  throw new UserError(`undercurrent already runs on ${config.dataDir} (${role})`, hint)
}

/** The log alone: for commands that append beside a running process. */
export async function openLog(config: Config, note: Note = silent): Promise<Log> {
  openFolder(config)
  const { age, size } = config.log.retention
  const keys = openKeys(join(config.dataDir, 'keys.json'))
  const retention = { hours: age / 3_600_000, bytes: size }
  const fleeting = { sources: wordlessOf(config), reader: 'analyze' }
  const asked = { retention, fleeting, hashKey: keys.tombstone }
  if (!config.log.kafka) return openSqliteLog({ path: join(config.dataDir, 'log.db'), ...asked })
  // Loaded by those alone who have it.
  const { openKafkaLog } = await import('./log/kafka.ts')
  return openKafkaLog({ ...kafkaOf(config.log.kafka, config.kafkaPassword), ...asked, dir: config.dataDir, note })
}

export function openStoreOf(
  config: Config,
  model: Model,
  { note, wordless = wordlessOf(config), times = {} }: { note: Note; wordless?: string[]; times?: Opening['store'] },
): Promise<OpenStore> {
  const at = config.store.url
    ? { url: config.store.url, user: config.storeUser, password: config.storePassword }
    : { path: join(config.dataDir, 'store') }
  const keys = openKeys(join(config.dataDir, 'keys.json'))
  return openStore({ ...at, ...times, keys, model: model.id, modelError: model.labels.modelError, wordless, note })
}

/** The model alone: for `undercurrent score`. */
export async function openModel(config: Config, note: Note = silent): Promise<Model> {
  return openEncoder({ ...modelPlace(config), threads: config.model.threads, note })
}

/** Its name and labels: for roles that score nothing. */
export async function describeModel(config: Config): Promise<Model> {
  return describeEncoder(modelPlace(config))
}

/** Its folders. */
export function modelPlace({ model }: Pick<Config, 'model'>) {
  const folder = resolve(model.folder ?? join(home, 'models/undercurrent-minilm'))
  const heads = model.sentiment ? { sentiment: { folder: resolve(model.sentiment), map: model.sentiment_labels } } : {}
  return { folder, heads }
}

const nothing: Attached = { sources: [], run: async () => {}, readSince: () => [] }

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
