// How pages save a view and list what was saved: plain forms that work without script. A name is a person's text: it is
// shown as text, isolated in its direction. After each form the reader is back on the page the view is of, or at the start.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { pageHref, removeView, type SavedView, savedViews, saveView } from './saved.ts'
import type { Served } from './served.ts'
import { hrefOf, spans, type View, viewNames } from './view.ts'
import { capital, feeling, type Html, languageName, side, sourceName, spanOf } from './words.ts'

/** Mounts what the forms are sent to. */
export function savedForms(app: OpenAPIHono, served: Served): void {
  app.post('/views', async (c) => {
    const { name, href } = await c.req.parseBody()
    const word = (value: unknown) => (typeof value === 'string' ? value : '')
    const { view } = await saveView(served, { name: word(name), href: word(href) })
    return c.redirect(`${view.href}#view`, 303)
  })
  app.post('/views/:id/remove', async (c) => {
    const { back } = await c.req.parseBody()
    const removed = await removeView(served, c.req.param('id'))
    return c.redirect(removed && back === 'here' ? `${removed.href}#view` : '/', 303)
  })
}

/** Folded away on the page itself: the form, or under which name it is saved. */
export async function saveForm(served: Served, { name, href }: { name: string; href: string }): Promise<Html> {
  const here = pageHref(href)
  const saved = (await savedViews(served)).find((one) => one.href === here)
  const known = saved
    ? html`<p class="quiet">It stands on the <a href="/#views">start page</a>, with its window and filters.</p>`
    : html`<p class="quiet">A saved view stands on the start page, with its window and filters.</p>`
  return html`<details class="view" id="view"><summary>${saved ? html`Saved as “<bdi>${saved.name}</bdi>”` : 'Save this view'}</summary>${known}
    <form class="saving" method="post" action="/views"><input type="hidden" name="href" value="${here}">
    <label>${saved ? 'New name' : 'Name'} <input name="name" required maxlength="80" autocomplete="off" value="${saved?.name ?? shortened(name)}"></label>
    <button>${saved ? 'Rename' : 'Save'}</button></form>${saved ? removal(saved, 'here') : ''}</details>`
}

const shortened = (name: string) => (Array.from(name).length > 80 ? `${Array.from(name).slice(0, 79).join('')}…` : name)

/** The form on a topic's page. */
export function saveTopicView(served: Served, view: View): Promise<Html> {
  return saveForm(served, { name: topicViewName(view), href: hrefOf(view, { cursor: undefined }) })
}

/** "Peace talks, 24 h, only Bluesky, negative": the topic and what is on the page, in words. */
export function topicViewName({ topic, window, span, filter, asked }: View): string {
  const { source, lang, view = 'post' } = filter
  const [target, label] = asked.stance?.split('.') ?? []
  const about = topic.targets.find(({ id }) => id === target)?.text
  const period = span in spans ? spans[span as keyof typeof spans] : spanOf(window)
  const words = [
    topic.name,
    period === 'all' ? 'all posts' : period,
    source && `only ${sourceName(source)}`,
    lang && `only ${languageName(lang)}`,
    view !== 'post' && viewNames[view],
    asked.sentiment,
    asked.stance && `${side(label ?? target ?? '')}${about ? ` “${about}”` : ''}`,
    asked.emotion && feeling(asked.emotion),
    asked.q && `with “${asked.q}”`,
  ]
  return capital(words.filter(Boolean).join(', '))
}

/** What was saved, on the start page. */
export function savedList(views: SavedView[]): Html {
  if (!views.length) return html``
  return html`<section id="views" aria-labelledby="views-h"><h2 id="views-h">Saved views</h2>
    <ul class="saved">${views.map((view) => html`<li><a href="${view.href}" dir="auto">${view.name}</a> ${removal(view)}</li>`)}</ul></section>`
}

const removal = ({ id, name }: SavedView, back = ''): Html =>
  html`<form method="post" action="/views/${id}/remove">${back ? html`<input type="hidden" name="back" value="${back}">` : ''}<button class="small" aria-label="Remove the view: ${name}">Remove</button></form>`
