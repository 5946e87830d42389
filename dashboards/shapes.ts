// The shapes of the API's requests and answers, once: they validate what comes in and are the OpenAPI document.
// Names are promises (docs/api.md): a field may be added, none renamed.
import { z } from '@hono/zod-openapi'
import { sorts, views } from '../answers.ts'
import { dropReasons, skipReasons } from '../types.ts'
import { problemType } from './problem.ts'

const text = z.string()
const nr = z.number().int()
const labelled = z.record(text, z.number()).openapi({ description: 'Probability by label, 0..1' })

// ---- what is asked

export const id = z.object({ id: text })
export const window = {
  from: text.optional().openapi({ description: 'ISO 8601, inclusive; default: 24 h before `to`' }),
  to: text.optional().openapi({ description: "ISO 8601, exclusive; default: just after the topic's latest post" }),
  version: z.coerce.number().int().positive().optional(),
}
export const span = z.object(window)
export const filter = span.extend({
  ...{ source: text.optional(), lang: text.optional(), view: z.enum(views).optional() },
  receivedBy: text.optional().openapi({ description: 'ISO 8601; only posts that were here by then, as they read now' }),
})
export const seriesQuery = filter.extend({ measure: text, step: text.default('1h') })
export const postsQuery = filter.extend({
  stance: text.optional(),
  sentiment: text.optional(),
  emotion: text.optional(),
  q: text.max(200).optional(),
  sort: z.enum(sorts).optional(),
  cursor: text.max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
})
export const articlesQuery = span.extend({
  receivedBy: filter.shape.receivedBy,
  cursor: text.max(500).optional(),
  limit: z.coerce.number().int().min(0).max(200).optional().openapi({ description: '0: only count' }),
})
export const exportQuery = postsQuery
  .pick({
    from: true,
    to: true,
    version: true,
    source: true,
    lang: true,
    stance: true,
    sentiment: true,
    emotion: true,
    q: true,
  })
  .extend({ format: z.enum(['csv', 'ndjson', 'parquet']).default('csv') })
export const editionsQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(20) })
const given = z.union([text.min(1), z.object({ id: text.default(''), text: text.min(1).max(300) })])
export const fields = z.object({
  name: text.min(1).max(200).optional(),
  query: text.min(1).max(4_000),
  targets: z.array(given).max(4).default([]),
  public: z.boolean().default(false),
  tags: z
    .array(text.max(80))
    .max(30)
    .default([])
    .openapi({ description: 'What an alert rule may name it by, as tag:NAME; at most ten' }),
})
export const definition = fields.extend({ id: text.min(1).max(64) })
export const previewed = z.object({ query: text })
export const sourced = z.object({ source: text.regex(/^[a-z0-9-]{1,40}$/).default('import') })

// ---- what is answered

export const Problem = z
  .object({ type: text, title: text, status: nr, detail: text, column: nr.optional() })
  .openapi('Problem')
export const Window = z.object({ from: text, to: text }).openapi('Window')
const share = z.number().nullable()
export const Estimate = z
  .object({
    estimate: share,
    low: share,
    high: share,
    labels: nr.optional().openapi({ description: 'Audit labels by people that stand behind it; absent: none do' }),
  })
  .openapi('Estimate')
export const estimates = z.record(text, Estimate)
const unscored = z.partialRecord(z.enum(skipReasons), nr)
const drops = z.partialRecord(z.enum(dropReasons), nr)

const topicFields = {
  id: text,
  name: text,
  query: text,
  targets: z.array(z.object({ id: text, text })),
  public: z.boolean(),
  tags: z.array(text),
  version: nr,
  at: text,
  origin: z.enum(['config', 'sample', 'user', 'story']),
}
export const Topic = z.object(topicFields).openapi('Topic')
export const Topics = z.object({
  topics: z.array(z.object({ ...topicFields, posts: nr, authors: nr, latest: text.nullable() })),
})
export const Versions = z.object({ versions: z.array(Topic) })
export const Preview = z
  .object({
    matched: nr,
    scanned: nr,
    kept: nr,
    estimate: z.number(),
    sample: z.array(z.object({ source: text, id: text, text, at: text })),
    hours: z.array(z.object({ at: text, matched: nr })),
  })
  .openapi('Preview')
