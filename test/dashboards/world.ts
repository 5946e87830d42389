// The whole house behind a real socket on port 0: real log, store, topics, analysis and perspectives in a temporary
// folder, with a model whose scores a test can foresee. Posts are invented and seeded.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analyze } from '../../analyze/analyze.ts'
import { unknownHistory } from '../../analyze/history.ts'
import { openTopics } from '../../analyze/topics.ts'
import { openDeliveries, type Telling } from '../../dashboards/deliveries.ts'
import { passOn } from '../../dashboards/elsewhere.ts'
import { openNews } from '../../dashboards/events.ts'
import type { Given } from '../../dashboards/served.ts'
import { type Binding, listen } from '../../dashboards/server.ts'
import { openStories } from '../../dashboards/stories.ts'
import { openDial } from '../../dial.ts'
import type { Status } from '../../given.ts'
import { sentFile } from '../../ingest/file.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import { campaigns } from '../../perspectives/campaigns.ts'
import { openWriter, openWritten } from '../../perspectives/kept.ts'
import { live, toldEditions } from '../../perspectives/life.ts'
import { defaultWindow } from '../../perspectives/perspectives.ts'
import { themes } from '../../perspectives/themes.ts'
import { quantifiers } from '../../perspectives/words.ts'
import { sleep } from '../../retry.ts'
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import type { SourceStatus, Topic } from '../../types.ts'
import { fakeAlerts } from '../doubles/alerts.ts'
import { fakeModel } from '../doubles/model.ts'

export const key = 'test-key'

export interface World extends AsyncDisposable {
  url: string
  /** Where log and store have their files. */
  folder: string
  served: Given
  /** Events noted, for tests about failures. */
  noted: { event: string; fields: object }[]
  get(path: string, init?: RequestInit): Promise<Response>
  /** JSON of a GET that must answer 200. */
  read<T>(path: string): Promise<T>
  /** A request with the key; `body` goes as JSON, a string as NDJSON. */
  write(method: string, path: string, body?: unknown): Promise<Response>
  /** Resolves once lag is 0: every GET then reflects every accepted change. */
  settled(): Promise<void>
}

export interface WorldOptions {
  binding?: Partial<Binding>
  sources?: SourceStatus[]
  served?: Partial<Given>
  eraseAfterMs?: number
  /** Of what tells the registered sites; they may live on this machine. */
  telling?: Partial<Telling>
}

