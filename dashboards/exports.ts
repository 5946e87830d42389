// The posts behind a page as a file: CSV, NDJSON or Parquet. A page at a time, so that a large window needs no memory.
// A spreadsheet must never take a post's words for a formula. A break on the way ends the connection, not the file.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { ExportColumn, ExportedPost, Filter, PostsQuery, Share, TopicRef, Window } from '../answers.ts'
import type { ModelLabels } from '../types.ts'
import { filterOf, type Served } from './served.ts'
import * as shapes from './shapes.ts'
import { failures } from './shapes.ts'
import { topicHref, type View } from './view.ts'
import type { Html } from './words.ts'

const types = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
} as const
export type ExportFormat = keyof typeof types

const file = { schema: { type: 'string', format: 'binary' } } as const
const route = createRoute({
  method: 'get',
  path: '/v1/topics/{id}/export',
  summary: 'All live posts of a window with their scores, as a file',
  request: { params: shapes.id, query: shapes.exportQuery },
  responses: {
    200: { description: 'The file', content: Object.fromEntries(Object.values(types).map((type) => [type, file])) },
    ...failures,
  },
})

/** Mounts it. */
export function exportRoutes(app: OpenAPIHono, served: Served): void {
  app.openapi(route, async (c) => {
    const { format, stance, sentiment, emotion, q, ...words } = c.req.valid('query')
    const filter = await filterOf(served, c.req.param('id'), words)
    const query: PostsQuery = { stance, sentiment, emotion, q }
    const parts = await partsOf(served, filter, { format, query })
    return new Response(parts, {
      headers: {
        'content-type': types[format],
        'content-disposition': `attachment; filename="${nameOf(filter, format)}"`,
      },
    })
  })
}

async function partsOf(
  { ask, model }: Served,
  filter: Filter,
  { format, query }: { format: ExportFormat; query: PostsQuery },
): Promise<ReadableStream<Uint8Array>> {
  const columns = columnsOf(filter, model.labels)
  if (format === 'parquet') return ReadableStream.from(await ask.parquet(filter, query, columns))
  const pages = await ask.exported(filter, query, columns)
  const lines = format === 'csv' ? csvOf(pages, columns) : ndjsonOf(pages)
  return ReadableStream.from(lines).pipeThrough(new TextEncoderStream())
}

/** Every label of every head, and of stance towards every target: "stance_a-ceasefire-now_favor". */
function columnsOf({ targets = [] }: Filter, labels: ModelLabels): ExportColumn[] {
  const heads = (['sentiment', 'emotion'] as const).flatMap((kind) =>
    labels[kind].map((label): Share => ({ kind, target: null, label })),
  )
  const stances = targets.flatMap(({ id }) =>
    labels.stance.map((label): Share => ({ kind: 'stance', target: id, label })),
  )
  return [...heads, ...stances].map(({ kind, target, label }) => {
    const name = [kind, ...(target === null ? [] : [target]), label].join('_')
    return { name, kind, target, label }
  })
}

/** "peace-talks_2026-11-21T1305_2026-11-22T1305.csv": a topic's id has no sign that a file name may not have. */
function nameOf({ topic, window }: Filter, format: ExportFormat): string {
  const minute = (at: string) => at.slice(0, 16).replace(':', '')
  return `${topic.topic}_${minute(window.from)}_${minute(window.to)}.${format}`
}

const before = ['id', 'source', 'at', 'lang', 'text', 'likes', 'reposts', 'copies', 'skipped', 'model', 'author']
const after = ['irony', 'offensive', 'hate', 'inclusion']

/** RFC 4180: a line of names, also where no post follows. */
async function* csvOf(pages: AsyncIterable<ExportedPost[]>, columns: ExportColumn[]): AsyncIterable<string> {
  const names = [...before, ...columns.map(({ name }) => name), ...after]
  yield `${names.join(',')}\r\n`
  for await (const page of pages)
    yield page.map((post) => `${names.map((name) => cell(post[name] ?? null)).join(',')}\r\n`).join('')
}

async function* ndjsonOf(pages: AsyncIterable<ExportedPost[]>): AsyncIterable<string> {
  for await (const page of pages) yield page.map((post) => `${JSON.stringify(post)}\n`).join('')
}

export function cell(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Links to the files of what a topic's page shows. */
export function downloads({ topic, window, filter, asked }: View): Html {
  const { source, lang } = filter
  const { sentiment, emotion, stance, q } = asked
  const words = { source, lang, sentiment, emotion, stance, q }
  return html`<p class="quiet">All of them, with every score, as a file: ${fileLinks({ topic: topic.id, version: topic.version, window }, words)}</p>`
}

/** One link for each format. `of` tells apart what several lists of links are of. */
export function fileLinks(
  { topic, version, window }: TopicRef & { window: Window },
  only: Record<string, string | undefined>,
  of = '',
): Html {
  const words = Object.entries({ ...window, version: String(version), ...only })
  // An empty language is one, too: that of posts in which none was found.
  const given = words.filter((entry): entry is [string, string] => entry[1] !== undefined)
  const href = (format: string) =>
    `/v1${topicHref(topic)}/export?${new URLSearchParams([['format', format], ...given])}`
  const names: Record<ExportFormat, string> = { csv: 'CSV', ndjson: 'NDJSON', parquet: 'Parquet' }
  return html`${Object.entries(names).map(([format, name]) => html`<a href="${href(format)}" download ${of ? html`aria-label="${name}: ${of}"` : ''}>${name}</a> `)}`
}
