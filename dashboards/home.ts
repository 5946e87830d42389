// The first page: topics by what is moving, then those that wait for posts, and the state of every source in words.
// A topic's card says no more than its numbers allow: movement only where the intervals do not touch.

import { html } from 'hono/html'
import type { Estimate, Mover, SeriesPoint, Summary, TopicCount } from '../answers.ts'
import type { Perspective } from '../conclusions.ts'
import { changeInWords, differenceOf, isCertain } from '../difference.ts'
import type { ModelError, Topic } from '../types.ts'
import { intervalBar, sparkline } from './charts.ts'
import { savedViews } from './saved.ts'
import { savedList } from './savedForms.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { sourceTable } from './status.ts'
import { stepFor, topicHref } from './view.ts'
import { capital, count, type Html, percent, plural, shareOf, time, whyNone } from './words.ts'

const movedHours = 12
/** Cards cost questions: beyond this many topics a line must do. */
const mostCards = 12

interface Card {
  topic: Topic
  mover: Mover | undefined
  summary: Summary
  points: SeriesPoint[]
  told: Perspective
  error: ModelError
}

export async function homePage(served: Served, signal: AbortSignal): Promise<Html> {
  const { ask, topics, model } = served
  const [status, counts, movers] = await Promise.all([served.status(), ask.counts(), ask.movers(model.id, movedHours)])
  const error = model.labels.modelError.sentiment
  const countOf = ({ id, version }: Topic) => counts.find((one) => one.topic === id && one.version === version)
  const moverOf = ({ id, version }: Topic) => movers.find((one) => one.topic === id && one.version === version)
  const rank = (topic: Topic): [number, number] => [moved(moverOf(topic), error), countOf(topic)?.posts ?? 0]
  const listed = topics.list()
  const live = listed
    .filter((topic) => countOf(topic)?.posts)
    .map((topic) => ({ topic, rank: rank(topic) }))
    .sort((a, b) => b.rank[0] - a.rank[0] || b.rank[1] - a.rank[1])
    .map(({ topic }) => topic)
  const waiting = listed.filter((topic) => !countOf(topic)?.posts)
  const cards = await Promise.all(
    live.slice(0, mostCards).map((topic) => gather(served, { topic, mover: moverOf(topic), signal })),
  )
  const saved = savedList(await savedViews(served))
  const main = html`<h1>What people say, and the posts behind it</h1>
    <div id="topics" data-live>${cards.map(cardOf)}${live.slice(mostCards).map((topic) => lineOf(topic, countOf(topic)!))}
    ${waiting.length ? html`<section class="waiting" aria-labelledby="waiting-h"><h2 id="waiting-h">Waiting for posts</h2><ul>${waiting.map((topic) => html`<li><a href="${topicHref(topic.id)}">${topic.name}</a> <span class="quiet">${whyNone(topic, status)}</span></li>`)}</ul></section>` : ''}
    ${listed.length ? '' : empty()}</div>
    ${saved}
    <section id="sources" aria-labelledby="sources-h" data-live><h2 id="sources-h">Sources</h2>${sourceTable(status)}</section>`
  return shell({ title: 'Topics', here: '/', status, main })
}

/** How much a topic moved: a change of tone that is certain counts most, then volume in standard errors. */
export function moved(mover: Mover | undefined, error: ModelError): number {
  if (!mover) return -1
  const change = changeOf(mover, error)
  return (change && isCertain(change) ? 100 : 0) + Math.abs(volumeShift(mover))
}

/** Difference of two Poisson counts in standard errors. */
const volumeShift = ({ posts, before }: Mover) => (posts - before) / Math.sqrt(Math.max(1, posts + before))

/** Negative share now minus before. */
const changeOf = ({ negative, negativeBefore }: Mover, error: ModelError) =>
  differenceOf(negativeBefore, negative, { label: 'negative', error })

/** What moved, as far as the intervals allow to say. */
export function movement(mover: Mover | undefined, error: ModelError): string {
  if (!mover) return 'Too few posts of late to tell what moves.'
  const { posts, before, negative } = mover
  const shift = volumeShift(mover)
  const much = Math.abs(shift) < 2 ? 'about as many posts as' : shift > 0 ? 'more posts than' : 'fewer posts than'
  const head = `Last ${movedHours} h: ${much} in the ${movedHours} h before (${count(posts)} against ${count(before)});`
  const change = changeOf(mover, error)
  if (!change) return `${head} tone: too few voices to compare.`
  if (!isCertain(change)) return `${head} change of tone: too close to call.`
  return `${head} negative posts ${changeInWords(change)}, to ${percent(negative.estimate!)}.`
}

async function gather(
  served: Served,
  { topic, mover, signal }: { topic: Topic; mover: Mover | undefined; signal: AbortSignal },
): Promise<Card> {
  const window = (await served.defaultWindow(topic)) ?? { from: topic.at, to: new Date(served.now()).toISOString() }
  const filter = { topic: { topic: topic.id, version: topic.version }, model: served.model.id, window }
  const [summary, points, told] = await Promise.all([
    served.ask.summary(filter),
    served.ask.series(filter, 'sentiment.negative', stepFor(window)),
    served.perspective(topic, window, signal),
  ])
  return { topic, mover, summary, points, told, error: served.model.labels.modelError.sentiment }
}

function cardOf({ topic, mover, summary, points, told, error }: Card): Html {
  const { negative, positive } = summary.sentiment
  const bars: [string, Estimate | undefined][] = [
    ['negative', negative],
    ['positive', positive],
  ]
  return html`<article class="card"><h2><a href="${topicHref(topic.id)}">${capital(topic.name)}</a></h2>
    <p class="numbers"><strong>${count(summary.posts)}</strong> ${summary.posts === 1 ? 'post' : 'posts'} by <strong>${count(summary.authors)}</strong> ${summary.authors === 1 ? 'author' : 'authors'} <span class="quiet">in the 24 h until ${time(summary.window.to)}</span></p>
    ${sparkline(points)}
    <table class="shares" aria-label="Tone of the posts"><tbody>${bars.map(([label, share]) => (share ? html`<tr><th scope="row">${label}</th><td class="bar">${intervalBar(share, label)}</td><td>${shareOf(share)}</td></tr>` : ''))}</tbody></table>
    <p class="moved">${movement(mover, error)}</p>
    <p class="first">${told.refusal ? html`<span class="quiet">No paragraph: ${told.refusal.reason}. ${told.refusal.missing}</span>` : told.sentences[0]?.text}
    <a href="${topicHref(topic.id)}" aria-label="Read on about ${topic.name}">Read on</a></p></article>`
}

const lineOf = ({ id, name }: Topic, { posts, authors }: TopicCount): Html =>
  html`<p class="line"><a href="${topicHref(id)}">${name}</a> <span class="quiet">${plural(posts, 'post')} by ${plural(authors, 'author')}</span></p>`

const empty = (): Html =>
  html`<section class="empty"><h2>Nothing is watched yet</h2><p>A topic is a name and a query, like <code>(ceasefire OR “peace talks”) AND ukrain*</code>. Its history fills in at once from the posts that are kept, and every sentence about it leads to its posts.</p><p><a class="button" href="/new">Make the first topic</a></p></section>`
