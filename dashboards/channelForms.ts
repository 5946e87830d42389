// Channels on the page of rules: the list, a form for a new one, and the way out of each. An address is shown by its host
// alone, since the rest may be a secret; the secret of a new webhook is shown once, on an answer that nobody may store.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { Channel } from '../alarms.ts'
import { UserError } from '../errors.ts'
import type { Served } from './served.ts'
import { capital, type Html } from './words.ts'

const kinds = {
  webhook: 'a webhook of yours, signed',
  slack: 'Slack (address of an incoming webhook)',
  discord: 'Discord (address of a webhook)',
  alertmanager: 'an Alertmanager (its address)',
}

/** Mounts the forms; `whole` is the page of rules with what came of it. */
export function channelForms(app: OpenAPIHono, { alerts }: Served, whole: (made: Html) => Promise<Html>): void {
  app.post('/alerts/channels', async (c) => {
    const sent = await c.req.parseBody()
    const word = (name: string) => (typeof sent[name] === 'string' ? sent[name].trim() : '')
    c.header('cache-control', 'no-store')
    try {
      const id = word('id')
      const made = await alerts.putChannel({
        kind: word('kind'),
        url: word('url').slice(0, 2_048),
        ...(id ? { id } : {}),
      })
      return c.html(await whole(madeWords(made)))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const told = html`<p class="error" role="alert"><strong>${capital(error.message)}.</strong> ${capital(error.hint)}</p>`
      return c.html(await whole(told), error.status as 400)
    }
  })
  app.post('/alerts/channels/:id/drop', async (c) => {
    await alerts.dropChannel(c.req.param('id'))
    return c.redirect('/alerts/rules#channels', 303)
  })
}

const madeWords = ({ id, secret }: Channel & { secret?: string }): Html =>
  secret
    ? html`<p class="notice" role="status">Made: ${id}. Its calls are signed with <code>${secret}</code>. Keep it now: it is not shown again.</p>`
    : html`<p class="notice" role="status">Made: ${id}. Tick it in a rule, and send a test.</p>`

/** The section. */
export function channelSection(channels: Channel[], made?: Html): Html {
  return html`<section id="channels" aria-labelledby="channels-h"><h2 id="channels-h">Channels</h2>
    <p>Where alerts go beside this page. A rule names the channels that it sends to.</p>${made ?? ''}
    ${channels.length ? html`<ul class="saved">${channels.map(row)}</ul>` : html`<p class="quiet">None yet.</p>`}
    <details ${made ? 'open' : ''}><summary>New channel</summary><form class="stack" method="post" action="/alerts/channels">
    <label>Kind <select name="kind">${Object.entries(kinds).map(([kind, text]) => html`<option value="${kind}">${text}</option>`)}</select></label>
    <label>Address <input name="url" type="url" required maxlength="2048" placeholder="https://…" autocomplete="off"></label>
    <label>Id <span class="quiet">(short, like team; or leave it out)</span> <input name="id" maxlength="64" pattern="[a-z0-9_\\-]{1,64}" autocomplete="off"></label>
    <p class="buttons"><button>Make it</button></p>
    <p class="quiet">Mail, and addresses that are not on the public internet, are set in undercurrent.yaml alone.</p></form></details></section>`
}

function row({ id, kind, url, to, origin }: Channel): Html {
  const place = kind === 'mail' ? to.join(', ') : (URL.parse(url)?.host ?? url)
  return html`<li><span><strong>${id}</strong> <span class="quiet">${kind}, ${place}</span></span>${origin === 'config' ? html`<span class="quiet">of undercurrent.yaml</span>` : html`<form method="post" action="/alerts/channels/${encodeURIComponent(id)}/drop"><button class="small" aria-label="Delete the channel ${id}">Delete</button></form>`}</li>`
}
