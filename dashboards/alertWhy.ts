// Why it probably changed, as a section of an alert's page: the parts of the difference as steps that add up, themes that
// grew, copied texts, and headlines of the time, which are coincidence and never a cause. Computed anew from what is live
// now, so it may take a while: page.js puts it in its place, and it has an address of its own.
import { html } from 'hono/html'
import type { Alert, Explanation } from '../alarms.ts'
import { UserError } from '../errors.ts'
import { sleep } from '../retry.ts'
import { alertHref, causeWords, isCounted, partOf } from './alertWords.ts'
import { articleList, articlesIn } from './articles.ts'
import type { Served } from './served.ts'
import { topicHref } from './view.ts'
import { capital, count, type Html, momentOf, plural, shareOf, spanOf, time } from './words.ts'

const title = 'Why it probably changed'
/** How long the page waits for it. */
const patienceMs = 400

/** The section where it is ready within a reader's patience, else the place for it. */
export async function whySoon(served: Served, alert: Alert, signal: AbortSignal): Promise<Html> {
  const over = new AbortController()
  const found = await Promise.race([
    explained(served, alert, signal),
    sleep(served.patienceMs ?? patienceMs, over.signal).then(() => null),
  ])
  over.abort()
  if (found) return whySection(alert, found)
  const href = `${alertHref(alert.id)}/why`
  return html`<section id="why" aria-labelledby="why-h" data-later="${href}"><h2 id="why-h">${title}</h2>
    <p class="notice">It is being worked out from the posts that are live now. <a href="${href}">Show it</a></p></section>`
}

