// The pages of alerts: the list, one of them, why it changed as a section of its own, and the form that says what somebody
// thinks of it. Only routes here; what a page looks like is in the file of its name.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { UserError } from '../errors.ts'
import { alertList, filteredOf } from './alertList.ts'
import { alertPage } from './alertPage.ts'
import { alertOf } from './alertTold.ts'
import { explained, whySection, whySoon } from './alertWhy.ts'
import { alertHref } from './alertWords.ts'
import { rulePages } from './rulePages.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import type { Html } from './words.ts'

/** Mounts them, rules and channels among them. */
export function alertPages(app: OpenAPIHono, served: Served): void {
  const { alerts } = served
  const page = async (title: string, main: Html) =>
    shell({ title, here: '/alerts', status: await served.status(), main })
  app.get('/alerts', async (c) => c.html(await page('Alerts', await alertList(served, filteredOf(c.req.query())))))
  rulePages(app, served)
  app.get('/alerts/:id', async (c) => {
    const alert = await alertOf(served, c.req.param('id'))
    const why = await whySoon(served, alert, c.req.raw.signal)
    return c.html(await page(alerts.wordsOf(alert).title, await alertPage(served, alert, why)))
  })
  app.get('/alerts/:id/why', async (c) => {
    const alert = await alertOf(served, c.req.param('id'))
    const { title } = alerts.wordsOf(alert)
    const why = whySection(alert, await explained(served, alert, c.req.raw.signal))
    return c.html(await page(title, html`<h1><a href="${alertHref(alert.id)}"><bdi>${title}</bdi></a></h1>${why}`))
  })
  app.post('/alerts/:id/ack', async (c) => {
    const alert = await alertOf(served, c.req.param('id'))
    const sent = await c.req.parseBody()
    const word = (name: string, most: number) =>
      typeof sent[name] === 'string' ? sent[name].trim().slice(0, most) : ''
    const verdict = (['right', 'wrong', 'known'] as const).find((one) => one === sent.verdict)
    if (!verdict) throw new UserError('nothing was said of the alert', 'Choose Right, Wrong or I knew already.')
    await alerts.ack(alert.id, { verdict, note: word('note', 500), by: word('by', 80) || (c.get('reader').id ?? '') })
    return c.redirect(`${alertHref(alert.id)}#said`, 303)
  })
}
