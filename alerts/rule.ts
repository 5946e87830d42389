// One rule, from what somebody wants to what is watched: defaults, limits, and mistakes told with what to write instead.
// Pure. Never repairs in silence what would change what is watched, or how often somebody is told.
import { type Rule, type WantedRule, watchedKinds } from '../alarms.ts'
import { UserError } from '../errors.ts'
import { periodOf, usualRule } from '../ruleForm.ts'
import { distance } from '../spelling.ts'
import type { ModelLabels } from '../types.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const mostNamed = 200
/** Beyond it a rule watches so seldom, or so much, that nobody could tell whether it holds what it says. */
const rates = { leastAYear: 0.1, mostAnHour: 10 }
/** What the model can tell apart. */
export type Labels = Pick<ModelLabels, 'sentiment' | 'emotion' | 'stance'>

/** What a rule is where nothing is said. */
export const base = {
  ...{ name: '', topics: [], measures: [], budget: null, level: null, early: false, forMs: 0, cooldownMs: 6 * hourMs },
  ...{ quiet: null, severity: 'warning', channels: [], isDry: false },
} satisfies Partial<Rule>

interface Made {
  /** Absent: any label is taken. */
  labels?: Labels | undefined
  origin: Rule['origin']
  at: string
}

/** A wanted rule with all its defaults. Throws UserError on what is none. */
export function ruleOf(wanted: WantedRule & { id: string }, { labels, origin, at }: Made): Rule {
  if (wanted.budget && wanted.level)
    throw new UserError(
      'a rule cannot have both a budget and a measure with a bound',
      'Give either budget, for real changes, or measure with above or below; make two rules for both.',
    )
  const level = wanted.level ? checkLevel(wanted.level, labels) : null
  const usual = level
    ? { name: `${level.measure} ${level.above === null ? 'below' : 'above'} a bound`, forMs: hourMs }
    : { name: wanted.id, budget: usualRule.budget!, early: true }
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined && value !== null))
  const rule: Rule = { ...base, ...usual, ...given, id: wanted.id, level, origin, at }
  if (level && wanted.early)
    throw new UserError('a rule with a bound has no early alerts', 'Leave out early; `for` says how long it must last.')
  return { ...rule, ...checked(rule, labels) }
}

/** What is the same for both kinds, in bounds. */
function checked(rule: Rule, labels: Labels | undefined): Partial<Rule> {
  if (!/^[a-z0-9_-]{1,64}$/.test(rule.id))
    throw new UserError(`"${rule.id.slice(0, 80)}" cannot be the id of a rule`, 'Use 1 to 64 of a-z, 0-9, - and _.')
  const name = rule.name.trim().replace(/\s+/g, ' ') || rule.id
  if (name.length > 80 || /\p{Cc}/u.test(name))
    throw new UserError('the name of the rule is too long', 'Give it 1 to 80 characters.')
  if (rule.budget) checkBudget(rule.budget)
  // Changes are looked for over two days and a half.
  within('for', rule.forMs, rule.level ? 7 * dayMs : 2 * dayMs)
  within('cooldown', rule.cooldownMs, 30 * dayMs)
  const [topics, channels] = [unique(rule.topics, 'topics').map(asTopic), unique(rule.channels, 'channels')]
  const measures = rule.level ? [] : unique(rule.measures, 'measures')
  for (const one of measures) checkMeasure(one, [...watchedKinds], labels)
  return { name, topics, measures, channels }
}

function checkBudget({ messages, perMs }: NonNullable<Rule['budget']>): void {
  const aYear = (messages * 365 * dayMs) / perMs
  const anHour = (messages * hourMs) / perMs
  if (messages > 0 && aYear >= rates.leastAYear && anHour <= rates.mostAnHour) return
  const hint = `Allow from ${rates.leastAYear} a year to ${rates.mostAnHour} an hour; 1 per week is usual.`
  throw new UserError(`a budget of ${messages} per ${periodOf(perMs)} cannot be kept`, hint)
}

function within(field: string, ms: number, mostMs: number): void {
  if (ms >= 0 && ms <= mostMs) return
  throw new UserError(`\`${field}\` is too long`, `It can be at most ${mostMs / dayMs} days.`)
}

function unique(names: string[], field: string): string[] {
  const all = [...new Set(names.flatMap((name) => name.trim() || []))]
  if (all.length <= mostNamed) return all
  throw new UserError(
    `${all.length} ${field} are too many for a rule`,
    `Name at most ${mostNamed}, or a tag of theirs.`,
  )
}

/** Tags are kept in lower case; an id is as it is. */
function asTopic(name: string): string {
  const topic = /^tag:/i.test(name) ? `tag:${name.slice(4).trim().toLowerCase()}` : name
  if (/^(?:tag:.{1,40}|[a-z0-9][a-z0-9-]{0,63})$/u.test(topic)) return topic
  throw new UserError(
    `"${name.slice(0, 80)}" names no topic`,
    'Give ids of topics, or tag:NAME; leave topics out for all.',
  )
}

function checkLevel({ measure, above, below, windowMs }: NonNullable<Rule['level']>, labels: Labels | undefined) {
  const bounds = [above, below].filter((one) => one !== null && one !== undefined)
  if (!measure)
    throw new UserError('a rule with a bound needs a measure', 'Name one, like sentiment.negative or volume.')
  checkMeasure(measure, ['volume'], labels)
  if (bounds.length !== 1)
    throw new UserError(`the rule about ${measure} needs one bound`, 'Give either above or below, like above: 60%.')
  const bound = bounds[0]!
  const isShare = measure !== 'volume'
  if (bound < 0 || (isShare && bound > 1))
    throw new UserError(`${bound} is no share`, 'Shares are from 0% to 100%: write 60% or 0.6.')
  if (!(windowMs >= 600_000 && windowMs <= 7 * dayMs))
    throw new UserError('`over` is out of bounds', 'The window can be from 10 minutes to 7 days.')
  return { measure, above: above ?? null, below: below ?? null, windowMs }
}

/** A kind of `kinds`, or a single measure of a share. */
function checkMeasure(measure: string, kinds: string[], labels: Labels | undefined): void {
  const shares = (['sentiment', 'emotion'] as const).flatMap(
    (head) => labels?.[head].map((one) => `${head}.${one}`) ?? [],
  )
  const known = [...kinds, ...shares]
  if (known.includes(measure)) return
  const [head, ...rest] = measure.split('.')
  const [target, side] = [rest.slice(0, -1).join('.'), rest.at(-1) ?? '']
  if (head === 'stance' && target && (labels?.stance.includes(side) ?? side)) return
  if (!labels && ['sentiment', 'emotion'].includes(head!) && rest.length === 1 && side) return
  const sides = (labels?.stance ?? []).map((one) => `stance.TARGET.${one}`)
  const [best] = [...known].map((name) => ({ name, far: distance(name, measure) })).sort((a, b) => a.far - b.far)
  const hint = best && best.far <= 3 ? `Did you mean ${best.name}?` : `There are ${[...known, ...sides].join(', ')}.`
  throw new UserError(`there is no measure "${measure.slice(0, 80)}"`, hint)
}
