// What one bulletin says, before any channel gives it its form: words, numbers and links, of the alerts as they are now.
// One alert is told whole; of several the strongest dozen by title, the others by their number and a link to the list.
// Topics' names and themes' phrases are hostile: in here they are one line of plain text; escaping is the channel's.
import type { Alert, AlertState, AlertWords, Rule, Severity } from '../alarms.ts'
import { oneLine } from './lines.ts'

export interface Letter {
  /** The delivery's: the same at every try and after every restart. */
  id: string
  at: string
  rule: { id: string; name: string }
  severity: Severity
  /** null: several alerts, or a test. */
  state: AlertState | null
  isTest: boolean
  title: string
  text: string
  facts: { label: string; value: string }[]
  link: string
  /** All it tells of, the strongest first. */
  alerts: { alert: Alert; title: string; text: string; link: string }[]
  /** Deliveries that told of these alerts first, for channels that know threads. */
  threads: string[]
}

export interface Words {
  wordsOf(alert: Alert): AlertWords
  /** Of several alerts at once. */
  bulletinWords(alerts: Alert[]): AlertWords
  /** With why it probably changed; absent, or where it fails: `wordsOf`. */
  explained?(alert: Alert, signal: AbortSignal): Promise<AlertWords>
}

/** Alerts of a letter about several that are named; the others are counted. */
export const mostNamed = 12
const explainMs = 10_000
const most = { title: 150, text: 2_000, label: 60, value: 200, facts: 10 }

export interface Writing {
  words: Words
  /** Where readers find us: what links begin with. */
  origin: string
  signal: AbortSignal
}

/** Of a bulletin, or of several alerts that are told again. */
export interface Telling {
  id: string
  at: string
  alerts: Alert[]
  threads: string[]
}

/** Rejects only when the signal aborts. */
export async function letterOf({ id, at, alerts: given, threads }: Telling, writing: Writing): Promise<Letter> {
  const { words, origin } = writing
  const alerts = given.toSorted(byStrength)
  const [first] = alerts as [Alert]
  const whole = alerts.length === 1 ? await explainedWords(first, writing) : words.bulletinWords(alerts)
  return {
    ...{ id, at, threads, isTest: false, severity: first.severity, state: alerts.length === 1 ? first.state : null },
    rule: { id: first.rule, name: line(first.ruleName, most.title) },
    ...said(whole, origin),
    alerts: alerts.map((alert) => ({ alert, ...said(alerts.length === 1 ? whole : words.wordsOf(alert), origin) })),
  }
}

async function explainedWords(alert: Alert, { words, signal }: Writing): Promise<AlertWords> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(explainMs)])
    return (await words.explained?.(alert, limit)) ?? words.wordsOf(alert)
  } catch {
    // Why it changed is a courtesy; that it changed is owed.
    signal.throwIfAborted()
    return words.wordsOf(alert)
  }
}

const said = ({ title, text, facts, path }: AlertWords, origin: string) => ({
  title: line(title, most.title) || 'An alert',
  text: line(text, most.text),
  facts: facts
    .slice(0, most.facts)
    .map(({ label, value }) => ({ label: line(label, most.label), value: line(value, most.value) }))
    .filter(({ label, value }) => label && value),
  link: new URL(path, origin).href,
})

/** A try of a channel that somebody asked for: nothing happened. */
export function testLetter(
  { id: ruleId, name, severity }: Pick<Rule, 'id' | 'name' | 'severity'>,
  { id, at, origin }: { id: string; at: string; origin: string },
): Letter {
  const rule = { id: ruleId, name: line(name, most.title) }
  const title = `Test of the rule "${line(name, 80)}": this channel works`
  const text = 'Nothing happened. Somebody asked undercurrent to send this, to see that alerts arrive here.'
  return {
    ...{ id, at, rule, severity, state: null, isTest: true, title, text },
    ...{ facts: [], link: new URL('/alerts', origin).href, alerts: [], threads: [] },
  }
}

const ranks: Record<Severity, number> = { critical: 0, warning: 1, info: 2 }
/** The gravest first, of these the surest: whose like chance alone brings most seldom. */
const byStrength = (a: Alert, b: Alert) =>
  ranks[a.severity] - ranks[b.severity] || a.perYear - b.perYear || a.openedAt.localeCompare(b.openedAt)

/** Over a letter's dozen: how many are not named. */
export const unnamed = ({ alerts }: Letter): number => Math.max(0, alerts.length - mostNamed)

/** Plain text in one line, cut with a mark. */
export const line = (text: string, mostChars: number): string =>
  within(oneLine(text.slice(0, 200 + 4 * mostChars)), mostChars)

/** Escaped, and cut so that it fits then. */
export function within(text: string, mostChars: number, written = (plain: string) => plain): string {
  const whole = written(text)
  if (whole.length <= mostChars) return whole
  const marks = [...text]
  const cut = (count: number) => written(`${marks.slice(0, count).join('').trimEnd()}…`)
  let [low, high] = [0, marks.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (cut(middle).length <= mostChars) low = middle
    else high = middle - 1
  }
  return cut(low)
}
