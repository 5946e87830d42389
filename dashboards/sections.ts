// Parts of a topic's page that cost more than a reader waits for. Each is a link at first, to a page of its own with
// nothing else on it; page.js asks for that page and puts the section in the place of the link.
import { html } from 'hono/html'
import { sleep } from '../retry.ts'
import { newsWhole } from './articles.ts'
import { earlier } from './editions.ts'
import { briefly } from './glance.ts'
import { paragraphWhole } from './paragraph.ts'
import { parts } from './parts.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { subjects } from './subjects.ts'
import { hrefOf, topicHref, type View, viewOf } from './view.ts'
import { capital, type Html } from './words.ts'

interface Section {
  title: string
  inside(served: Served, view: View, signal: AbortSignal): Promise<Html>
  /** Asked for once that one is there. */
  after?: string
}

const sections = {
  perspective: {
    title: 'In short',
    inside: (served: Served, view: View, signal: AbortSignal) => paragraphWhole(served, view, { signal }),
  },
  subjects: { title: 'What is brought up', inside: subjects, after: 'perspective' },
  parts: { title: 'Side by side', inside: parts },
  news: { title: 'In the news', inside: newsWhole },
  editions: { title: 'Earlier editions', inside: earlier },
  glance: { title: 'At a glance', inside: briefly },
} as const satisfies Record<string, Section>
export type SectionName = keyof typeof sections

export const sectionNames = Object.keys(sections) as SectionName[]

/** The place of a section that is still to come. */
export function later(name: SectionName, view: View, meanwhile: Html | string = ''): Html {
  const { title, after = '' }: Section = sections[name]
  const href = sectionHref(name, view)
  return html`<section id="${name}" aria-labelledby="${name}-h" data-later="${href}" ${after ? html`data-after="${after}"` : ''}><h2 id="${name}-h">${title}</h2>
    ${meanwhile}<p class="notice"><a href="${href}">${title}: show it</a></p></section>`
}

/** How long the page waits for a paragraph that has to be written anew. */
const patienceMs = 100

/**
 * The paragraph where it is there by the time `meanwhile` is, or soon after it was asked for; else the place for it. One that
 * has to be written takes nothing from the rest of the page: it is begun after that.
 */
export async function paragraphSoon(
  served: Served,
  view: View,
  { signal, meanwhile }: { signal: AbortSignal; meanwhile: Promise<unknown> },
): Promise<Html> {
  const over = new AbortController()
  const inside = await Promise.race([
    paragraphWhole(served, view, { signal, after: meanwhile }),
    Promise.all([meanwhile, sleep(served.patienceMs ?? patienceMs, over.signal)]).then(() => null),
  ])
  over.abort()
  if (!inside) return paragraphLater(view)
  return html`<section id="perspective" aria-labelledby="perspective-h" data-live><h2 id="perspective-h">${sections.perspective.title}</h2>${inside}</section>`
}

export const paragraphLater = (view: View): Html =>
  later('perspective', view, html`<p>The paragraph is being written from the latest posts.</p>`)

/** In the window of the page it belongs to, however many posts come meanwhile. */
const sectionHref = (name: SectionName, view: View): string =>
  hrefOf(view, { ...view.window, hours: undefined }).replace(
    topicHref(view.topic.id),
    `${topicHref(view.topic.id)}/${name}`,
  )

/** A section by itself, as a page. */
export async function sectionPage(
  served: Served,
  { id, name, query, signal }: { id: string; name: SectionName; query: Record<string, string>; signal: AbortSignal },
): Promise<Html> {
  const view = await viewOf(served, id, query)
  const { title, inside } = sections[name]
  const main = html`<h1><a href="${hrefOf(view)}">${capital(view.topic.name)}</a></h1>
    <section id="${name}" aria-labelledby="${name}-h"><h2 id="${name}-h">${title}</h2>${await inside(served, view, signal)}</section>`
  return shell({ title: `${title} · ${view.topic.name}`, status: await served.status(), main })
}
