// The page of one topic: the paragraph, shares with intervals, the course over time, the posts behind it, what was
// seen and what was not, and its versions. Gathers answers and renders them; computes no number of its own.
import { html } from 'hono/html'
import type { Coverage, Estimate, SeriesPoint, Status, Summary, Window } from '../answers.ts'
import { intervalBar, timeChart, volumeChart } from './charts.ts'
import { editionsOf, shownEditions } from './editions.ts'
import { topicForm } from './form.ts'
import { besides, evidenceOf, paragraph } from './paragraph.ts'
import { postList } from './post.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { hrefOf, spans, stepFor, topicHref, type View, viewOf } from './view.ts'
import * as words from './words.ts'
import { count, type Html, plural } from './words.ts'

/** The page an address asks for. */
export async function topicPage(
  served: Served,
  { id, query, signal }: { id: string; query: Record<string, string>; signal: AbortSignal },
): Promise<Html> {
  const view = await viewOf(served, id, query)
  const { ask } = served
  const [status, summary, coverage] = await Promise.all([
    served.status(),
    ask.summary(view.filter),
    ask.coverage(view.filter),
  ])
  const stepMs = stepFor(view.window, summary.scored)
  const told = await served.perspective(view.topic, view.window, signal)
  const [evidence, editions, page, ...series] = await Promise.all([
    evidenceOf(served, told),
    served.editions(id, shownEditions),
    ask.posts(view.filter, view.asked),
    ...['negative', 'positive'].map((label) => ask.series(view.filter, `sentiment.${label}`, stepMs)),
  ])
  const main = html`<div id="head" data-live>${head(view, summary, status)}</div>
    ${controls(view, served)}
    <section id="perspective" aria-labelledby="perspective-h" data-live><h2 id="perspective-h">In short</h2>
      <div class="sides"><div>${paragraph(told, view, evidence)}</div>${besides(told)}</div></section>
    <section id="shares" aria-labelledby="shares-h" data-live><h2 id="shares-h">How the posts divide</h2>${shares(view, summary, served)}</section>
    <section id="time" aria-labelledby="time-h" data-live><h2 id="time-h">Over time</h2>${course(view.window, stepMs, series)}</section>
    ${postList(view, page, served)}
    <section id="coverage" aria-labelledby="coverage-h" data-live><h2 id="coverage-h">What was seen</h2>${seen(coverage, summary)}</section>
    <section id="editions" aria-labelledby="editions-h" data-live><h2 id="editions-h">Earlier editions</h2>${editionsOf(editions, view)}</section>
    ${change(view)}`
  return shell({ title: view.topic.name, status, main })
}

function head({ topic, window }: View, summary: Summary, status: Status): Html {
  const history = status.histories.find((one) => one.topic === topic.id && one.version === topic.version)
  return html`<h1>${words.capital(topic.name)}</h1>
    <p class="lead">${summary.posts ? html`<strong>${plural(summary.posts, 'post')}</strong> by <strong>${plural(summary.authors, 'author')}</strong>, ${words.spanOf(window)}.` : words.whyNone(topic, status)}
    ${summary.posts && summary.scored < summary.posts ? `${count(summary.scored)} of them scored.` : ''}</p>
    ${topic.query.length > 90 ? html`<details class="query"><summary>Query</summary><code>${topic.query}</code></details>` : html`<p class="query">Query <code>${topic.query}</code></p>`}
    ${history ? html`<p class="notice" data-busy>Filling in its history: <progress max="${Math.max(1, history.total)}" value="${history.done}"></progress> ${count(history.done)} of ${count(history.total)} kept changes</p>` : ''}`
}

/** Window and version, as links. */
function controls(view: View, { topics }: Served): Html {
  const versions = topics.versions(view.topic.id)
  const none = { from: undefined, to: undefined, cursor: undefined }
  const current = (is: boolean) => (is ? html`aria-current="true"` : '')
  return html`<div class="controls"><nav aria-label="Window">${Object.entries(spans).map(
    ([key, name]) => html`<a href="${hrefOf(view, { ...none, hours: key })}" ${current(view.span === key)}>${name}</a>`,
  )}</nav>${
    versions.length > 1
      ? html`<nav aria-label="Version">${versions.map(({ version }) => html`<a href="${hrefOf(view, { version: String(version), cursor: undefined })}" ${current(version === view.topic.version)}>version ${version}</a>`)}</nav>`
      : ''
  }</div>`
}

