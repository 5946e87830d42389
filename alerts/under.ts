// What a look does under one rule: says what is ours (sources that are silent, another model, alerts that nobody looks after),
// looks at the topics it covers, and marks up to where. What it finds is kept before anybody is told.
import type { Alert, Rule } from '../alarms.ts'
import { keyOf } from './held.ts'
import { isOpen, keptAlerts } from './kept.ts'
import { leftAlone } from './left.ts'
import { coveredBy, type Looked, type Looking, look } from './look.ts'
import type { Engine } from './loop.ts'
import { keepMark, keptMark, type Mark } from './marks.ts'
import { statesOf, tell } from './news.ts'
import { collectionAlerts, modelAlert } from './system.ts'

interface Under {
  rule: Rule
  looked: Looked[]
  untilMs: number
  looking: Looking
}

export async function lookUnder(engine: Engine, { rule, looked, untilMs, looking }: Under): Promise<void> {
  const { log, model } = looking
  const covered = coveredBy(rule, looked)
  const before = await keptMark(log, rule.id)
  await tellOf(engine, rule, (kept) => oursOf(engine, { rule, covered, kept, before }))
  const shifts = await look({ rule, topics: covered, mark: before }, engine.walks, looking)
  heard(engine, shifts)
  const mark: Mark = { atMs: untilMs, model: model.id, topics: markedTopics(engine, covered, before) }
  await keepMark(log, { rule: rule.id, mark, before })
}

/** Those that were looked at, and those that were left out of this look and are there still, in the version known before. */
function markedTopics({ parts }: Engine, covered: Looked[], before: Mark | null): string[] {
  const looked = new Set(covered.map(({ topic }) => topic.id))
  const there = new Set(parts.topics().map(({ id }) => id))
  const idOf = (key: string) => key.slice(0, key.lastIndexOf('@'))
  const left = (before?.topics ?? []).filter((key) => there.has(idOf(key)) && !looked.has(idOf(key)))
  return [...covered.map(({ topic }) => keyOf(topic)), ...left]
}

export const covers = ({ level, measures }: Rule, kind: string) =>
  !level && (!measures.length || measures.includes(kind))

interface Ours {
  rule: Rule
  covered: Looked[]
  /** Alerts of the rule. */
  kept: Alert[]
  before: Mark | null
}

/** What is ours: sources that are silent, another model, alerts that nobody looks after. */
function oursOf({ parts, silent, now }: Engine, { rule, covered, kept, before }: Ours): Alert[] {
  const { id: model } = parts.model
  const nowMs = now()
  const open = (kind: Alert['kind']) => kept.filter((alert) => alert.kind === kind && isOpen(alert))
  const sources = new Set(covered.flatMap(({ tallies }) => tallies.sources ?? []))
  const isOther = covers(rule, 'model') && before !== null && before.model !== model
  const models = isOther ? [modelAlert({ rule, open: [], model, nowMs }, before)] : []
  return [
    ...(covers(rule, 'collection')
      ? collectionAlerts({ rule, open: open('collection'), model, nowMs }, silent, sources)
      : []),
    ...models.filter(({ id }) => !kept.some((alert) => alert.id === id)),
    ...leftAlone(kept.filter(isOpen), { rules: [rule], topics: parts.topics(), model }, nowMs),
  ]
}

/** Keeps and tells what `find` makes of a rule's alerts. */
export async function tellOf(engine: Engine, rule: Rule, find: (kept: Alert[]) => Alert[]): Promise<void> {
  const { log } = engine.parts
  const kept = (await keptAlerts(log)).filter((alert) => alert.rule === rule.id)
  const moved = find(kept)
  await tell(rule, { moved, known: statesOf(kept) }, { log, nowMs: engine.now() })
  heard(engine, moved)
}

function heard({ tell: told, parts }: Engine, moved: Alert[]): void {
  for (const alert of moved) told(alert)
  if (moved.length) parts.notify.wake()
}

/** Alerts of rules that are gone; their channels went with them. */
export async function endLeft(engine: Engine, rules: Rule[]): Promise<void> {
  const { parts, now } = engine
  const gone = (await keptAlerts(parts.log)).filter((alert) => !rules.some(({ id }) => id === alert.rule))
  const left = leftAlone(gone.filter(isOpen), { rules: [], topics: [], model: parts.model.id }, now())
  for (const alert of left) {
    const rule = { id: alert.rule, isDry: true, channels: [], quiet: null, severity: alert.severity }
    await tell(rule, { moved: [alert], known: new Map() }, { log: parts.log, nowMs: now() })
  }
  heard(engine, left)
}
