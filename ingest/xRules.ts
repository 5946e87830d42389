// The rules of X's stream, one for each topic: what X holds becomes what we want. A new rule is added before the old one
// of its topic is taken away, and the old one stays until the new one surely works, so that no post falls in between.
// Rules that are not ours (our tags begin with "undercurrent:") are never touched. One topic's rule that X refuses is told
// in a sentence; the others go on.
import { lineOf } from './plain.ts'
import type { Matching } from './xPost.ts'

export interface TopicRule {
  topic: string
  value: string
}

/** A rule as X holds it. */
export interface StoredRule {
  id: string
  value: string
  tag: string | null
}

/** What X says of rules that it did not take. `value` is null where it does not say which. */
export interface RuleError {
  value: string | null
  title: string
}

/** X's rules endpoint. */
export interface RulesApi {
  rules(): Promise<StoredRule[]>
  addRules(rules: { value: string; tag: string }[]): Promise<{ created: StoredRule[]; errors: RuleError[] }>
  deleteRules(ids: string[]): Promise<void>
}

const prefix = 'undercurrent:'
const mostRules = 1_000
const atOnce = 25
const mostKnown = 5_000

export interface RuleKeeper {
  /** Makes X's rules ours. Resolves with how many work, and whether some old ones wait to be taken away. */
  reconcile(wanted: TopicRule[], nowMs: number): Promise<{ active: number; isWaiting: boolean }>
  /** One sentence for each topic that X does not read for us. */
  problems(): string[]
  /** The probability with which these rules let us see a post. */
  inclusionOf(rules: Matching[]): number
}

/** `lingerMs`: how long an old rule stays beside its successor. X: most rules take effect within about 20 seconds. */
export function createRules(api: RulesApi, { lingerMs = 30_000, most = mostRules } = {}): RuleKeeper {
  /** Every rule we knew, by id: posts of one that was taken away may still be under way. */
  const known = new Map<string, string>()
  const replacedAt = new Map<string, number>()
  let wantedNow = new Map<string, string>()
  let problems: string[] = []

  async function reconcile(wanted: TopicRule[], nowMs: number) {
    wantedNow = new Map(wanted.map(({ topic, value }) => [topic, value]))
    const stored = await api.rules()
    learn(known, stored)
    const plan = planOf(stored, wanted)
    const room = Math.max(0, most - stored.length)
    const added = await addAll(api, plan.add.slice(0, room))
    const isFull = plan.add.length > room
    for (const { id } of plan.old) if (!replacedAt.has(id)) replacedAt.set(id, nowMs)
    const due = plan.old.filter(
      ({ id, topic }) => isFull || !wantedNow.has(topic) || nowMs - replacedAt.get(id)! >= lingerMs,
    )
    if (due.length) await api.deleteRules(due.map(({ id }) => id))
    const waiting = new Set(plan.old.map(({ id }) => id).filter((id) => !due.some((rule) => rule.id === id)))
    for (const id of replacedAt.keys()) if (!waiting.has(id)) replacedAt.delete(id)
    const after = most - stored.length - added.created.length + due.length
    const rest = await addAll(api, plan.add.slice(room, room + Math.max(0, after)))
    learn(known, [...added.created, ...rest.created])
    const over = plan.add.slice(room + Math.max(0, after)).map(({ topic }) => overLimit(topic, most))
    problems = [...added.problems, ...rest.problems, ...over]
    const active = plan.kept + added.created.length + rest.created.length
    return { active, isWaiting: waiting.size > 0 }
  }

  const heldValue = ({ id, tag }: Matching) => known.get(id) ?? wantedNow.get(topicOf(tag) ?? '')
  return {
    reconcile,
    problems: () => [...problems],
    inclusionOf: (rules) => (rules.length ? Math.max(...rules.map((rule) => shareOf(heldValue(rule)))) : 1),
  }
}

function learn(known: Map<string, string>, rules: StoredRule[]): void {
  for (const { id, value } of rules) known.set(id, value)
  for (const id of known.keys()) if (known.size > mostKnown) known.delete(id)
}

interface Plan {
  add: TopicRule[]
  /** Rules of ours that are not wanted any more, each with its topic. */
  old: { id: string; topic: string }[]
  kept: number
}

/** X holds a value once, whatever its tag: topics that ask for the same share one rule, ours or not. */
function planOf(stored: StoredRule[], wanted: TopicRule[]): Plan {
  const values = new Set(wanted.map(({ value }) => value))
  const held = new Set(stored.map(({ value }) => value))
  const fresh = new Map(wanted.filter(({ value }) => !held.has(value)).map((rule) => [rule.value, rule]))
  const old = stored.flatMap(({ id, value, tag }) => {
    const topic = topicOf(tag)
    return topic !== null && !values.has(value) ? [{ id, topic }] : []
  })
  return { add: [...fresh.values()], old, kept: values.size - fresh.size }
}

const topicOf = (tag: string | null): string | null => (tag?.startsWith(prefix) ? tag.slice(prefix.length) : null)

async function addAll(api: RulesApi, rules: TopicRule[]) {
  const created: StoredRule[] = []
  const problems: string[] = []
  for (let from = 0; from < rules.length; from += atOnce) {
    const part = rules.slice(from, from + atOnce)
    const outcome = await addPart(api, part)
    created.push(...outcome.created)
    problems.push(...outcome.problems)
  }
  return { created, problems }
}

async function addPart(api: RulesApi, part: TopicRule[]): Promise<{ created: StoredRule[]; problems: string[] }> {
  const { created, errors } = await api.addRules(part.map(({ topic, value }) => ({ value, tag: prefix + topic })))
  const made = new Set(created.map(({ value }) => value))
  const missing = part.filter(({ value }) => !made.has(value))
  const told = new Map(errors.map(({ value, title }) => [value, title]))
  // X held it already: whoever made it in between, its posts come.
  const refused = missing.filter(({ value }) => told.get(value) !== 'DuplicateRule')
  // X did not say which one it minds: one by one it has to.
  const unclear = refused.filter(({ value }) => !told.has(value))
  if (unclear.length === 0 || part.length === 1) {
    const problems = refused.map(({ topic, value }) => refusal(topic, told.get(value) ?? errors[0]?.title ?? ''))
    return { created, problems }
  }
  const sure = refused.filter(({ value }) => told.has(value))
  const problems = sure.map(({ topic, value }) => refusal(topic, told.get(value)!))
  for (const rule of unclear) {
    const one = await addPart(api, [rule])
    created.push(...one.created)
    problems.push(...one.problems)
  }
  return { created, problems }
}

const refusal = (topic: string, title: string) =>
  `X refuses the rule of topic "${topic}"${title ? ` (${lineOf(title, 120)})` : ''}: change its query.`
const overLimit = (topic: string, most: number) =>
  `Topic "${topic}" is not read on X: it takes ${most.toLocaleString('en')} rules at most.`

const sample = / sample:(\d{1,3})$/

/** The share of matching posts that a rule lets through: `sample:N` at its end is N in a hundred. */
export function shareOf(value: string | undefined): number {
  const percent = Number(sample.exec(value ?? '')?.[1] ?? 100)
  return percent >= 1 && percent <= 100 ? percent / 100 : 1
}

/** The rule as a search query: a search knows no sampling, and reads all of it. */
export const wholeOf = (value: string): string => value.replace(sample, '')
