// A topic's paragraph for other people's pages: readable without script, stating what it rests on, linked to its
// evidence. A deleted post leaves it with the next request. svg, png, oEmbed and the element come with story pages.
import { html } from 'hono/html'
import type { Perspective } from '../conclusions.ts'
import type { Topic } from '../types.ts'
import { type Served, topicOf, windowOf } from './served.ts'
import { topicHref } from './view.ts'
import { capital, type Html, plural, sourceName, spanOf } from './words.ts'

export interface Embed {
  topic: { id: string; name: string }
  window: Perspective['window']
  text: string
  refusal: Perspective['refusal']
  posts: number
  authors: number
  sources: string[]
  note: string
  evidence: string
  manifest: Perspective['manifest']
}

const note = 'Posts by people who post: this is not a poll.'

/** What an embed says; `origin` is where this server was asked. */
export async function embedOf(
  served: Served,
  { id, origin, signal }: { id: string; origin: string; signal: AbortSignal },
): Promise<Embed> {
  const topic = topicOf(served, id)
  const window = await windowOf(served, topic, {})
  const filter = { topic: { topic: id, version: topic.version }, model: served.model.id, window }
  const [told, coverage] = await Promise.all([served.perspective(topic, window, signal), served.ask.coverage(filter)])
  const { posts, authors, bySource } = coverage
  const { text, refusal, manifest } = told
  const evidence = new URL(topicHref(id), origin).href
  const about = { topic: { id, name: topic.name }, window: told.window, text, refusal }
  return { ...about, posts, authors, sources: Object.keys(bySource).map(sourceName), note, evidence, manifest }
}

/** The embed as a small page of its own, for an iframe or to be read as it is. */
export function embedPage(embed: Embed, { name }: Pick<Topic, 'name'>): Html {
  const { text, refusal, posts, authors, sources, window, evidence } = embed
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title><meta name="color-scheme" content="light dark"><link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/page.css"></head>
<body class="embed"><article aria-labelledby="name"><h1 id="name">${capital(name)}</h1>
<p class="prose">${refusal ? html`<span class="refusal">No paragraph: ${refusal.reason}. ${refusal.missing}</span>` : text}</p>
<p class="quiet">${plural(posts, 'post')} by ${plural(authors, 'author')}, ${spanOf(window)}${sources.length ? `; sources: ${sources.join(', ')}` : ''}. ${note}
<a href="${evidence}" target="_blank" rel="noopener">See the posts behind it</a></p></article></body></html>`
}
