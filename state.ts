// How everything stands, in one process or in several: a role tells its part as a setting in the log, and who serves adds
// what it hears. Holds no post; never says that all is done (lag 0) while a history of a topic is not filled.
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { HistoryState } from './analyze/history.ts'
import type { TopicRegistry } from './analyze/topics.ts'
import type { Status } from './given.ts'
import { metrics } from './metrics.ts'
import { retry, sleep } from './retry.ts'
import { filledKey, set, settingsUnder } from './settings.ts'
import type { Log, Model, SourceStatus } from './types.ts'

export interface Running {
  log: Log
  model: Pick<Model, 'id'>
  history: HistoryState
  sources: () => SourceStatus[]
}

/** What a role tells of itself. */
type Told = Pick<Status, 'sources' | 'drops' | 'histories'> & { at: string }

const prefix = 'status:'
const tellMs = 5_000
/** Told again though nothing changed, so that silence means something. */
const aliveMs = 60_000
const silentMs = 3 * aliveMs

/** The state of a process that does everything itself. */
export async function statusOf({ log, model, sources, history }: Running): Promise<Status> {
  const kept = await log.status()
  const readers: Status['readers'] = {}
  for (const [reader, position] of Object.entries({ analyze: 0, ...kept.readers })) {
    if (reader === 'analyze') readers[reader] = { position, lag: Math.max(0, kept.head - position) }
  }
  const filling = history.underway.reduce((sum, one) => sum + one.total - one.done, 0)
  metrics.lag.set({ reader: 'analyze' }, readers.analyze!.lag)
  metrics.lag.set({ reader: 'history' }, filling)
  metrics.sourceState.reset()
  for (const { name, state } of sources()) metrics.sourceState.set({ source: name, state }, 1)
  return {
    lag: readers.analyze!.lag + Math.max(filling, history.waiting),
    sources: sources(),
    readers,
    log: kept,
    drops: await ownDrops(),
    histories: history.underway,
    model: model.id,
    sample: (await sampleState(log)) === 'added',
  }
}

/** The state of all roles, by what the log knows and what each told of itself. */
export async function statusOfAll(running: Running, topics: TopicRegistry, now = Date.now): Promise<Status> {
  const own = await statusOf(running)
  const { log, model } = running
  const filled = await settingsUnder(log, 'history:')
  const lacking = topics.list().filter((topic) => !filled.has(filledKey(topic, model.id).slice('history:'.length)))
  const status: Status = { ...own, sources: [...own.sources], drops: { ...own.drops }, histories: [...own.histories] }
  const heard = await settingsUnder(log, prefix)
  heard.delete(nameHere(running) ?? '')
  for (const { told, since } of hear(running, heard, now())) {
    const isSilent = now() - since > silentMs
    // A process that was made anew elsewhere reads the same sources under another name: the last word about each counts.
    const unheard = told.sources.filter(({ name }) => !status.sources.some((known) => known.name === name))
    status.sources.push(...unheard.map((source) => (isSilent ? lastHeard(source, told.at) : source)))
    add(status.drops, told.drops)
    if (!isSilent) status.histories.push(...told.histories)
  }
  const filling = status.histories.reduce((sum, one) => sum + one.total - one.done, 0)
  metrics.lag.set({ reader: 'history' }, filling)
  return { ...status, lag: status.readers.analyze!.lag + Math.max(lacking.length, lacking.length && filling) }
}

interface Heard {
  value: string
  told: Told
  /** By our own clock, milliseconds. */
  since: number
}
const ears = new WeakMap<Running, Map<string, Heard>>()

/**
 * What is told, the latest first, and since when we have heard it: clocks of two machines differ, and are set. Of what was
 * there before we listened, its own word is taken.
 */
function hear(running: Running, told: Map<string, string>, now: number): Heard[] {
  const before = ears.get(running)
  const heard = [...told].map(([name, value]): [string, Heard] => {
    const known = before?.get(name)
    if (known?.value === value) return [name, known]
    const parsed = JSON.parse(value) as Told
    return [name, { value, told: parsed, since: before ? now : Math.min(now, Date.parse(parsed.at)) }]
  })
  ears.set(running, new Map(heard))
  return heard.map(([, one]) => one).toSorted((a, b) => b.since - a.since)
}

function lastHeard(source: SourceStatus, at: string): SourceStatus {
  if (source.state === 'finished' || source.state === 'off') return source
  return { ...source, state: 'stalled', detail: `Not heard of since ${at}: is the process that reads it running?` }
}

function add(drops: Status['drops'], more: Status['drops']): void {
  for (const [reason, count] of Object.entries(more) as [keyof Status['drops'], number][])
    drops[reason] = (drops[reason] ?? 0) + count
}

async function ownDrops(): Promise<Status['drops']> {
  const drops: Status['drops'] = {}
  for (const { labels, value } of (await metrics.dropped.get()).values)
    add(drops, { [labels.reason as keyof typeof drops]: value })
  return drops
}

const names = new WeakMap<Running, string>()
const nameHere = (running: Running) => names.get(running)

/** Tells what this process does, when that changed, until the signal aborts. */
export async function tellState(role: string, running: Running, signal: AbortSignal): Promise<void> {
  // The same after a restart, so that a process that was killed is not heard for ever beside its successor.
  const name = `${role}:${createHash('sha256').update(hostname()).digest('hex').slice(0, 12)}`
  names.set(running, name)
  let last = { text: '', at: 0 } // by a clock that nobody sets: one set back would keep us silent
  while (!signal.aborted) {
    const { sources, history } = running
    const told = { sources: sources(), drops: await ownDrops(), histories: history.underway }
    const text = JSON.stringify(told)
    const at = performance.now()
    if (text !== last.text || at - last.at > aliveMs) {
      const value = JSON.stringify({ at: new Date().toISOString(), ...told })
      await retry(() => set(running.log, { [prefix + name]: value }).then(() => true), signal)
      last = { text, at }
    }
    await sleep(tellMs, signal)
  }
}

/** For a process that does not follow the log: what others made of the topics is known here within a second. */
export async function followTopics(log: Log, topics: TopicRegistry, signal: AbortSignal): Promise<void> {
  let known = ''
  const look = async () => {
    const changes = (await log.settings()).filter(({ change }) => change.op === 'topic')
    const found = changes.map(({ position }) => position).join()
    if (found !== known) await topics.refresh()
    known = found
    return true
  }
  while (!signal.aborted) {
    await retry(look, signal)
    await sleep(500, signal)
  }
}

export async function sampleState(log: Log): Promise<string | null> {
  return (await settingsUnder(log, 'sample')).get('') ?? null
}