/** Opens it all and runs the analysis until disposed. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { binding = {}, sources = [], served: other = {}, eraseAfterMs, telling = {} } = options
  await using parts = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-page-'))
  parts.defer(() => rmSync(folder, { recursive: true, force: true }))
  const keys = openKeys(join(folder, 'keys.json'))
  const retention = { hours: 48, bytes: 1e9 }
  const log = parts.use(await openSqliteLog({ path: join(folder, 'log.db'), retention, hashKey: keys.tombstone }))
  const model = parts.use(fakeModel())
  const { modelError, languages } = model.labels
  const store = parts.use(
    await openStore({ path: join(folder, 'store'), keys, modelError, eraseAfterMs, note: () => {} }),
  )
  const topics = await openTopics(log)
  const noted: World['noted'] = []
  const note = (event: string, fields: object) => void noted.push({ event, fields })
  const history = unknownHistory()
  const stop = new AbortController()
  const run = analyze({ log, model, store, topics, history, note }, stop.signal)
  parts.defer(async () => {
    stop.abort()
    await run
  })
  const status = async (): Promise<Status> => {
    const kept = await log.status()
    const position = kept.readers.analyze ?? 0
    const lag = Math.max(0, kept.head - position) + history.waiting
    const readers = { analyze: { position, lag } }
    return { lag, sources, readers, log: kept, drops: {}, histories: history.underway, model: model.id, sample: false }
  }
  const sourced = { ask: store.ask, model: model.id, modelError, languages, code: 'test' }
  const read = openWritten(sourced, openWriter(sourced))
  const perspective: Given['perspective'] = async (topic, window, _, after) => (await read(topic, window, after)).told
  const news = openNews()
  const stamp = async () => JSON.stringify((await log.status()).readers)
  const dial = openDial({ allow: ['127.0.0.1'] })
  const editions: Given['editions'] = (topic, limit) => toldEditions(store.ask, topic, limit)
  const ids = () => topics.list().map(({ id }) => id)
  const stories = openStories({ log, topics, now: Date.now })
  const hooks = openDeliveries({
    log,
    topics: ids,
    editions: passOn(store.askLater, editions),
    storiesOf: stories.of,
    listen: news.listen,
    dial,
    note,
    ...telling,
  })
  const served: Given = {
    ...{ log, topics, ask: store.ask, model, status, perspective, note, now: Date.now },
    removeSample: async () => {},
    readFile: sentFile,
    demo: async () => null,
    campaigns: (topic, window) => campaigns(topic, window, { ask: store.ask, model: model.id }),
    themes: (topic, window) => themes(topic, window, { ask: store.ask, model: model.id, error: modelError }),
    defaultWindow: (topic: Topic) => defaultWindow(store.ask, topic),
    ...{ stamp, stories, url: null, quantifiers },
    ...{ editions, listen: news.listen, hooks, vet: dial.vet },
    alerts: fakeAlerts(),
    patienceMs: 10_000,
    ...other,
  }
  const issuing = { ask: store.ask, keep: store.keep, model: model.id, topics: () => topics.list(), read }
  const living = live({ ...issuing, stamp, tell: news.tell, note, everyMs: 100 }, stop.signal)
  const hooksRun = hooks.run(stop.signal)
  parts.defer(async () => {
    stop.abort()
    await Promise.all([living, hooksRun])
  })
  const where = { host: '127.0.0.1', port: 0, hosts: [], key, signal: stop.signal, ...binding }
  const server = parts.use(await listen(served, where))
  const opened = parts.move()
  return { ...client(server.url), folder, served, noted, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

function client(url: string): Omit<World, 'folder' | 'served' | 'noted' | typeof Symbol.asyncDispose> {
  const get: World['get'] = (path, init) => fetch(url + path, { redirect: 'manual', ...init })
  const read: World['read'] = async (path) => {
    const response = await get(path)
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as never
  }
  const write: World['write'] = (method, path, body) => {
    const type = typeof body === 'string' ? 'application/x-ndjson' : 'application/json'
    const headers = { authorization: `Bearer ${key}`, 'content-type': type }
    return get(path, { method, headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
  }
  const settled = async () => {
    const signal = AbortSignal.timeout(20_000)
    while ((await read<Status>('/v1/status')).lag > 0) {
      if (signal.aborted) throw new Error('lag never reached 0')
      await sleep(20, signal)
    }
  }
  return { url, get, read, write, settled }
}

export interface Invented {
  id: string
  text: string
  author?: string
  at?: string
  [field: string]: unknown
}

export const ndjson = (posts: object[]): string => posts.map((post) => JSON.stringify(post)).join('\n')

const tones = ['a good step', 'a bad idea', 'on the table']
const sides = ['I am for it', 'I am against it', 'we will see what comes of it']

/** `n` posts about talks over `hours` until `end`, each by an account of its own; the last third turns bad. */
export function debate(n: number, { hours = 20, end = Date.now() - 60_000, word = 'talks' } = {}): Invented[] {
  return Array.from({ length: n }, (_, at) => {
    const late = at >= (2 * n) / 3
    const tone = late ? tones[at % 4 ? 1 : 0] : tones[at % 3]
    const text = `Honestly the ${word} are ${tone} this week, and ${sides[at % 3]} number ${at}${at % 5 ? '' : ', angry'}`
    const time = new Date(end - ((n - 1 - at) / n) * hours * 3_600_000).toISOString()
    return { id: `post-${at}`, text, author: `account-${at}`, at: time, lang: 'en', likes: at % 7 }
  })
}

export const talks = {
  id: 'talks',
  name: 'Peace talks',
  query: 'talks',
  targets: [{ id: 'truce', text: 'a truce now' }],
}
