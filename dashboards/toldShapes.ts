// The shapes of what is concluded: the paragraph and its claims, campaigns, earlier editions. Like shapes.ts.
import { z } from '@hono/zod-openapi'
import { views } from '../answers.ts'
import { claimKinds } from '../conclusions.ts'
import { ways } from './compare.ts'
import { Estimate, estimates, filter, Window } from './shapes.ts'

const text = z.string()
const nr = z.number().int()

const Claim = Estimate.extend({
  id: text,
  kind: z.enum(claimKinds),
  says: text.openapi({ description: 'What it is a share of, in words' }),
  measure: text,
  scope: text,
  difference: Estimate.optional(),
  posts: nr,
  authors: nr,
  clusters: nr.openapi({ description: 'Texts behind it, near-copies counted once' }),
  word: text.nullable().openapi({ description: 'The strongest word of docs/wording.md that its interval allows' }),
  fragility: nr.nullable().openapi({ description: 'Accounts that would have to vanish before its wording fails' }),
  evidence: z.array(text),
  quotes: z.array(z.object({ post: text, text })),
  model: text,
  topicVersion: nr,
})
const Sentence = z.object({ text, claims: z.array(text) })
export const OneClaim = z.object({ topic: text, window: Window, claim: Claim }).openapi('OneClaim')
const Refusal = z.object({ reason: text, missing: text }).nullable()
const Manifest = z.object({ topicVersion: nr, model: text, code: text, writer: text, posts: nr, hash: text })
export const Perspective = z
  .object({
    topic: text,
    window: Window,
    text: text.openapi({ description: 'Empty exactly when refusal is set' }),
    refusal: Refusal,
    sentences: z.array(Sentence),
    claims: z.array(Claim),
    takeaway: Sentence.nullable(),
    blindSpots: z.array(text),
    made: z.array(text),
    disagreements: z.array(text),
    manifest: Manifest,
  })
  .openapi('Perspective')
const Campaign = z.object({
  id: text,
  posts: nr,
  authors: nr,
  window: Window,
  share: z.number(),
  example: text.nullable().openapi({ description: 'A post of it that may be shown' }),
  members: z.array(text).openapi({ description: 'The first 50, the commonest wording first' }),
})
export const Campaigns = z
  .object({ window: Window, posts: nr, scanned: nr, campaigns: z.array(Campaign) })
  .openapi('Campaigns')
const Theme = z.object({
  id: text,
  phrase: text,
  forms: z.array(text).openapi({ description: 'A post that holds one of these, between no letters, brings it up' }),
  posts: nr,
  authors: nr,
  share: Estimate,
  members: z.array(text).openapi({ description: 'The first 50, the most central first' }),
  emotion: estimates,
  sentiment: estimates,
  stance: z.record(text, estimates),
  best: z.array(text).openapi({ description: 'Posts that may be quoted and state it best' }),
})
export const Themes = z
  .object({ window: Window, posts: nr, scanned: nr, readable: nr, themes: z.array(Theme) })
  .openapi('Themes')
const pair = z.object({ before: text, after: text })
const moved = z.object({ kind: text, measure: text, scope: text, before: z.number(), after: z.number() })
const EditionChange = z.object({
  cause: z.array(z.enum(['the world', 'the query', 'the model', 'our code'])),
  added: z.array(text),
  removed: z.array(text),
  changed: z.array(pair),
  moved: z.array(moved),
})
const Edition = z.object({
  number: nr,
  at: text,
  window: Window,
  text,
  refusal: Refusal,
  sentences: z.array(Sentence),
  manifest: Manifest,
  withdrawn: nr.openapi({ description: 'Sentences withdrawn since, with the posts behind them' }),
  change: EditionChange.nullable().openapi({ description: 'Against the edition before; null where none is kept' }),
})
export const Editions = z.object({ editions: z.array(Edition) }).openapi('Editions')

// ---- what is compared

export const compareQuery = filter.omit({ version: true }).extend({
  topics: text.min(1).max(300).openapi({ description: 'Ids, with commas between' }),
  by: z.enum(ways).default('topic'),
  target: text.optional(),
  otherFrom: text
    .optional()
    .openapi({ description: 'by=window: the period it is held against; default: the one before' }),
  otherTo: text.optional(),
})
const Compared = Estimate.extend({
  of: z.tuple([nr, nr]).openapi({ description: 'Places of the two sides: the second less the first' }),
  verdict: z.enum(['more', 'fewer', 'too close to call', 'too few voices']),
})
export const Comparison = z
  .object({
    by: z.enum(ways),
    view: z.enum(views),
    model: text,
    sides: z.array(
      z.object({
        ...{ name: text, topic: text, version: nr, window: Window, posts: nr, authors: nr, scored: nr },
        only: z
          .object({ source: text.optional(), lang: text.optional(), stance: text.optional() })
          .openapi({ description: 'The words that narrow the topic to this side, as for a list of posts' }),
      }),
    ),
    measures: z.array(z.object({ measure: text, shares: z.array(Estimate), differences: z.array(Compared) })),
  })
  .openapi('Comparison')
