// Up to where a rule has looked at which topics, and which model read them then: what a restart goes on from. Settings of
// the log; may be older than what was done, never newer: what is walked again comes out the same.
import { set, settingsUnder } from '../settings.ts'
import type { Log } from '../types.ts'

type Kept = Pick<Log, 'settings' | 'append'>

const markSetting = 'alert-mark:'
const modelSetting = 'alert-model'
/** So far apart marks are written: each is a row of the log. */
const everyMs = 1_800_000

interface Mark {
  atMs: number
  topics: string[]
}

/** By topic and version: up to where the rule looked. */
export async function keptMarks(log: Pick<Log, 'settings'>, rule: string): Promise<Map<string, number>> {
  const text = (await settingsUnder(log, markSetting)).get(rule)
  const mark = text ? (JSON.parse(text) as Mark) : null
  return new Map(mark?.topics.map((topic) => [topic, mark.atMs]))
}

export interface Marking {
  untilMs: number
  topics: string[]
  known: ReadonlyMap<string, number>
}

/** Resolves once durable. */
export async function keepMarks(log: Kept, rule: string, { untilMs, topics, known }: Marking): Promise<void> {
  const isSame = topics.length === known.size && topics.every((topic) => known.has(topic))
  const [last = Number.NEGATIVE_INFINITY] = known.values()
  if (!topics.length || (isSame && untilMs - last < everyMs)) return
  const mark: Mark = { atMs: untilMs, topics }
  await set(log, { [markSetting + rule]: JSON.stringify(mark) })
}

/** The model that read topics when they were last looked at; null: they never were. */
export async function keptModel(log: Pick<Log, 'settings'>): Promise<string | null> {
  return (await settingsUnder(log, modelSetting)).get('') ?? null
}

export async function keepModel(log: Kept, model: string): Promise<void> {
  if ((await keptModel(log)) !== model) await set(log, { [modelSetting]: model })
}
