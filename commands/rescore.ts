// `undercurrent rescore`: the posts that the log keeps, read by another model, and then what changed only because of that.
// May be ended at any moment: the same command goes on. Beside a running undercurrent only where the store is a server; the
// model that runs is never changed by it, only what is there once it is.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rescore } from '../analyze/rescore.ts'
import { openTopics } from '../analyze/topics.ts'
import type { Questions } from '../answers.ts'
import { wordlessOf } from '../attached.ts'
import type { Invocation } from '../cli.ts'
import { type Config, openFolder } from '../config.ts'
import { UserError } from '../errors.ts'
import { hold } from '../held.ts'
import { type Note, openJournal } from '../journal.ts'
import { describeModel, everyRole, modelPlace, openLog, openModel, openStoreOf } from '../pipeline.ts'
import type { Model, Topic } from '../types.ts'
import { duration } from '../written.ts'
import { openProgress, type Summed, summaryText } from './rescoreText.ts'
import { endWithParent } from './up.ts'

/** What tests put in the place of the world. */
export interface Doing {
  loadModel?: typeof openModel
  /** What a configured model calls itself; null: it cannot be read. */
  nameOf?: (config: Config) => Promise<string | null>
  signal?: AbortSignal
  now?: () => number
}

/** Exit code 0 when all is read, 130 when it was stopped on the way. */
export async function rescoreKept(config: Config, invocation: Invocation, doing: Doing = {}): Promise<number> {
  const { now = Date.now, signal = untilEnded(config) } = doing
  const { restart = false, json } = invocation
  const from = timeOf(invocation.from ?? 'start', now())
  await using parts = new AsyncDisposableStack()
  for (const held of holdAll(config)) parts.use(held)
  const named = await nameBoth(config, invocation, doing)
  const asked = named.config
  const note = openJournal(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const log = parts.use(await openLog(config, note))
  const topics = await openTopics(log)
  const model = parts.use(await (doing.loadModel ?? load)(asked, note))
  refuseNamesake(model.id, named.former)
  const wordless = wordlessOf(config, (await log.cursor('x')) !== null)
  const store = parts.use(await openStoreOf(config, model, { note, wordless }))
  const progress = openProgress(process.stderr, { model: model.id, now })
  const told = await rescore(
    { log, model, store, topics, from, restart, onProgress: progress.tell, onWait: progress.wait },
    signal,
  )
  progress.end()
  await topics.refresh()
  const whole = told.isComplete ? topics.list() : []
  const compared = await compare(whole, { ask: store.askLater, model: model.id, from })
  return report({ model: model.id, from: from || null, ...told, ...compared, remedy: named.remedy }, json)
}

function untilEnded({ underNpm }: Config): AbortSignal {
  const stop = new AbortController()
  if (underNpm) endWithParent(stop)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
  return stop.signal
}

/** One rescore at a time; and nothing else on this folder where the store is embedded, as that opens in one process. */
function* holdAll(config: Config): Iterable<Disposable> {
  openFolder(config)
  const own = hold(join(config.dataDir, 'rescore.lock'))
  if (!own)
    throw new UserError(`a rescore already runs on ${config.dataDir}`, 'Wait for it, or end it: the next goes on.')
  yield own
  for (const role of config.store.url ? [] : everyRole) {
    const held = hold(join(config.dataDir, `${role}.lock`))
    if (!held) {
      const hint = 'Stop it first and start it again afterwards: the embedded store opens in one process.'
      throw new UserError(`undercurrent runs on ${config.dataDir} (${role})`, hint)
    }
    yield held
  }
}

interface Named {
  config: Config
  former: string | null
  remedy: Summed['remedy']
}

/** The configuration with the model that is asked for, and what is to be done for that one to be used. */
async function nameBoth(config: Config, { model }: Invocation, { nameOf = nameIn }: Doing): Promise<Named> {
  const present = modelPlace(config).folder
  const folder = model === undefined ? present : resolve(model)
  const asked: Config = { ...config, model: { ...config.model, folder } }
  if (folder === present) return { config: asked, former: null, remedy: null }
  const former = await nameOf(config)
  return { config: asked, former, remedy: { folder, file: config.file, former } }
}

async function nameIn(config: Config): Promise<string | null> {
  return describeModel(config).then(
    ({ id }) => id,
    () => null, // no configured model: nothing to be told apart from
  )
}

/** As `openModel`; a folder of another kind is told apart, as it may be meant for one head. */
async function load(config: Config, note: Note): Promise<Model> {
  const { folder } = modelPlace(config)
  if (existsSync(join(folder, 'labels.json'))) return openModel(config, note)
  const hint =
    'docs/model-folder.md has its layout. A classifier for one head is model.sentiment; then rescore without --model.'
  throw new UserError(`${folder} is no model folder: it has no labels.json`, hint)
}

/** Scores are kept under the model's name: under the same one they would take the place of the former ones, unseen. */
function refuseNamesake(model: string, former: string | null): void {
  if (model !== former) return
  const hint = 'Give the new one another "model" in its labels.json: name@version (docs/model-folder.md).'
  throw new UserError(`both models call themselves ${model}`, hint)
}

/** A time, a duration back from now, or `start`; '' is the start. */
export function timeOf(text: string, now: number): string {
  if (text === 'start') return ''
  const back = duration.safeParse(text)
  const at = back.success ? now - back.data : Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text)
  const isTime = back.success || (/^\d{4}-\d\d/.test(text) && !Number.isNaN(at))
  if (isTime && at <= now) return new Date(at).toISOString()
  const hint = 'Write a day or a time (2026-11-20, 2026-11-20T13:00Z), how far back (7d, 36h), or start.'
  throw new UserError(`--from "${text}" is no time ${isTime ? 'of the past' : ''}`.trimEnd(), hint)
}

interface Comparing {
  ask: Pick<Questions, 'remodelled'>
  model: string
  from: string
}

/** Of every topic; without those that no other model has read, and naming those whose answer would take too long. */
async function compare(
  topics: Topic[],
  { ask, model, from }: Comparing,
): Promise<Pick<Summed, 'topics' | 'uncompared'>> {
  const found: Pick<Summed, 'topics' | 'uncompared'> = { topics: [], uncompared: [] }
  for (const { id, version } of topics) {
    try {
      const one = await ask.remodelled({ topic: id, version }, { model, from })
      if (one) found.topics.push(one)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      found.uncompared.push(id)
    }
  }
  return found
}

function report(summed: Summed, json: boolean): number {
  console.log(json ? JSON.stringify(summed) : summaryText(summed))
  return summed.isComplete ? 0 : 130
}
