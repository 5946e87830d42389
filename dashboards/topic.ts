// The page of one topic: the paragraph, shares with intervals, the course over time, the posts behind it, what was
// seen and what was not, and its versions. Gathers answers and renders them; computes no number of its own. What costs
// more than a reader waits for is a section with an address of its own (sections.ts), which page.js puts in place.
import { html } from 'hono/html'
import type { Coverage, Summary } from '../answers.ts'
import type { Articles } from '../articles.ts'
import type { Status } from '../given.ts'
import type { Topic } from '../types.ts'
import { openLines, scorecardLine } from './alertList.ts'
import { askedOf, beside, news } from './articles.ts'
import { course, courseOf } from './course.ts'
import { postList } from './post.ts'
import { saveTopicView } from './savedForms.ts'
import { later, paragraphLater, paragraphSoon } from './sections.ts'
import type { Served } from './served.ts'
import { shares } from './shares.ts'
import { shell } from './shell.ts'
import { hrefOf, spans, topicHref, type View, viewNames, viewOf } from './view.ts'
import * as words from './words.ts'
import { count, type Html, plural } from './words.ts'

interface Asked {
  id: string
  query: Record<string, string>
  /** Who asks fills the paragraph in by itself. */
  leaves?: boolean
  signal: AbortSignal
}

/** The page an address asks for. */
export async function topicPage(served: Served, { id, query, leaves = false, signal }: Asked): Promise<Html> {
  const early = beforeWindow(served, id)
  // Where there is no such topic, that is what is told.
  early.catch(() => {})
  const view = await viewOf(served, id, query)
  const { ask } = served
  const listed = Promise.all([ask.posts(view.filter, view.asked), ask.articles(askedOf(view))])
  listed.catch(() => {})
  const summed = ask.summary(view.filter)
  summed.catch(() => {})
  // It says how fine the steps may be.
  const coverage = await ask.coverage(view.filter)
  const answers = Promise.all([
    early,
    summed,
    courseOf(served, view, { scored: coverage.scored, strongest: summed.then(strongest) }),
    listed,
  ])
  const soon = leaves ? paragraphLater(view) : paragraphSoon(served, view, { signal, meanwhile: answers })
  Promise.resolve(soon).catch(() => {})
  const [[status, open, scored], summary, drawn, [page, written]] = await answers
  const waits = summary.posts ? '' : filling(view.topic, status)
  const paragraph = await soon
  const main = html`<div id="head" data-live ${waits ? html`data-waits` : ''}>${head(view, summary, status)}${open}${scored}</div>
    ${controls(view, served)}
    ${await saveTopicView(served, view)}
    ${jumps(summary, written)}
    ${waits ? '' : paragraph}
    <section id="shares" aria-labelledby="shares-h" data-live><h2 id="shares-h">How the posts divide</h2>${waits ? comes('The shares appear') : shares(view, summary, served)}</section>
    <section id="time" aria-labelledby="time-h" data-live><h2 id="time-h">Over time</h2>${waits ? comes('The chart appears', waits) : summary.posts ? course(view, drawn) : html`<p class="quiet">No posts in this window to draw.</p>`}</section>
    ${summary.scored ? html`${later('subjects', view)}${later('parts', view)}` : ''}
    ${postList(view, page, served)}
    ${news(view, written)}
    <section id="coverage" aria-labelledby="coverage-h" data-live><h2 id="coverage-h">What was seen</h2>${seen(view, coverage, summary)}${beside(written)}</section>
    ${later('editions', view)}
    ${change(view)}`
  return shell({ title: view.topic.name, status, main })
}

/** What does not depend on the window. */
const beforeWindow = (served: Served, id: string) =>
  Promise.all([served.status(), openLines(served, { topic: id, most: 3 }), scorecardLine(served, id)])

/** A long page, and who has no mouse should not walk through all of it. */
const jumps = ({ scored }: Summary, { articles }: Articles): Html =>
  html`<nav class="jumps" aria-label="On this page">${[
    ['shares', 'Shares'],
    ['time', 'Over time'],
    ...(scored
      ? [
          ['subjects', 'Subjects'],
          ['parts', 'Side by side'],
        ]
      : []),
    ['posts', 'Posts'],
    ...(articles ? [['news', 'In the news']] : []),
    ['coverage', 'What was seen'],
    ['change', 'Change'],
  ].map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>`

const strongest = ({ emotion }: Summary) =>
  Object.entries(emotion)
    .filter(([, { estimate }]) => estimate !== null)
    .sort(([, a], [, b]) => b.estimate! - a.estimate!)
    .map(([label]) => label)

function head({ topic, window }: View, summary: Summary, status: Status): Html {
  return html`<h1>${words.capital(topic.name)}</h1>
    <p class="lead">${summary.posts ? html`<strong>${plural(summary.posts, 'post')}</strong> by <strong>${plural(summary.authors, 'author')}</strong>, ${words.spanOf(window)}.` : words.whyNone(topic, status)}
    ${summary.posts && summary.scored < summary.posts ? `${count(summary.scored)} of them scored.` : ''}</p>
    ${topic.query.length > 90 ? html`<details class="query"><summary>Query</summary><code>${topic.query}</code></details>` : html`<p class="query">Query <code>${topic.query}</code></p>`}
    ${summary.posts ? filling(topic, { ...status, lag: 0 }) : ''}`
}