export const Summary = z
  .object({
    window: Window,
    view: z.enum(views),
    posts: nr,
    authors: nr,
    scored: nr,
    scoredAuthors: nr,
    unscored,
    model: text,
    sentiment: estimates,
    emotion: estimates,
    stance: z.record(text, estimates),
  })
  .openapi('Summary')
const Point = Estimate.extend({ at: text, posts: nr, volume: nr, authors: nr, gap: z.boolean() })
export const Series = z
  .object({ window: Window, measure: text, step: text, model: text, points: z.array(Point) })
  .openapi('Series')
export const Post = z
  .object({
    id: text,
    source: text,
    topic: text,
    at: text,
    text,
    lang: text,
    likes: nr.nullable(),
    reposts: nr.nullable(),
    quotable: z.boolean(),
    skipped: z.enum(skipReasons).nullable(),
    sentiment: labelled,
    emotion: labelled,
    irony: share,
    offensive: share,
    hate: share,
    stance: z.record(text, labelled),
    copies: nr,
    model: text,
  })
  .openapi('Post')
export const Posts = z.object({ posts: z.array(Post), next: text.nullable() }).openapi('Posts')
export const Articles = z
  .object({
    window: Window,
    ...{ articles: nr, sites: nr },
    newest: z.array(z.object({ url: text, site: text, headline: text, at: text })),
    next: text.nullable(),
  })
  .openapi('Articles')
const bySource = z.record(text, z.object({ posts: nr, volume: nr, authors: nr, latest: text }))
const Gap = z.object({ source: text, from: text, to: text, reason: text })
export const Coverage = z
  .object({
    posts: nr,
    authors: nr,
    scored: nr,
    unscored,
    bySource,
    byLang: z.record(text, nr),
    gaps: z.array(Gap),
    otherModels: z.array(z.object({ model: text, posts: nr })),
  })
  .openapi('Coverage')
export const statement = z.object({ sql: text.min(1).max(10_000) }).openapi('Statement')
export const Table = z
  .object({
    columns: z.array(z.object({ name: text, type: text })),
    rows: z.array(z.array(z.unknown())).openapi({ description: 'In the order of the columns; times are ISO 8601' }),
    cut: z.boolean().openapi({ description: 'There are more rows than `limit`' }),
    limit: nr,
    elapsedMs: nr,
  })
  .openapi('Table')
const Rejection = z.object({ line: nr, reason: z.enum(dropReasons), detail: text })
export const Taken = z.object({ accepted: nr, rejected: z.array(Rejection), rejectedTotal: nr }).openapi('Taken')
const Source = z.object({
  name: text,
  state: text,
  detail: text,
  latest: text.nullable(),
  received: nr,
  drops,
  gaps: nr,
})
const Kept = z.object({
  head: nr,
  oldest: nr,
  posts: nr,
  bytes: nr,
  since: text.nullable(),
  readers: z.record(text, nr),
  partitions: nr,
})
export const Status = z
  .object({
    lag: nr.openapi({ description: '0: every GET reflects every accepted change' }),
    sources: z.array(Source),
    readers: z.record(text, z.object({ position: nr, lag: nr })),
    log: Kept,
    drops,
    histories: z.array(z.object({ topic: text, version: nr, done: nr, total: nr })),
    model: text,
    sample: z.boolean(),
  })
  .openapi('Status')

// ---- how a route says so

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})
export const body = <T extends z.ZodType>(schema: T) => ({
  content: { 'application/json': { schema } },
  required: true,
})
export const failures = {
  default: {
    description: 'A problem that says what to do (RFC 9457)',
    content: { [problemType]: { schema: Problem } },
  },
}
