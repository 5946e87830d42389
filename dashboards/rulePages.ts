// The pages of rules: list, make and change, try, save, send a test, drop. A rule is saved from what was tried. Rules of the
// configuration file are shown and can be copied, not changed. Plain forms that work without script.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Rule } from '../alarms.ts'
import { UserError } from '../errors.ts'
import { toldRule } from './alertTold.ts'
import { channelForms, channelSection } from './channelForms.ts'
import { ruleFormPage } from './ruleFormPage.ts'
import { type TypedRule, typedFor, typedOf, wantedOf } from './ruleTyped.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { triedPage } from './triedPage.ts'
import type { Html } from './words.ts'

const listPath = '/alerts/rules'

/** Mounts pages and forms. */
export function rulePages(app: OpenAPIHono, served: Served): void {
  const { alerts } = served
  app.get(listPath, async (c) => c.html(await page(served, 'Alert rules', await listPage(served))))
  app.get(`${listPath}/new`, async (c) => {
    const copied = c.req.query('from')
    if (!copied) return c.html(await formOf(served, typedOf(c.req.queries())))
    const typed = typedFor(await ruleAt(served, copied))
    const words = { ...typed.words, id: '', name: `${typed.words.name.slice(0, 70)}, mine` }
    return c.html(await formOf(served, { ...typed, words }))
  })
  app.get(`${listPath}/:id/edit`, async (c) =>
    c.html(await formOf(served, typedFor(await ruleAt(served, c.req.param('id'))))),
  )
  app.get(`${listPath}/try`, async (c) => {
    ofOurs(c)
    const typed = typedOf(c.req.queries())
    return orForm(c, { served, typed }, async () => {
      const rule = await alerts.checkRule(wantedOf(typed))
      const test = await alerts.backtest(rule, null, c.req.raw.signal)
      return c.html(await formOf(served, typed, { tried: triedPage(served, test, typed) }))
    })
  })
  app.post(listPath, async (c) => {
    const typed = typedOf(await c.req.parseBody({ all: true }))
    return orForm(c, { served, typed }, async () => {
      const { id } = await alerts.putRule(wantedOf(typed))
      return c.redirect(`${listPath}#${id}`, 303)
    })
  })
  app.post(`${listPath}/:id/drop`, async (c) => {
    await alerts.dropRule(c.req.param('id'))
    return c.redirect(listPath, 303)
  })
  app.post(`${listPath}/:id/test`, async (c) => {
    const { id, ...rule } = await ruleAt(served, c.req.param('id'))
    const sent = await alerts.testRule({ id, ...rule }, c.req.raw.signal)
    return c.html(await page(served, 'Alert rules', await listPage(served, { id, sent })))
  })
  channelForms(app, served, async (made) => page(served, 'Alert rules', await listPage(served, undefined, made)))
}

/** It is much work, and a picture on any page could ask for it. */
function ofOurs(c: Context): void {
  if (c.req.header('sec-fetch-site') === 'cross-site')
    throw new UserError('a rule is tried from its own form', 'Open /alerts/rules/new and try it there.', 403)
}

const page = async ({ status }: Served, title: string, main: Html): Promise<Html> =>
  shell({ title, here: '/alerts', status: await status(), main })

/** What is done with a typed rule; a mistake in it is told on its form, which keeps what was typed. */
async function orForm(
  c: Context,
  { served, typed }: { served: Served; typed: TypedRule },
  attempt: () => Promise<Response>,
): Promise<Response> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return c.html(await formOf(served, typed, { error }), error.status as 400)
  }
}

async function formOf(served: Served, typed: TypedRule, more: { error?: UserError; tried?: Html } = {}): Promise<Html> {
  const channels = await served.alerts.channels()
  const given = { typed, channels, topics: served.topics.list(), labels: served.model.labels, ...more }
  return page(served, typed.words.id ? 'Change a rule' : 'New rule', ruleFormPage(given))
}

async function ruleAt({ alerts }: Served, id: string): Promise<Rule> {
  const rule = (await alerts.rules()).find((one) => one.id === id)
  if (rule) return rule
  throw new UserError(`there is no rule "${id.slice(0, 80)}"`, 'It may have been dropped; see the list of rules.', 404)
}

interface Tested {
  id: string
  sent: { channel: string; ok: boolean; detail: string }[]
}

async function listPage(served: Served, tested?: Tested, made?: Html): Promise<Html> {
  const rules = await served.alerts.rules()
  return html`<p><a href="/alerts">Alerts</a></p><h1>Rules</h1>
    <p class="lead">A rule says what to tell you of. Of real changes it tells by itself what is one, and keeps to the number of mistakes that you allow; of a bound of yours it tells whenever it is passed.</p>
    <p class="buttons"><a class="button" href="/alerts/rules/new?kind=shift">When something really changes</a> <a class="button" href="/alerts/rules/new?kind=level">When a bound is passed</a></p>
    ${rules.length ? await Promise.all(rules.map((rule) => ruled(served, rule, tested))) : html`<div class="empty"><h2>No rule yet</h2><p>Nothing is watched, and nobody is told anything.</p></div>`}
    ${channelSection(await served.alerts.channels(), made)}`
}

async function ruled(served: Served, rule: Rule, tested?: Tested): Promise<Html> {
  const { id, name, origin, isDry } = rule
  const { says, warnings } = await toldRule(served, rule)
  const at = `${listPath}/${encodeURIComponent(id)}`
  const isFile = origin === 'config'
  return html`<article class="card ruled" id="${id}"><h2><bdi>${name}</bdi></h2><p>${says}</p>
    ${warnings.map((one) => html`<p class="notice"><strong>Careful:</strong> ${one}.</p>`)}
    ${tested?.id === id ? sentWords(tested) : ''}
    <div class="buttons">${isFile ? html`<a href="${listPath}/new?from=${encodeURIComponent(id)}">Copy it</a>` : html`<a href="${at}/edit">Change it</a>`}
    ${isDry || !rule.channels.length ? '' : html`<form method="post" action="${at}/test"><button class="small">Send a test</button></form>`}
    ${isFile ? html`<span class="quiet">Of undercurrent.yaml: changed there alone.</span>` : html`<details><summary>Drop it</summary><form method="post" action="${at}/drop"><p>Nothing more is told by it; what it told before stays.</p><button class="danger small">Drop “${name}”</button></form></details>`}</div></article>`
}

function sentWords({ sent }: Tested): Html {
  if (!sent.length)
    return html`<p class="notice" role="status">It names no channel, so there was nowhere to send a test.</p>`
  return html`<ul class="notice" role="status">${sent.map(({ channel, ok, detail }) => html`<li>${channel}: ${ok ? 'the test arrived' : html`<strong>the test did not arrive</strong>`}${detail ? `: ${detail}` : ''}</li>`)}</ul>`
}
