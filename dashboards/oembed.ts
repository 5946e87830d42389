// oEmbed 1.0: from the address of a topic or a story to the frame that shows its box, as JSON or XML, and what a page
// says of itself so that others find it. It only points at the page: no post and no quote passes through here, so what a
// source forbids in frames stays the page's to decide. Whether who asks may know of a topic is the guard's.
import { html, raw } from 'hono/html'
import { UserError } from '../errors.ts'
import type { Box, BoxLanguage } from './box.ts'
import { pagePath, plain } from './boxAt.ts'
import { pngHeight, pngWidths } from './boxCard.ts'
import { altOf, longestTitle, summaryOf, titleOf } from './boxText.ts'
import { boxWords, languageOf } from './boxWords.ts'
import { inXml } from './picture.ts'
import { problem } from './problem.ts'
import type { Html } from './words.ts'

/** What an address of ours is about. */
export interface Addressed {
  kind: 'topic' | 'story'
  id: string
}

/** What a frame needs to know of it: a name for people, and the address of its iframe page. */
export interface Framed {
  title: string
  page: string
}

export interface OembedRequest {
  /** The address as we were asked. Guard and answer read it alike: what the one lets pass is what the other tells. */
  asked: string
  /** Host names that are set as ours. */
  hosts: string[]
}

const cacheAgeS = 3_600
const provider = 'undercurrent'
const longestAddress = 2_048
/** Pixels. Below the smallest a box can no longer be read; the heights are those that web/embed.css reserves. */
const usual = 640
const smallest = { width: 260, height: 180 }
const heights = [
  { from: 704, height: 368 },
  { from: 480, height: 432 },
  { from: 0, height: 576 },
]

/** The topic or story of an address on one of our hosts; null: none of ours. */
export function addressedBy(address: string, hosts: string[]): Addressed | null {
  const url = address.length <= longestAddress ? URL.parse(address) : null
  if (!url || !/^https?:$/.test(url.protocol) || !hosts.includes(url.hostname)) return null
  const [, story] = /^\/(?:(?:embed|evidence)\/)?stories\/([0-9a-f]+)(?:\.html)?\/?$/.exec(url.pathname) ?? []
  const [, topic] = /^\/(?:embed|evidence|topics)\/([^/]+?)(?:\.html)?\/?$/.exec(url.pathname) ?? []
  const id = plain(story ?? topic ?? '')
  return id ? { kind: story ? 'story' : 'topic', id } : null
}

/** The names under which we are asked: this one, and those that are set. On loopback, all names of loopback. */
export function namesOf(asked: string, hosts: string[]): string[] {
  const { hostname } = new URL(asked)
  return [hostname, ...hosts, ...(loopback.includes(hostname) ? loopback : [])]
}
const loopback = ['localhost', '127.0.0.1', '[::1]']

/** The path that says who may read what is asked for: that of the box which an oEmbed request is about, else its own. */
export function subjectOf({ path, url }: { path: string; url: string }, hosts: string[]): string {
  const addressed = path === '/oembed' ? addressedBy(wordsOf(url).url ?? '', namesOf(url, hosts)) : null
  if (!addressed) return path
  const named = { id: addressed.id }
  return pagePath({ topic: named, story: addressed.kind === 'story' ? named : null })
}

const wordsOf = (asked: string): Record<string, string> => Object.fromEntries(new URL(asked).searchParams)

/** The answer to GET /oembed. `resolve` finds what it is about, or nothing; it throws UserError as pages do. */
export async function oembedOf(
  { asked, hosts }: OembedRequest,
  resolve: (one: Addressed) => Promise<Framed | null>,
): Promise<Response> {
  const query = wordsOf(asked)
  const { url = '', format = 'json' } = query
  if (!url) throw new UserError('which page?', 'Give url=, the address of a topic, a story or an embed.')
  if (format !== 'json' && format !== 'xml')
    return problem(501, `there is no format "${format.slice(0, 20)}"`, 'Ask for format=json or format=xml.')
  const addressed = addressedBy(url, namesOf(asked, hosts))
  const found = addressed && (await resolve(addressed))
  if (!found)
    return problem(404, 'nothing to embed at this address', 'Give the address of a topic, a story or an embed of ours.')
  const told = await answerOf(found, { query, shown: URL.parse(url)!.searchParams })
  if (format === 'json') return Response.json(told, { headers: { 'content-type': 'application/json; charset=utf-8' } })
  return new Response(String(await xmlOf(told)), { headers: { 'content-type': 'text/xml; charset=utf-8' } })
}

