// The shapes of labels and of the audit draw, like shapes.ts. A label is documented here and read in label.ts: of a list,
// each one is answered for itself.
import { z } from '@hono/zod-openapi'
import { labelMeasures } from '../types.ts'
import { labelReasons } from './label.ts'
import { span, Window } from './shapes.ts'

const text = z.string()
const nr = z.number().int()

export const drawQuery = span.omit({ version: true }).extend({
  topic: text,
  measure: z.enum(labelMeasures),
  target: text.optional(),
  size: z.coerce.number().int().min(1).max(1_000).default(100),
  seed: text.max(200).optional(),
  labeller: text.min(1).max(64).optional(),
})
const Label = z
  .object({
    post: text,
    source: text.optional().openapi({ description: 'Only where posts of several sources have this id' }),
    topic: text,
    target: text.optional().openapi({ description: 'For stance: the id of a target' }),
    measure: z.enum(labelMeasures),
    value: z.union([text, z.array(text)]).openapi({ description: 'One label; for emotion a list, empty if need be' }),
    labeller: text.min(1).max(64),
    sample: z.enum(['audit', 'active']),
    probability: z
      .number()
      .min(1e-6)
      .max(1)
      .optional()
      .openapi({ description: 'Of having been drawn; audit needs it' }),
  })
  .openapi('Label')
export const labelled = z.union([Label, z.array(Label).max(1_000)])

const RejectedLabel = z.object({ index: nr, reason: z.enum(labelReasons), detail: text })
export const TakenLabels = z.object({ accepted: nr, rejected: z.array(RejectedLabel) }).openapi('TakenLabels')
const drawn = { size: nr, of: nr.openapi({ description: 'Scored posts of the window' }) }
const asked = { topic: text, version: nr, model: text, measure: z.enum(labelMeasures), target: text.nullable() }
const unlabelled = z.object({ id: text, source: text, at: text, text, lang: text, quotable: z.boolean() })
export const Drawn = z
  .object({
    draw: z.object({ ...asked, window: Window, seed: text, ...drawn }),
    probability: z.number().openapi({ description: 'Of each post to be drawn: size / of' }),
    posts: z.array(unlabelled),
  })
  .openapi('Drawn')
