// Sites with feeds on one real socket: RSS and Atom bytes with etags and 304, and what sites do to those who read them: 429
// and 503 with Retry-After, bodies cut in the middle, bytes that are no feed, a feed that is gone. Seeded; remembers what it
// was asked. A path answers its troubles first, each once, then its feed.
import type { ServerResponse } from 'node:http'
import { openSite, type Site } from './site.ts'

export interface Entry {
  /** Of its own address; the same path is the same article. */
  path: string
  headline: string
  summary?: string
  at: string
}

export type Trouble = 'busy' | 'down' | 'cut' | 'garbage' | 'hangs up'
export const troubles: Trouble[] = ['busy', 'down', 'cut', 'garbage', 'hangs up']

export interface Feeds extends AsyncDisposable {
  site: Site
  url(path: string): string
  /** What a feed lists from now on, and in which language it speaks. */
  publish(path: string, entries: Entry[], kind?: 'rss' | 'atom'): void
  /** Bytes that stand among the entries of a feed. */
  spoil(path: string, markup: string): void
  trouble(path: string, ...troubles: Trouble[]): void
  /** No more trouble. */
  calm(path: string): void
  remove(path: string): void
  /** Answered with a whole feed, by path. */
  served: string[]
  /** How long "busy" asks to wait. */
  retryAfter: string
}

interface Listed {
  entries: Entry[]
  kind: 'rss' | 'atom'
  spoiled: string
  edition: number
}

export async function openFeeds(): Promise<Feeds> {
  const listed = new Map<string, Listed>()
  const planned = new Map<string, Trouble[]>()
  const gone = new Set<string>()
  const site = await openSite()
  const feeds: Feeds = {
    ...{ site, served: [], retryAfter: '30' },
    url: (path) => site.url + path,
    publish: (path, entries, kind = 'rss') => {
      const { edition = 0, spoiled = '' } = listed.get(path) ?? {}
      listed.set(path, { entries, kind, spoiled, edition: edition + 1 })
    },
    spoil: (path, markup) => {
      listed.get(path)!.spoiled += markup
    },
    trouble: (path, ...more) => void planned.set(path, [...(planned.get(path) ?? []), ...more]),
    calm: (path) => void planned.delete(path),
    remove: (path) => void gone.add(path),
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  }
  site.answer(({ path, headers }, response) => {
    const feed = listed.get(path)
    if (gone.has(path)) return void response.writeHead(410).end()
    if (!feed) return void response.writeHead(404).end()
    const body = bytesOf(feed, site.url)
    const trouble = planned.get(path)?.shift()
    if (trouble) return suffer(trouble, { response, body, retryAfter: feeds.retryAfter })
    const etag = `"edition-${feed.edition}"`
    if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end()
    feeds.served.push(path)
    const type = feed.kind === 'atom' ? 'application/atom+xml' : 'application/rss+xml'
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, etag }).end(body)
  })
  return feeds
}

function suffer(
  trouble: Trouble,
  { response, body, retryAfter }: { response: ServerResponse; body: string; retryAfter: string },
): void {
  if (trouble === 'busy') return void response.writeHead(429, { 'retry-after': retryAfter }).end('slow down')
  if (trouble === 'down') return void response.writeHead(503).end('<html>down</html>')
  if (trouble === 'hangs up') return void response.destroy()
  if (trouble === 'garbage') return void response.writeHead(200).end('<!doctype html><p>Please log in</p>')
  // More is announced than comes.
  response.writeHead(200, { 'content-type': 'application/rss+xml', 'content-length': String(body.length * 2) })
  response.write(body.slice(0, body.length / 2), () => response.destroy())
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function bytesOf({ entries, kind, spoiled }: Listed, site: string): string {
  if (kind === 'atom') {
    const all = entries.map(
      ({ path, headline, summary = '', at }) =>
        `<entry><title>${escaped(headline)}</title><id>tag:${escaped(path)}</id><link href="${escaped(site + path)}"/><summary>${escaped(summary)}</summary><updated>${at}</updated></entry>`,
    )
    return `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>urn:t</id><updated>2026-01-01T00:00:00Z</updated>${all.join('')}${spoiled}</feed>`
  }
  const all = entries.map(
    ({ path, headline, summary = '', at }) =>
      `<item><title>${escaped(escaped(headline))}</title><link>${escaped(site + path)}</link><description>${escaped(escaped(summary))}</description><pubDate>${new Date(at).toUTCString()}</pubDate></item>`,
  )
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>${site}</link><description>D</description>${all.join('')}${spoiled}</channel></rss>`
}
