// The state of every source, reader and drop in words a person understands. Counts only: never a post, never an author.
import { html } from 'hono/html'
import type { Status } from '../given.ts'
import type { DropReason, SourceStatus } from '../types.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { count, dropWords, type Html, momentOf, plural, sourceName, sourcesOf } from './words.ts'

/** Every source, the ones that are off included. */
export function sourceTable(status: Status): Html {
  return html`<ul class="sources">${sourcesOf(status).map(
    ({
      name,
      state,
      detail,
      latest,
      received,
      gaps,
    }) => html`<li><span class="state ${kindOf(state)}"><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">${markOf(state)}</svg> <strong>${sourceName(name)}</strong>: ${state}</span>
    <span>${detail}</span> <span class="quiet">${received ? plural(received, 'change') : ''}${latest ? `, latest ${momentOf(latest)}` : ''}${gaps ? `, ${plural(gaps, 'gap')}` : ''}</span></li>`,
  )}</ul>`
}

type State = SourceStatus['state']
function kindOf(state: State): string {
  if (state === 'live' || state === 'finished') return 'good'
  return state === 'failed' || state === 'stalled' ? 'bad' : state === 'off' ? 'none' : 'under-way'
}

/** A shape for each kind, so that colour is not the only sign: tick, cross, dash, half. */
function markOf(state: State): Html {
  const kind = kindOf(state)
  if (kind === 'good') return html`<path d="M1 6l4 4 6-8"/>`
  if (kind === 'bad') return html`<path d="M2 2l8 8M10 2l-8 8"/>`
  return kind === 'none' ? html`<path d="M1 6h10"/>` : html`<path d="M6 1a5 5 0 1 1-5 5"/>`
}

export async function statusPage(served: Served): Promise<Html> {
  const status = await served.status()
  const { lag, log, readers, histories, drops } = status
  const dropped = Object.entries(drops).filter(([, n]) => n) as [DropReason, number][]
  const main = html`<h1>Status</h1>
    <section id="state" data-live ${lag ? html`data-busy` : ''}>
    <p class="lead">${lag ? `${count(lag)} changes are accepted and not yet in the answers.` : 'Every answer reflects every accepted change.'}</p>
    <h2>Sources</h2>${sourceTable(status)}
    ${histories.length ? html`<h2>Histories being filled in</h2><ul>${histories.map(({ topic, version, done, total }) => html`<li><a href="/topics/${encodeURIComponent(topic)}">${topic}</a>, version ${version}: <progress max="${Math.max(1, total)}" value="${done}"></progress> ${count(done)} of ${count(total)}</li>`)}</ul>` : ''}
    <h2>Log</h2><p>${plural(log.posts, 'post')} kept in ${size(log.bytes)}${log.since ? `, received since ${momentOf(log.since)}` : ''}. A new topic gets its history from these.</p>
    <h2>Readers</h2><table class="plain"><thead><tr><th scope="col">Reader</th><th scope="col">Position</th><th scope="col">Behind by</th></tr></thead><tbody>${Object.entries(readers).map(([name, { position, lag }]) => html`<tr><th scope="row">${name}</th><td>${count(position)}</td><td>${plural(lag, 'change')}</td></tr>`)}</tbody></table>
    <h2>Not taken in</h2>${dropped.length ? html`<table class="plain"><thead><tr><th scope="col">Reason</th><th scope="col">Count</th><th scope="col">What it means</th></tr></thead><tbody>${dropped.map(([reason, n]) => html`<tr><th scope="row"><code>${reason}</code></th><td>${count(n)}</td><td>${dropWords[reason]}</td></tr>`)}</tbody></table>` : html`<p>Nothing was dropped since the start of this process.</p>`}
    <p class="quiet">Model ${status.model}. For machines: <a href="/v1/status">/v1/status</a>, <a href="/metrics">/metrics</a>.</p></section>`
  return shell({ title: 'Status', here: '/status', status, main })
}

function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}
