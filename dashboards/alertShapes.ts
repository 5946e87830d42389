// The shapes of alerts, rules and channels in the API. Names are promises (docs/api.md), like those of shapes.ts. A rule is
// given and told in the words of undercurrent.yaml, so that one form can be pasted anywhere.
import { z } from '@hono/zod-openapi'
import { alertStates, channelKinds, severities } from '../alarms.ts'
import { ruleForm } from '../ruleForm.ts'
import { Estimate, Window } from './shapes.ts'

const text = z.string()
const nr = z.number().int()

// ---- what is asked

export const listed = z.object({
  topic: text.max(64).optional(),
  state: z.enum(alertStates).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export const verdict = z.object({
  verdict: z.enum(['right', 'wrong', 'known']),
  note: text.max(500).default(''),
  by: text.max(80).optional().openapi({ description: 'Who says so; absent: the key' }),
})
const span = text.openapi({ description: 'A number and a unit: 90m, 6h, 2d' })
const names = z.array(text)
/** For the OpenAPI document; ruleForm.ts reads it. */
const written = {
  id: text.optional(),
  name: text.optional(),
  topics: names.optional().openapi({ description: 'Ids, or tag:NAME; none: all' }),
  measures: names.optional().openapi({ description: 'Kinds, or single measures; none: all' }),
  budget: text.nullish().openapi({ description: 'Messages that should not have been sent, at most: 1 per week' }),
  measure: text.optional().openapi({ description: 'Of a rule with a bound, in the place of a budget' }),
  above: z.union([z.number(), text]).nullish().openapi({ description: '60% or 0.6; of volume accounts an hour' }),
  below: z.union([z.number(), text]).nullish(),
  over: span.optional(),
  for: span.optional(),
  cooldown: span.optional(),
  quiet: text.nullish().openapi({ description: '22:00-07:00 Europe/Berlin' }),
  severity: z.enum(severities).optional(),
  early: z.boolean().optional(),
  channels: names.optional(),
  dry: z.boolean().optional(),
}
const Written = z.object(written).openapi('WrittenRule')
/** What a rule is told with is no mistake when it comes back. */
const told = { origin: z.unknown(), at: z.unknown(), says: z.unknown(), warnings: z.unknown() }
export const wanted = z
  .record(text, z.unknown())
  .transform((given) => Object.fromEntries(Object.entries(given).filter(([key]) => !(key in told))))
  .pipe(ruleForm)
  .openapi({ type: 'object', allOf: [{ $ref: '#/components/schemas/WrittenRule' }] })
export const named = z.union([z.strictObject({ id: text.min(1).max(64) }), wanted])
export const tried = z.object({ rule: named, from: text.optional(), to: text.optional() })
export const channel = z.object({
  id: text.regex(/^[a-z0-9_-]{1,64}$/, 'use 1 to 64 of a-z, 0-9, - and _').optional(),
  kind: z.enum(channelKinds),
  url: text.min(1).max(2_048),
  secret: text.max(200).optional().openapi({ description: 'webhook: whsec_ and base64; absent: one is made' }),
})

// ---- what is answered

const Shift = z.object({
  measure: text,
  phrase: text.nullable(),
  direction: z.enum(['up', 'down']),
  before: Estimate,
  after: Estimate,
  difference: Estimate.nullable(),
  voices: z.object({ before: nr, after: nr }),
})
const Ack = z.object({ verdict: z.enum(['right', 'wrong', 'known']), note: text, by: text, at: text }).nullable()
const Words = z.object({
  title: text,
  text,
  facts: z.array(z.object({ label: text, value: text })),
  path: text.openapi({ description: 'Of the page that shows what the alert saw' }),
})
export const Alert = z
  .object({
    ...{ id: text, rule: text, ruleName: text, severity: z.enum(severities) },
    topic: z.object({ topic: text, version: nr, name: text }),
    ...{ model: text, kind: text, state: z.enum(alertStates), at: text, openedAt: text },
    history: z.array(z.object({ state: z.enum(alertStates), at: text })),
    ...{ began: Window, before: Window, after: Window, seenAt: text, shifts: z.array(Shift) },
    perYear: z.number().openapi({ description: 'Alarms as strong that chance alone makes in a year' }),
    ...{ detail: text, reason: text, ack: Ack, words: Words },
    former: text.optional().openapi({ description: 'For model: what read the posts before' }),
  })
  .openapi('Alert')
export const AlertList = z
  .object({
    alerts: z.array(Alert),
    lookedUntil: z.string().nullable().describe('Up to when posts were looked at; null: not yet, since the start'),
  })
  .openapi('Alerts')
const causes = ['same accounts', 'other accounts', 'platforms', 'campaign', 'our model', 'our query'] as const
const Theme = z.object({ id: text, phrase: text, before: Estimate, after: Estimate, difference: Estimate.nullable() })
const Explanation = z.object({
  shift: Shift.nullable(),
  causes: z.array(z.object({ cause: z.enum(causes), part: Estimate })),
  themes: z.array(Theme),
  headlines: z
    .array(z.object({ story: text, headline: text, url: text, at: text }))
    .openapi({ description: 'Published around then: coincidence in time, never a cause' }),
  campaigns: z.array(z.object({ id: text, posts: nr, authors: nr, window: Window })),
  articles: z
    .object({
      ...{ window: Window, articles: nr, sites: nr },
      before: nr.openapi({ description: 'In the same hours of the day before' }),
      words: z.array(z.object({ word: text, sites: nr })),
      newest: z.array(z.object({ url: text, site: text, headline: text, at: text })),
    })
    .optional()
    .openapi({ description: 'Of the feeds that are read: counted apart from posts, and never a cause' }),
  accounts: z.object({ looked: nr, of: nr }).optional(),
  reread: z
    .array(z.object({ topic: text, name: text, shift: Shift }))
    .optional()
    .openapi({ description: 'Of another model: how it reads the same posts, beside how the one before did' }),
})
export const Explained = Alert.extend({ explanation: Explanation }).openapi('ExplainedAlert')
export const Rule = Written.extend({
  ...{ id: text, name: text, origin: z.enum(['config', 'user']), at: text },
  says: text.openapi({ description: 'The rule in a sentence' }),
  warnings: z.array(text).openapi({ description: 'What it names and is not there' }),
}).openapi('Rule')
export const RuleList = z.object({ rules: z.array(Rule) }).openapi('Rules')
export const Sent = z.object({ sent: z.array(z.object({ channel: text, ok: z.boolean(), detail: text })) })
const hours = z.object({ median: z.number(), p90: z.number() }).nullable()
const Injected = z.object({ measure: text, by: z.number(), early: hours, confirmed: hours, found: nr, of: nr })
const Course = z.object({
  ...{ topic: text, stepMs: nr, from: text, early: z.number(), confirm: z.number() },
  strength: z.array(z.number().nullable()),
})
export const Backtest = z
  .object({
    ...{ rule: Rule, window: Window, alerts: z.array(Alert), messages: nr, expectedFalse: z.number() },
    topics: z.array(z.object({ topic: text, name: text, voices: nr, days: z.number() })),
    injected: z.array(Injected).openapi({ description: 'Hours until a change of that size would have been told' }),
    chart: z.array(Course),
  })
  .openapi('Backtest')
export const Channel = z
  .object({
    ...{ id: text, kind: z.enum(channelKinds), url: text, from: text, to: z.array(text) },
    origin: z.enum(['config', 'user']),
  })
  .openapi('Channel')
const delivered = ['waiting', 'retrying', 'delivered', 'dead', 'superseded'] as const
export const Deliveries = z
  .object({
    deliveries: z.array(
      z.object({
        ...{ id: text, bulletin: text, channel: text, rule: text, alerts: z.array(text), status: z.enum(delivered) },
        ...{ attempts: nr, at: text, next: text.nullable(), answer: nr.nullable(), error: text.nullable() },
      }),
    ),
  })
  .openapi('AlertDeliveries')
