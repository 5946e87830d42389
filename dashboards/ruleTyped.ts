// What is typed into the form of a rule, on its way to a wanted rule and back. Only words: what they mean is ruleForm.ts's
// to read and alerts/rules.ts's to judge. Hostile like everything typed: bounded, and escaped where it is shown.
import type { Rule, WantedRule } from '../alarms.ts'
import { UserError } from '../errors.ts'
import { periodOf, ruleForm, spanOf } from '../ruleForm.ts'
import { mistakeOf } from './problem.ts'

/** The words of the form; lists for what may be ticked more than once. */
export interface TypedRule {
  kind: 'shift' | 'level'
  words: Record<(typeof single)[number], string>
  topics: string[]
  measures: string[]
  channels: string[]
}
const single = [
  ...['id', 'name', 'messages', 'per', 'measure', 'side', 'bound', 'over', 'for', 'cooldown'],
  ...['quietFrom', 'quietTo', 'zone', 'severity', 'early', 'dry'],
] as const
const lists = ['topics', 'measures', 'channels'] as const
const usual = {
  ...{ id: '', name: '', messages: '1', per: 'week', measure: 'sentiment.negative', side: 'above', bound: '60' },
  ...{ over: '3h', for: '0s', cooldown: '6h', quietFrom: '', quietTo: '', zone: 'UTC', severity: 'warning' },
  ...{ early: 'yes', dry: '' },
}

/** Of an address or a form: what was sent, all of it as lists. */
export function typedOf(sent: Record<string, unknown>): TypedRule {
  const all = (name: string) => [sent[name] ?? []].flat().map((one) => String(one).slice(0, 200))
  const kind = all('kind')[0] === 'level' ? 'level' : 'shift'
  // A box that is not ticked is not sent: only a form that was sent can have left it out.
  const isSent = all('sent').length > 0
  const ticked = (name: string) => (isSent && ['early', 'dry'].includes(name) ? '' : undefined)
  const begin = { ...usual, for: kind === 'level' ? '1h' : '0s' }
  const words = Object.fromEntries(single.map((name) => [name, all(name)[0] ?? ticked(name) ?? begin[name as 'id']]))
  const [topics, measures, channels] = lists.map(all)
  return { kind, words: words as TypedRule['words'], topics: topics!, measures: measures!, channels: channels! }
}

/** A rule as it would be typed. */
export function typedFor(rule: Rule): TypedRule {
  const { budget, level, quiet, early, isDry, topics, measures, channels, id, name, severity } = rule
  const bound = level?.above ?? level?.below ?? 0
  return {
    ...{ kind: level ? 'level' : 'shift', topics, measures, channels },
    words: {
      ...{ ...usual, id, name, severity },
      ...(budget ? { messages: String(budget.messages), per: periodOf(budget.perMs) } : {}),
      ...(level
        ? {
            ...{ measure: level.measure, side: level.above === null ? 'below' : 'above', over: spanOf(level.windowMs) },
            bound: String(level.measure === 'volume' ? bound : Math.round(bound * 1_000) / 10),
          }
        : {}),
      ...{ for: spanOf(rule.forMs), cooldown: spanOf(rule.cooldownMs) },
      ...(quiet ? { quietFrom: quiet.from, quietTo: quiet.to, zone: quiet.zone } : {}),
      ...{ early: early ? 'yes' : '', dry: isDry ? 'yes' : '' },
    },
  }
}

/** What was typed, as a wanted rule. Throws UserError on what is none. */
export function wantedOf({ kind, words, topics, measures, channels }: TypedRule): WantedRule {
  const { id, name, messages, per, measure, side, bound, over, severity, cooldown, dry, early } = words
  if (!name.trim()) throw new UserError('the rule has no name', 'Give it a short one, like "Shifts of tone".')
  const number = Number(bound)
  if (kind === 'level' && (bound.trim() === '' || Number.isNaN(number)))
    throw new UserError(`"${bound}" is no number`, 'Write 60 for 60%; for accounts an hour a number of them.')
  const level = { measure, [side === 'below' ? 'below' : 'above']: measure === 'volume' ? number : number / 100, over }
  const shift = { budget: `${messages.trim()} per ${per}`, measures, early: early !== '' }
  const checked = ruleForm.safeParse({
    ...(id ? { id } : {}),
    ...{ name: name.trim(), topics, channels, severity, cooldown, for: words.for, dry: dry !== '' },
    ...(kind === 'level' ? level : shift),
    ...quietOf(words),
  })
  if (checked.success) return checked.data
  throw new UserError(mistakeOf(checked.error), 'Mend that and try again.')
}

function quietOf({ quietFrom, quietTo, zone }: TypedRule['words']): { quiet?: string } {
  if (!quietFrom && !quietTo) return {}
  if (quietFrom && quietTo) return { quiet: `${quietFrom}-${quietTo} ${zone.trim() || 'UTC'}` }
  throw new UserError('quiet hours need a beginning and an end', 'Give both, like 22:00 and 07:00; or neither.')
}

/** As the fields of another form that asks the same once more. */
export function fieldsOf({ kind, words, ...named }: TypedRule): [name: string, value: string][] {
  const many = lists.flatMap((name) => named[name].map((value): [string, string] => [name, value]))
  const ticked = Object.entries(words).filter(([name, value]) => value || !['early', 'dry', 'id'].includes(name))
  return [['sent', '1'], ['kind', kind], ...ticked, ...many]
}
