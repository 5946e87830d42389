// The routes of boxes: one box in every form, for a topic and for a story, by its address. A form is rendered once for each
// state of the box and goes out as bytes, because popular stories ask thousands of times a second. Other origins may read
// what is marked public, and nothing else.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { atomType } from '../feeds.ts'
import type { Topic } from '../types.ts'
import type { Box } from './box.ts'
import { boxAt, pageOf } from './boxAt.ts'
import { cardRules, openCards } from './boxCard.ts'
import { boxPage, emptyBox, emptyPage, fragment } from './boxHtml.ts'
import type { Place } from './boxOf.ts'
import { titleOf } from './boxText.ts'
import { boxWords, languageOf } from './boxWords.ts'
import { etagOf, isKnown } from './fresh.ts'
import { discoveryLinks, oembedOf } from './oembed.ts'
import { problem, problemType } from './problem.ts'
import { type Served, topicOf } from './served.ts'
import type { Rendered } from './shelf.ts'
import { editionFeed } from './storyFeed.ts'
import { originOf } from './storyTold.ts'

const kinds = ['html', 'json', 'svg', 'png', 'atom'] as const
type Kind = (typeof kinds)[number]
const types: Record<Kind, string> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml; charset=utf-8',
  png: 'image/png',
  atom: atomType,
}
const cards = openCards()

/** For how many seconds caches between us keep a box, and tell it on while they ask anew; docs/embedding.md does the sum. */
const [maxAge, whileAsking] = [5, 5]

/** Mounts them. */
export function embeds(app: OpenAPIHono, served: Served): void {
  app.get('/embed/stories/:file', async (c) => {
    const { id, kind } = partsOf(c.req.param('file'))
    if (!kind || kind === 'atom') return noSuch()
    const story = await served.stories.get(id)
    const place = story && served.stories.placeOf(story)
    if (place) return answer(c, served, { place, kind })
    if (story?.state === 'ended') return gone(c, kind, { status: 410, title: 'this story has ended' })
    return gone(c, kind, { status: 404, title: story ? 'this story is not approved' : 'there is no such story' })
  })
  app.get('/oembed', async (c) => oembed(c, served))
  app.get('/embed/:file', (c) => {
    const { id, kind } = partsOf(c.req.param('file'))
    if (!kind) return noSuch()
    const topic = served.topics.get(id)
    if (!topic) return gone(c, kind, { status: 404, title: `there is no topic "${id.slice(0, 80)}"` })
    if (kind === 'atom') return atom(c, served, topic)
    return answer(c, served, { place: { topic, story: null }, kind })
  })
}

function partsOf(file: string): { id: string; kind: Kind | undefined } {
  const at = file.lastIndexOf('.')
  return { id: file.slice(0, at), kind: kinds.find((kind) => kind === file.slice(at + 1)) }
}

const noSuch = () => problem(404, 'there is no such embed', `Ask for /embed/TOPIC.${kinds.join(' or .')}.`)

async function answer(c: Context, served: Served, { place, kind }: { place: Place; kind: Kind }): Promise<Response> {
  const shelved = await served.shelf.get(place)
  if (kind === 'svg' || kind === 'png')
    return card(c, boxAt(place, shelved.core, originOf(served, c.req.url)), { place, kind })
  const language = languageOf(c.req.query('lang'))
  const part = c.req.query('part') === 'fragment' ? 'fragment' : 'page'
  const origin = originOf(served, c.req.url)
  // A headline or whether its topic is broader may be told anew at the same address.
  const form = JSON.stringify([kind, part, language, origin, place.story])
  const rendered = await shelved.form(form, async () => {
    const box = boxAt(place, shelved.core, origin)
    const words = boxWords(language)
    if (kind === 'json') return JSON.stringify({ ...box, html: String(await fragment(box, words)) })
    if (part === 'fragment') return String(await fragment(box, words))
    const { story, topic } = place
    const at = story ? { kind: 'story' as const, id: story.id } : { kind: 'topic' as const, id: topic.id }
    return String(await boxPage(box, { words, head: discoveryLinks(box, language), place: at }))
  })
  return bytes(c, rendered, { type: types[kind], isPublic: place.topic.public })
}