/** A topic that was dropped, or a question that was cut off, is no reason to show nothing of the alert. */
export async function explained(
  { alerts }: Served,
  alert: Alert,
  signal: AbortSignal,
): Promise<Explanation | UserError> {
  try {
    return await alerts.explain(alert, signal)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

/** The whole section. */
export function whySection(alert: Alert, why: Explanation | UserError): Html {
  if (why instanceof UserError)
    return html`<section id="why" aria-labelledby="why-h"><h2 id="why-h">${title}</h2><p>This cannot be said now: ${why.message}. ${capital(why.hint)}</p></section>`
  if (why.reread) return rereadSection(why.reread)
  const { causes, themes, campaigns, headlines, accounts, articles } = why
  const some = accounts && accounts.looked < accounts.of
  const looked = some
    ? ` ${count(accounts.looked)} of ${count(accounts.of)} accounts were looked at, drawn at random.`
    : accounts
      ? ` All ${count(accounts.of)} accounts were looked at.`
      : ''
  const isNothing = !causes.length && !themes.length && !campaigns.length
  return html`<section id="why" aria-labelledby="why-h"><h2 id="why-h">${title}</h2>
    ${isNothing ? html`<p>${alert.shifts.length ? 'Too little of what it rested on is still there to say.' : 'No opinion changed: there is nothing to explain.'}</p>` : html`<p class="quiet">From what is live now of what the alert saw.${looked}</p>`}
    <div class="groups">${causes.length ? steps(alert, why) : ''}
    ${themes.length ? grown(themes) : ''}</div>
    ${campaigns.length ? copied(alert, campaigns) : ''}
    ${headlines.length ? published(headlines) : ''}${articles ? written(articles) : ''}</section>`
}

/** The same posts under both models: what is left of a difference is how we measure. */
function rereadSection(reread: NonNullable<Explanation['reread']>): Html {
  const row = ({ topic, name, shift: { before, after, difference } }: (typeof reread)[number]) =>
    html`<tr><th scope="row"><a href="${topicHref(topic)}"><bdi>${name}</bdi></a></th><td>${shareOf(before)}</td><td>${shareOf(after)}</td><td>${difference ? partOf(difference, { measure: 'sentiment.negative', sure: 'too close to call' }) : '—'}</td></tr>`
  const none =
    'No topic has posts of ten accounts that both models have read yet: those of before are read anew one by one.'
  return html`<section id="why" aria-labelledby="why-h"><h2 id="why-h">What it reads otherwise</h2>
    ${
      reread.length
        ? html`<p class="quiet">The same posts of the week before, as both models read them. Whatever differs here is how we measure, not what people say.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="What it reads otherwise"><table class="plain broad"><caption>Negative tone</caption><thead><tr><th scope="col">Topic</th><th scope="col">Model before</th><th scope="col">Model now</th><th scope="col">Difference</th></tr></thead><tbody>${reread.map(row)}</tbody></table></div>`
        : html`<p>${none}</p>`
    }</section>`
}

/** Each part begins where the one before ended; the last row is the whole. */
function steps(alert: Alert, { causes, shift }: Explanation): Html {
  const measure = (shift ?? alert.shifts[0])?.measure ?? ''
  const start = shift?.before.estimate ?? 0
  let at = start
  const placed = causes.map((cause) => {
    const from = at
    at += cause.part.estimate ?? 0
    return { ...cause, from, to: at }
  })
  const ends = [start, ...placed.map(({ to }) => to)]
  const [least, most] = [Math.min(...ends), Math.max(...ends)]
  const room = (most - least) * 0.08 || 0.01
  const scale = (value: number) => ((value - least + room) / (most - least + 2 * room)) * 100
  const row = (name: string, { from, to }: { from: number; to: number }, told: string) =>
    html`<tr><th scope="row">${name}</th><td class="bar">${stepBar(scale(from), scale(to))}</td><td>${told}</td></tr>`
  const whole = shift?.difference
    ? partOf(shift.difference, { measure, sure: 'too close to call' })
    : wholeOf(at - start, measure)
  return html`<table class="shares causes"><caption>What the change is made of</caption><tbody>
    ${placed.map(({ cause, part, from, to }) => row(causeWords[cause], { from, to }, partOf(part, { measure })))}
    ${row('Altogether', { from: start, to: at }, whole)}</tbody></table>`
}

function wholeOf(sum: number, measure: string): string {
  const size = Math.round(Math.abs(sum) * (isCounted(measure) ? 1 : 100))
  return `${plural(size, isCounted(measure) ? 'account' : 'point')} ${sum < 0 ? 'fewer' : 'more'}`
}

const round = (n: number) => Math.round(n * 100) / 100

/** From where the part before ended to where this one does. */
function stepBar(from: number, to: number): Html {
  const [left, right] = [Math.min(from, to), Math.max(from, to)]
  return html`<svg class="interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><path class="grid" vector-effect="non-scaling-stroke" d="M0 5H100"/>
    <rect class="range ${to < from ? 'fewer' : 'more'}" x="${round(left)}" y="1" width="${Math.max(0.6, round(right - left))}" height="8"/><path class="tick" vector-effect="non-scaling-stroke" d="M${round(to)} 0V10"/></svg>`
}

function grown(themes: Explanation['themes']): Html {
  return html`<div><table class="plain"><caption>Subjects that grew</caption><thead><tr><th scope="col">What is brought up</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
    <tbody>${themes.map(({ phrase, before, after }) => html`<tr><th scope="row"><bdi>${phrase}</bdi></th><td>${before.estimate ? shareOf(before) : 'not at all'}</td><td>${shareOf(after)}</td></tr>`)}</tbody></table></div>`
}

function copied(alert: Alert, campaigns: Explanation['campaigns']): Html {
  const words = new URLSearchParams({ ...alert.after, version: String(alert.topic.version) })
  return html`<h3>Copied texts</h3><ul>${campaigns.map(({ posts, authors, window }) => html`<li>${count(posts)} posts by ${count(authors)} accounts share one text, ${momentOf(window.from)} to ${momentOf(window.to)}.</li>`)}</ul>
    <p><a href="${topicHref(alert.topic.topic)}/subjects?${words}">Subjects and copied texts of that time</a></p>`
}

function published(headlines: Explanation['headlines']): Html {
  return html`<h3>Published around then</h3><p class="quiet">Coincidence in time: nothing here says that any of it was the cause.</p>
    <ul>${headlines.map(({ headline, url, at, story }) => html`<li>${time(at)} ${/^https?:\/\//.test(url) ? html`<a href="${url}" rel="noopener noreferrer nofollow"><bdi>${headline}</bdi></a>` : html`<bdi>${headline}</bdi>`} (<a href="/stories/${story}">its story</a>)</li>`)}</ul>`
}

/** Counts and a list; what it means is the reader's to judge. */
function written({ window, before, words, newest, ...found }: NonNullable<Explanation['articles']>): Html {
  const shared = words.map(({ word, sites }) => html`<bdi>${word}</bdi> (${plural(sites, 'site')})`)
  const list = shared.map((one, nr) => html`${nr ? ', ' : ''}${one}`)
  return html`<h3>In the news before it</h3><p>In the hours before, ${spanOf(window)}: ${found.articles ? articlesIn(found) : 'no article'}; in the same hours of the day before: ${before ? count(before) : 'none'}.${shared.length ? html` The words that most sites share, and fewer did in the week before: ${list}.` : ''}</p>
    <p class="quiet">From the feeds that are read, counted apart from posts. Coincidence in time: nothing here says that any of it was the cause.</p>
    ${newest.length ? articleList(newest) : ''}`
}