function shares({ topic, window }: View, summary: Summary, { model }: Served): Html {
  if (!summary.scored) return html`<p class="quiet">Nothing scored in this window.</p>`
  const emotions = Object.entries(summary.emotion).sort(([, a], [, b]) => (b.estimate ?? 0) - (a.estimate ?? 0))
  const named = emotions.map(([label, share]): Row => [words.feeling(label), share, 'emotion'])
  // The store tells labels in any order; a reader finds them where the model has them.
  const asRows = (group: Record<string, Estimate>, labels: string[]): Row[] =>
    labels.flatMap((label): Row[] => (group[label] ? [[words.side(label), group[label], label]] : []))
  return html`<div class="groups">
    ${group('Tone of the posts', asRows(summary.sentiment, model.labels.sentiment))}
    ${topic.targets.map(({ id, text }) => (summary.stance[id] ? group(`On “${text}”`, asRows(summary.stance[id], model.labels.stance)) : ''))}
    <div>${group('Feelings that show', named.slice(0, 7))}
    ${named.length > 7 ? html`<details class="numbers"><summary>${named.length - 7} more feelings</summary>${group('Further feelings', named.slice(7))}</details>` : ''}</div></div>
    <p class="quiet">Share of ${plural(summary.scored, 'scored post')}, with 95% intervals that include the model's own error. A post can show several feelings. Model ${summary.model}.</p>
    <p><a href="${topicHref(topic.id)}/labels?${new URLSearchParams({ ...window })}">Label posts</a> by hand, and these shares rest on people too.</p>`
}

type Row = [label: string, share: Estimate, tone: string]
function group(title: string, rows: Row[]): Html {
  return html`<table class="shares"><caption>${title}</caption><tbody>${rows.map(
    ([label, share, tone]) =>
      html`<tr><th scope="row">${label}</th><td class="bar">${intervalBar(share, tone)}</td><td>${words.shareOf(share)}</td></tr>`,
  )}</tbody></table>`
}

function course(window: Window, stepMs: number, [negative = [], positive = []]: SeriesPoint[][]): Html {
  if (!negative.length) return html`<p class="quiet">No posts in this window to draw.</p>`
  const lines = [
    { name: 'negative', tone: 'negative', points: negative },
    { name: 'positive', tone: 'positive', points: positive },
  ]
  return html`${timeChart({ id: 'tone', title: 'Tone of the posts', window, stepMs, lines })}
    ${volumeChart({ id: 'volume', title: 'Posts', stepMs, points: negative })}`
}

function seen({ bySource, byLang, unscored, gaps }: Coverage, { posts }: Summary): Html {
  if (!posts) return html`<p class="quiet">No posts in this window.</p>`
  const langs = Object.entries(byLang).sort(([, a], [, b]) => b - a)
  const rest = langs.slice(8).reduce((sum, [, n]) => sum + n, 0)
  return html`<div class="groups"><table class="plain"><caption>By source</caption><thead><tr><th scope="col">Source</th><th scope="col">Posts</th><th scope="col">Authors</th><th scope="col">Latest</th></tr></thead>
    <tbody>${Object.entries(bySource).map(([name, { posts, authors, latest }]) => html`<tr><th scope="row">${words.sourceName(name)}</th><td>${count(posts)}</td><td>${count(authors)}</td><td>${words.momentOf(latest)}</td></tr>`)}</tbody></table>
    <table class="plain"><caption>By language</caption><thead><tr><th scope="col">Language</th><th scope="col">Posts</th></tr></thead><tbody>${langs.slice(0, 8).map(([tag, n]) => html`<tr><th scope="row">${words.languageName(tag)}</th><td>${count(n)}</td></tr>`)}${rest ? html`<tr><th scope="row">other languages</th><td>${count(rest)}</td></tr>` : ''}</tbody></table></div>
    ${Object.entries(unscored).map(([reason, n]) => html`<p>${plural(n, 'post')} not scored: ${words.skipWords[reason as keyof typeof words.skipWords]}.</p>`)}
    ${gaps.map(({ source, from, to }) => html`<p>${words.sourceName(source)} was not collected from ${words.momentOf(from)} to ${words.momentOf(to)}.</p>`)}`
}

/** Changing and dropping, folded away; dropping asks once more. */
function change({ topic }: View): Html {
  const { id, name, query, targets } = topic
  const given = { id, name, query, targets: targets.map(({ text }) => text).join('\n') }
  return html`<section id="change" aria-labelledby="change-h"><h2 id="change-h">Change this topic</h2>
    <details><summary>Edit the query, the targets or the name</summary>
    <p>A changed query or target makes version ${topic.version + 1}: its history fills in at once from the posts that are still kept, and the numbers of version ${topic.version} stay.</p>
    ${topicForm(given)}</details>
    <details><summary>Drop this topic</summary><form method="post" action="${topicHref(id)}/drop"><p>Dropping takes the topic away with all its numbers, in every version. This cannot be undone.</p>
    <button class="danger">Drop “${name}” for good</button></form></details></section>`
}