/** The card of a box, as the address asks for it. Kept by what it shows, not by the shelf: cards are large. */
async function card(c: Context, box: Box, { place, kind }: { place: Place; kind: 'svg' | 'png' }): Promise<Response> {
  const { lang, theme: asked, width } = c.req.query()
  const theme = (['light', 'dark'] as const).find((one) => one === asked)
  const wanted = { language: languageOf(lang), theme, width: /^\d{1,5}$/.test(width ?? '') ? Number(width) : undefined }
  const drawn = kind === 'png' ? await cards.png(box, wanted) : new TextEncoder().encode(await cards.svg(box, wanted))
  if (kind === 'svg') c.header('content-security-policy', cardRules)
  return bytes(c, { bytes: drawn, etag: etagOf(drawn) }, { type: types[kind], isPublic: place.topic.public })
}

async function atom(c: Context, served: Served, topic: Topic): Promise<Response> {
  const text = new TextEncoder().encode(await editionFeed(c, served, topic))
  return bytes(c, { bytes: text, etag: etagOf(text) }, { type: types.atom, isPublic: topic.public })
}

/** oEmbed of what an address of ours shows. */
async function oembed(c: Context, served: Served): Promise<Response> {
  let isPublic = false
  const answer = await oembedOf({ asked: c.req.url, hosts: served.hosts }, async ({ kind, id }) => {
    const story = kind === 'story' ? await served.stories.get(id) : null
    const place = story
      ? served.stories.placeOf(story)
      : kind === 'topic'
        ? { topic: topicOf(served, id), story: null }
        : null
    isPublic = place?.topic.public === true
    return place && { title: titleOf(place), page: pageOf(place, originOf(served, c.req.url)) }
  })
  if (answer.ok) for (const [name, value] of Object.entries(sharing(isPublic))) answer.headers.set(name, value)
  return answer
}

/** What went out last is known by its tag; what may be read by everybody may be kept by caches between us. */
function bytes(
  c: Context,
  { bytes, etag }: Rendered,
  { type, isPublic }: { type: string; isPublic: boolean },
): Response {
  const headers = { 'content-type': type, etag, ...sharing(isPublic) }
  return isKnown(c.req.header('if-none-match'), etag) ? c.body(null, 304, headers) : c.body(bytes, 200, headers)
}

function sharing(isPublic: boolean): Record<string, string> {
  if (!isPublic) return { 'cache-control': 'private, no-cache' }
  return {
    'cache-control': `public, max-age=${maxAge}, stale-while-revalidate=${whileAsking}`,
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'etag',
    'cross-origin-resource-policy': 'cross-origin',
  }
}

interface Gone {
  status: 401 | 404 | 410
  title: string
  detail?: string
}

/** What is gone or closed says so in its place: a page that shows it must not go on telling what it did. */
async function gone(c: Context, kind: Kind, { status, title, detail = elsewhere }: Gone): Promise<Response> {
  const words = boxWords(languageOf(c.req.query('lang')))
  const text = { 401: words.privateTopic, 404: words.withdrawn, 410: words.goneStory }[status]
  const box = emptyBox(text, words)
  // Who has a key is answered otherwise: no cache between us may keep what says that one is needed.
  const headers = { ...sharing(true), ...(status === 401 && { 'cache-control': 'no-store' }) }
  if (kind === 'html') return c.html(await emptyPage(box, words), status, headers)
  const body = { type: 'about:blank', title, status, detail, html: String(await box) }
  return c.body(JSON.stringify(body), status, { ...headers, 'content-type': problemType })
}
const elsewhere = 'GET /v1/topics lists topics, GET /v1/stories stories; POST /v1/stories/ID/approve makes a box.'

/** The same where the guard lets nobody in without a key. */
export const closedBoxes: MiddlewareHandler = async (c, next) => {
  await next()
  const { kind } = partsOf(c.req.path)
  if (c.res.status !== 401 || !c.req.path.startsWith('/embed/') || (kind !== 'html' && kind !== 'json')) return
  const { title, detail } = (await c.res.json()) as { title: string; detail: string }
  c.res = await gone(c, kind, { status: 401, title, detail })
}
