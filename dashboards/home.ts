// The first page: all topics, top movers first, then those that wait for posts, and the state of every source in words.
// Waits for numbers only as long as a reader does, and for no paragraph longer than that: what is late comes in its place
// by page.js, or by a link. A topic's card says no more than its numbers allow.
import { html } from 'hono/html'
import type { Window } from '../answers.ts'
import type { Perspective } from '../conclusions.ts'
import { sleep } from '../retry.ts'
import type { Topic } from '../types.ts'
import { openLines } from './alertList.ts'
import { waysToBegin } from './begin.ts'
import { type Card, cardOf } from './card.ts'
import { movementOf } from './movement.ts'
import type { Pulses, TopicPulse } from './pulses.ts'
import { savedViews } from './saved.ts'
import { savedList } from './savedForms.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { sourceTable } from './status.ts'
import { topicHref } from './view.ts'
import { type Html, whyNone } from './words.ts'

const dayMs = 86_400_000
/** How long the page waits for its numbers, and then for words beside them. */
const patience = { numbersMs: 1_500, wordsMs: 400 }
/** Cards with the first words of a paragraph: each may have to be written anew. */
const mostTold = 6

export interface HomeAsked {
  pulses: Pulses
  /** For as long as it takes: what page.js and the link ask for. */
  wait: boolean
  signal: AbortSignal
}

export async function homePage(served: Served, { pulses, wait, signal }: HomeAsked): Promise<Html> {
  const longest = wait ? Number.POSITIVE_INFINITY : (served.patienceMs ?? patience.numbersMs)
  const [status, known] = await Promise.all([served.status(), within(pulses(), longest)])
  // Topics made for stories stand with their stories.
  const isOwn = ({ origin }: Topic) => origin !== 'story'
  const listed = served.topics.list().filter(isOwn)
  const cards =
    known &&
    ordered(
      known.filter(({ topic }) => isOwn(topic)),
      served,
    )
  if (cards) await tell(served, cards.slice(0, mostTold), signal)
  const isEmpty = cards ? !cards.length : !listed.length
  const there = new Set(cards?.map(({ topic }) => topic.id))
  const waiting = listed.filter(({ id }) => !there.has(id))
  const main = html`<h1>What people say, and the posts behind it</h1>
    <div id="alarms" data-live>${await openLines(served, { most: 3 })}</div>
    ${cards?.length ? howToRead() : ''}
    ${
      cards || !listed.length
        ? html`<div id="topics" data-live>${cards?.map(cardOf)}
    ${waiting.length ? html`<section class="waiting" aria-labelledby="waiting-h"><h2 id="waiting-h">Waiting for posts</h2><ul>${waiting.map((topic) => html`<li>${link(topic)} <span class="quiet">${whyNone(topic, status)}</span></li>`)}</ul></section>` : ''}</div>`
        : html`<div id="topics" data-later="/?wait=1"><section class="waiting"><p class="notice">The numbers are being counted. <a href="/?wait=1">Show them</a></p><ul>${listed.map((topic) => html`<li>${link(topic)}</li>`)}</ul></section></div>`
    }
    ${isEmpty ? html`<section class="empty" aria-labelledby="begin-h"><h2 id="begin-h">${listed.length ? 'Nothing to read yet' : 'Nothing is watched yet'}</h2>${waysToBegin()}</section>` : html`<p><a href="/begin">More ways to begin</a>: a template, a headline, a file of posts.</p>`}
    ${savedList(await savedViews(served))}
    <section id="sources" aria-labelledby="sources-h" data-live><h2 id="sources-h">Sources</h2>${sourceTable(status)}</section>`
  return shell({ title: 'Topics', here: '/', status, main })
}

const link = ({ id, name }: Topic): Html => html`<a href="${topicHref(id)}">${name}</a>`

/** The rules behind a card, as a reader needs them. */
const howToRead = (): Html => html`<details class="how"><summary>Top movers first: what a card tells</summary>
  <p>Each topic is told over the 24 hours that end with its latest post, against the 24 hours before. The share on a card is the one that moved farthest beyond its interval; where none moved for certain, the largest that is clearly ahead of its opposite (negative and positive, for and against); else the largest of these. All intervals are 95%.</p>
  <p>“A move this large” looks back: on how many of the topic’s earlier days, up to 27, the same number moved as much or more from one day to the next, up or down. What is ordinary for a topic moves it down this page, and topics without a post in the last 24 hours come last.</p></details>`

/** Top movers first; then the busiest. A topic that fell silent a day ago and more moves nothing. */
function ordered(known: TopicPulse[], { now, model }: Served): Card[] {
  const cards = known.map((one): Card => ({ ...one, movement: movementOf(one.days, model.labels.modelError) }))
  const isSilent = ({ days }: Card) => now() - Date.parse(days.to) > dayMs
  const posts = ({ days }: Card) => days.steps[0]!.volume
  return cards.toSorted(
    (a, b) => Number(isSilent(a)) - Number(isSilent(b)) || b.movement.rank - a.movement.rank || posts(b) - posts(a),
  )
}

/** One after the other, so that at most one is still being written when the reader's patience is over. */
async function tell(served: Served, cards: Card[], signal: AbortSignal): Promise<void> {
  const until = performance.now() + (served.patienceMs ?? patience.wordsMs)
  for (const card of cards) {
    const left = until - performance.now()
    if (left <= 0) return
    card.told = (await within<Perspective>(served.perspective(card.topic, dayOf(card), signal), left)) ?? undefined
  }
}

const dayOf = ({ days: { to } }: Card): Window => ({ from: new Date(Date.parse(to) - dayMs).toISOString(), to })

/** What is asked for, or null where it takes longer. */
async function within<Answer>(asked: Promise<Answer>, ms: number): Promise<Answer | null> {
  if (ms === Number.POSITIVE_INFINITY) return asked
  const over = new AbortController()
  const first = await Promise.race([asked, sleep(ms, over.signal).then(() => null)])
  over.abort()
  return first
}