interface Showing {
  query: Record<string, string>
  /** The query of the address that is to be shown: its language goes on to the frame. */
  shown: URLSearchParams
}

async function answerOf({ title, page }: Framed, { query, shown }: Showing): Promise<Record<string, string | number>> {
  const { width, height } = sizeOf(query)
  const src = new URL(page)
  const language = languageOf(query.lang ?? shown.get('lang') ?? undefined)
  if (language !== 'en') src.searchParams.set('lang', language)
  const card = pngWidths.find((one) => one <= limitOf(query.maxwidth) && pngHeight(one) <= limitOf(query.maxheight))
  const name = inXml(title, longestTitle)
  return {
    ...{ version: '1.0', type: 'rich', title: name },
    ...{ provider_name: provider, provider_url: src.origin, cache_age: cacheAgeS, width, height },
    html: String(await frameOf({ src: src.href, title: `${boxWords(language).heading}: ${name}`, width, height })),
    ...(card && {
      thumbnail_url: cardAddress(src.href, { width: card }),
      ...{ thumbnail_width: card, thumbnail_height: pngHeight(card) },
    }),
  }
}

/** No larger than asked for, but never smaller than can be read. What is no size is no limit. */
function sizeOf({ maxwidth, maxheight }: Record<string, string>): { width: number; height: number } {
  const width = Math.max(smallest.width, Math.min(usual, limitOf(maxwidth)))
  const { height } = heights.find(({ from }) => width >= from)!
  return { width, height: Math.max(smallest.height, Math.min(height, limitOf(maxheight))) }
}

const limitOf = (text = ''): number =>
  /^\d{1,6}$/.test(text) && Number(text) > 0 ? Number(text) : Number.POSITIVE_INFINITY

interface Frame {
  src: string
  title: string
  width: number
  height: number
}

// The page's script asks its own server for news, so the frame keeps its origin, which is never that of the page around it.
const frameOf = ({ src, title, width, height }: Frame): Html =>
  html`<iframe src="${src}" title="${title}" width="${width}" height="${height}" loading="lazy" frameborder="0" sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>`

const xmlOf = (told: Record<string, string | number>): Html =>
  html`<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<oembed>${Object.entries(told).map(([name, value]) => html`<${raw(name)}>${value}</${raw(name)}>`)}</oembed>`

/** Where the card of an iframe page is had; `version` makes who keeps a copy by its address ask for the new one. */
export function cardAddress(page: string, { width, version }: { width?: number; version?: string }): string {
  const url = new URL(page)
  url.pathname = url.pathname.replace(/\.html$/, '.png')
  if (width && width !== pngWidths[0]) url.searchParams.set('width', String(width))
  if (version) url.searchParams.set('v', version)
  return url.href
}

/** Where the oEmbed of an address of ours is had. */
export function oembedLinks(address: string, title: string): Html {
  const at = (format: string) => `${new URL(address).origin}/oembed?${new URLSearchParams({ url: address, format })}`
  const name = inXml(title, longestTitle)
  return html`<link rel="alternate" type="application/json+oembed" href="${at('json')}" title="${name}">
<link rel="alternate" type="text/xml+oembed" href="${at('xml')}" title="${name}">`
}

/** What goes into the head of a page that shows a box: its oEmbed, and how it looks where a link to it is shared. */
export function discoveryLinks(box: Box, language: BoxLanguage = 'en'): Html {
  const [title, summary, [width]] = [titleOf(box), summaryOf(box, language), pngWidths]
  const page = new URL(box.page)
  if (language !== 'en') page.searchParams.set('lang', language)
  const image = cardAddress(page.href, { version: box.manifest.hash.slice(0, 12) })
  const meta = (name: string, content: string | number) => html`<meta property="og:${name}" content="${content}">`
  return html`${oembedLinks(page.href, title)}
${meta('type', 'article')}${meta('site_name', provider)}${meta('title', title)}${meta('description', summary)}${meta('url', page.href)}
${meta('image', image)}${meta('image:type', 'image/png')}${meta('image:width', width)}${meta('image:height', pngHeight(width))}${meta('image:alt', altOf(box, language))}
<meta name="twitter:card" content="summary_large_image"><meta name="description" content="${summary}">`
}