/** How far the reading of its history is; '' where there is nothing to wait for. page.js asks again while it shows. */
function filling(topic: Topic, { histories, lag }: Status): Html | '' {
  const history = histories.find((one) => one.topic === topic.id && one.version === topic.version)
  if (history)
    return html`<p class="notice" data-busy>Filling in its history: <progress max="${Math.max(1, history.total)}" value="${history.done}" aria-label="History read"></progress> ${count(history.done)} of ${count(history.total)} kept changes</p>`
  // One that was only just made waits for its turn, and is in no list yet.
  return lag
    ? html`<p class="notice" data-busy>Its history is about to be read: <progress aria-label="History read"></progress></p>`
    : ''
}

/** In the place of a chart that has nothing to draw yet: what is under way. */
const comes = (what: string, waits: Html | '' = ''): Html =>
  html`${waits}<p class="quiet">${what} here as soon as posts are read; nothing needs reloading.</p>`

/** Window, way of counting and version as links; what narrows the view, with the way out of it. */
function controls(view: View, { topics }: Served): Html {
  const versions = topics.versions(view.topic.id)
  const none = { from: undefined, to: undefined, cursor: undefined, step: undefined }
  const current = (is: boolean) => (is ? html`aria-current="true"` : '')
  const { view: counting = 'post', source, lang } = view.filter
  const narrowed: [string, Record<string, undefined>][] = [
    ...(view.span ? [] : [[words.spanOf(view.window), none] as [string, Record<string, undefined>]]),
    ...(view.words.receivedBy
      ? [
          [`as it was seen ${words.momentOf(view.filter.receivedBy!)}`, { receivedBy: undefined }] as [
            string,
            Record<string, undefined>,
          ],
        ]
      : []),
    ...(source === undefined
      ? []
      : [[`only ${words.sourceName(source)}`, { source: undefined }] as [string, Record<string, undefined>]]),
    ...(lang === undefined
      ? []
      : [[`only ${words.languageName(lang)}`, { lang: undefined }] as [string, Record<string, undefined>]]),
  ]
  return html`<div class="controls"><nav aria-label="Window">${Object.entries(spans).map(
    ([key, name]) => html`<a href="${hrefOf(view, { ...none, hours: key })}" ${current(view.span === key)}>${name}</a>`,
  )}</nav><nav aria-label="Count">${Object.entries(viewNames).map(
    ([key, name]) =>
      html`<a href="${hrefOf(view, { view: key === 'post' ? undefined : key }, '#shares')}" ${current(counting === key)}>${name}</a>`,
  )}</nav>${
    versions.length > 1
      ? html`<nav aria-label="Version">${versions.map(({ version }) => html`<a href="${hrefOf(view, { version: String(version), cursor: undefined })}" ${current(version === view.topic.version)}>version ${version}</a>`)}</nav>`
      : ''
  }</div>
  ${narrowed.length ? html`<ul class="narrowed" aria-label="Narrowed to">${narrowed.map(([name, without]) => html`<li>${name} <a href="${hrefOf(view, without)}" aria-label="Take away: ${name}">take away</a></li>`)}</ul>` : ''}`
}

function seen(view: View, coverage: Coverage, { posts }: Summary): Html {
  const { bySource, byLang, unscored, gaps } = coverage
  const others = words.byOthers(coverage)
  if (!posts) return html`<p class="quiet">No posts in this window. ${others}</p>`
  const langs = Object.entries(byLang).sort(([, a], [, b]) => b - a)
  const rest = langs.slice(8).reduce((sum, [, n]) => sum + n, 0)
  const only = (part: Record<string, string>, name: string) =>
    html`<a href="${hrefOf(view, { ...part, cursor: undefined })}">${name}</a>`
  return html`<div class="groups"><table class="plain"><caption>By source</caption><thead><tr><th scope="col">Source</th><th scope="col">Posts</th><th scope="col">Authors</th><th scope="col">Latest</th></tr></thead>
    <tbody>${Object.entries(bySource).map(([source, { posts, volume, authors, latest }]) => html`<tr><th scope="row">${only({ source }, words.sourceName(source))}</th><td>${count(posts)}${volume > posts ? html` <span class="quiet">of about ${count(volume)}</span>` : ''}</td><td>${count(authors)}</td><td>${words.momentOf(latest)}</td></tr>`)}</tbody></table>
    <table class="plain"><caption>By language</caption><thead><tr><th scope="col">Language</th><th scope="col">Posts</th></tr></thead><tbody>${langs.slice(0, 8).map(([lang, n]) => html`<tr><th scope="row">${only({ lang }, words.languageName(lang))}</th><td>${count(n)}</td></tr>`)}${rest ? html`<tr><th scope="row">other languages</th><td>${count(rest)}</td></tr>` : ''}</tbody></table></div>
    ${Object.entries(unscored).map(([reason, n]) => html`<p>${plural(n, 'post')} not scored: ${words.skipWords[reason as keyof typeof words.skipWords]}.</p>`)}
    ${others ? html`<p>${others}</p>` : ''}${gaps.map(missed)}`
}

function missed({ source, from, to, reason }: Coverage['gaps'][number]): Html {
  const { was, why } = words.missedIn(reason)
  return html`<p>${words.sourceName(source)} ${was} from ${words.momentOf(from)} to ${words.momentOf(to)}${why}.</p>`
}

/** The ways to change it; dropping is folded away and asks once more. */
function change({ topic }: View): Html {
  const href = topicHref(topic.id)
  return html`<section id="change" aria-labelledby="change-h"><h2 id="change-h">Change this topic</h2>
    <p><a class="button" href="${href}/edit">Edit the query, the targets or the name</a> <a class="button" href="${href}/versions">Versions and what changed</a></p>
    <details><summary>Drop this topic</summary><form method="post" action="${href}/drop"><p>Dropping takes the topic away with all its numbers, in every version. This cannot be undone.</p>
    <button class="danger">Drop “${topic.name}” for good</button></form></details></section>`
}
