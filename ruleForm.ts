// A rule as people write it: the same words in undercurrent.yaml, in the API and in a file for the command line. Here they
// become a wanted rule, and a rule becomes them again. Checks only what can be told from the words alone; alerts/rules.ts
// has defaults and limits. The messages complete a sentence that begins with the place of the setting.
import { z } from 'zod'
import { type Rule, severities, type WantedRule } from './alarms.ts'
import { isZone } from './ruled.ts'
import { duration } from './written.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const periods = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 168 * hourMs,
  month: 720 * hourMs,
  year: 8_760 * hourMs,
} as const
type Period = keyof typeof periods

/** The one rule where nothing is said of alerts. */
export const usualRule: WantedRule = { id: 'shifts', name: 'Shifts', budget: { messages: 1, perMs: periods.week } }

/** 'week' or '36h' to milliseconds. */
const period = z.union([z.enum(Object.keys(periods) as Period[]).transform((name) => periods[name]), duration], {
  error: 'is no time: write hour, day, week, month, year, or a number and a unit like 36h',
})
const asText = z
  .string()
  .regex(/^\d+(\.\d+)? (per|a) .+$/, 'is no budget: write how many messages and in which time, like 1 per week')
  .transform((text) => {
    const [messages, , ...per] = text.split(' ')
    return { messages: Number(messages), per: per.join(' ') }
  })
  .pipe(z.object({ messages: z.number(), per: period }))
const budget = z.union([asText, z.strictObject({ messages: z.number(), per: period })])

/** 60% or 0.6; for volume a number of accounts. */
const bound = z.union(
  [
    z.number().min(0),
    z
      .string()
      .regex(/^\d+(\.\d+)? ?%$/)
      .transform((text) => Number.parseFloat(text) / 100),
  ],
  { error: 'is no share: write 60% or 0.6; for volume a number of accounts an hour' },
)
const clock = /^([01]\d|2[0-3]):[0-5]\d$/
const quiet = z.string().transform((text, context) => {
  const [, from = '', to = '', zone = 'UTC'] = /^(\S+?) ?- ?(\S+)(?: (\S+))?$/.exec(text.trim()) ?? []
  const isRight = clock.test(from) && clock.test(to) && from !== to
  if (isRight && isZone(zone)) return { from, to, zone }
  const form = 'are no quiet hours: write them like 22:00-07:00 Europe/Berlin'
  context.addIssue({
    code: 'custom',
    message: isRight ? `have a time zone that is none: "${zone.slice(0, 60)}"` : form,
  })
  return z.NEVER
})
const names = z
  .union([z.array(z.string().min(1).max(200)), z.string().min(1).max(200)])
  .transform((given) => [given].flat())
const span = z.union([z.literal(0), duration], { error: 'is no duration: write a number and a unit, like 6h or 90m' })

const form = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  topics: names.optional(),
  measures: names.optional(),
  budget: budget.nullish(),
  measure: z.string().min(1).max(200).optional(),
  above: bound.nullish(),
  below: bound.nullish(),
  over: span.optional(),
  for: span.optional(),
  cooldown: span.optional(),
  quiet: quiet.nullish(),
  severity: z.enum(severities).optional(),
  early: z.boolean().optional(),
  channels: names.optional(),
  dry: z.boolean().optional(),
})
export const ruleKeys = Object.keys(form.shape)

/** What is written, as a wanted rule. */
export const ruleForm = form.transform((written): WantedRule => {
  const { budget, measure, above, below, over, for: forMs, cooldown: cooldownMs, dry: isDry, quiet, ...same } = written
  const isLevel = [measure, above, below, over].some((one) => one !== undefined && one !== null)
  const level = { measure: measure ?? '', above: above ?? null, below: below ?? null, windowMs: over ?? 3 * hourMs }
  return present({
    ...same,
    budget: budget && { messages: budget.messages, perMs: budget.per },
    level: isLevel ? level : undefined,
    quiet: quiet ?? undefined,
    ...{ forMs, cooldownMs, isDry },
  })
})
export type WrittenRule = z.input<typeof ruleForm>

/** Without what was not given: a default stands for that. */
function present(wanted: { [Key in keyof WantedRule]: WantedRule[Key] | null | undefined }): WantedRule {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined && value !== null))
}

/** A rule in the words that make it again. */
export function writtenOf(rule: Rule): WrittenRule & Pick<Rule, 'id' | 'name'> {
  const { id, name, topics, measures, budget, level, quiet, severity, channels, early, isDry } = rule
  const kind = budget
    ? { budget: `${budget.messages} per ${periodOf(budget.perMs)}`, measures, early }
    : { measure: level!.measure, ...boundOf(level!), over: spanOf(level!.windowMs) }
  return {
    ...{ id, name, topics, ...kind },
    ...{ for: spanOf(rule.forMs), cooldown: spanOf(rule.cooldownMs) },
    ...{ quiet: quiet ? `${quiet.from}-${quiet.to} ${quiet.zone}` : null },
    ...{ severity, channels, dry: isDry },
  }
}

const boundOf = ({ above, below }: NonNullable<Rule['level']>) => (above === null ? { below } : { above })

/** 'week', or '36h'. */
export const periodOf = (ms: number): string =>
  Object.entries(periods).find(([, length]) => length === ms)?.[0] ?? spanOf(ms)

/** '90m': in the largest unit that it fills. */
export function spanOf(ms: number): string {
  const units = [
    ['d', 24 * hourMs],
    ['h', hourMs],
    ['m', minuteMs],
    ['s', 1_000],
  ] as const
  const [unit, length] = units.find(([, length]) => ms >= length && ms % length === 0) ?? (['ms', 1] as const)
  return ms ? `${ms / length}${unit}` : '0s'
}
