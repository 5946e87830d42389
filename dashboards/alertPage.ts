// The page of one alert: what changed, how sure that is, since when; the shares before and after with their intervals; why,
// as far as it can be told (alertWhy.ts); the posts that carry it, live; what became of it, and what somebody says of it.
import { html } from 'hono/html'
import type { Ack, Alert, AlertState, BulletinDelivery, Shift } from '../alarms.ts'
import type { Estimate, Filter, PostsQuery, Window } from '../answers.ts'
import type { Topic } from '../types.ts'
import {
  alertHref,
  badge,
  beganOf,
  isCounted,
  kindName,
  partOf,
  reasonWords,
  shiftName,
  sizeOf,
  stateWords,
  toneOf,
  topicLink,
} from './alertWords.ts'
import { intervalBar } from './charts.ts'
import { article } from './post.ts'
import { chanceWords } from './ruleWords.ts'
import type { Served } from './served.ts'
import { topicHref } from './view.ts'
import { capital, count, type Html, spanOf, time } from './words.ts'

const shownPosts = 4
const shownShifts = 8

/** The inside of the page; `why` is the section of its name, or the place for it. */
export async function alertPage(served: Served, alert: Alert, why: Html): Promise<Html> {
  const { topics, alerts } = served
  const topic = topics.versions(alert.topic.topic).find(({ version }) => version === alert.topic.version)
  // Its posts are gone, and so are its numbers.
  const isBare = !alert.shifts.length && alert.kind !== 'collection' && alert.kind !== 'model'
  return html`<p><a href="/alerts">Alerts</a></p>
    <div id="head" data-live>${head(served, alert)}</div>
    ${alert.shifts.length && alert.kind !== 'campaign' ? beforeAfter(alert, topic) : ''}
    ${(alert.topic.topic === '' && alert.kind !== 'model') || isBare ? '' : why}
    ${isBare ? '' : await posts(served, alert, topic)}
    <section id="became" aria-labelledby="became-h" data-live><h2 id="became-h">What became of it</h2>${became(alert)}${sent(alerts.deliveries(), alert)}</section>
    ${verdicts(alert)}`
}

function head({ alerts, topics }: Served, alert: Alert): Html {
  const { title, text, facts } = alerts.wordsOf(alert)
  const { topic, began, severity, rule, ruleName, perYear } = alert
  const isAboutPeople = alert.shifts.length > 0 && !['collection', 'model', 'level', 'campaign'].includes(alert.kind)
  const own: [string, Html | string][] = [
    ['Topic', topicLink(topics, topic)],
    ['Kind', kindName(alert)],
    ['Began', beganOf(began)],
    ...(isAboutPeople
      ? [
          [
            'How sure',
            `of alerts this strong, chance alone makes ${chanceWords(perYear)}, over all that the rule watches`,
          ] as [string, string],
        ]
      : []),
    ['Rule', html`<a href="/alerts/rules#${rule}"><bdi>${ruleName}</bdi></a>, ${severity}`],
  ]
  // The badge tells the state.
  const known = new Set(['State', 'How sure', ...own.map(([label]) => label)])
  const more = facts
    .filter(({ label }) => !known.has(label))
    .map(({ label, value }): [string, string] => [label, value])
  return html`<h1><bdi>${title}</bdi></h1><p class="lead">${badge(alert)} ${text}</p>
    <dl class="facts">${[...own, ...more].map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`
}

function beforeAfter(alert: Alert, topic: Topic | undefined): Html {
  const { before, after, shifts } = alert
  return html`<section id="shifts" aria-labelledby="shifts-h"><h2 id="shifts-h">Before and after</h2>
    <p class="quiet">Before: ${spanOf(before)}. After: ${spanOf(after)}. As it was seen ${time(alert.seenAt)}; intervals are 95%.</p>
    <div class="groups">${shifts.slice(0, shownShifts).map((shift) => shiftTable(shift, topic))}</div></section>`
}

function shiftTable(shift: Shift, topic: Topic | undefined): Html {
  const { measure, before, after, difference, voices } = shift
  const most = Math.max(before.high ?? 0, after.high ?? 0, 1)
  const scaled = ({ estimate, low, high }: Estimate): Estimate => {
    const part = (n: number | null) => (n === null ? null : n / most)
    return isCounted(measure) ? { estimate: part(estimate), low: part(low), high: part(high) } : { estimate, low, high }
  }
  const row = (name: string, value: Estimate) =>
    html`<tr><th scope="row">${name}</th><td class="bar">${intervalBar(scaled(value), toneOf(measure))}</td><td>${sizeOf(shift, value)}</td></tr>`
  const voicesWords = `${count(voices.before)} voices before, ${count(voices.after)} after (an account an hour)`
  return html`<table class="shares sided"><caption><bdi>${capital(shiftName(shift, topic))}</bdi></caption><tbody>${row('before', before)}${row('after', after)}
    <tr class="difference"><td colspan="3">${difference ? `${partOf(difference, { measure, sure: 'too close to call' })}; ` : ''}${voicesWords}</td></tr></tbody></table>`
}

/** The address of the topic's page for a window of the alert, with the posts that carry what leads. */
export function postsHref(alert: Alert, window: Window): string {
  const seen = { version: String(alert.topic.version), receivedBy: alert.seenAt }
  const words = new URLSearchParams({ ...window, ...seen, ...queryOf(alert) })
  return `${topicHref(alert.topic.topic)}?${words}#posts`
}

/** Which posts carry what leads: those of the label, or those that say the phrase. */
function queryOf({ shifts: [lead] }: Alert): Record<string, string> {
  const [head, ...rest] = (lead?.measure ?? '').split('.')
  if (lead?.phrase) return { q: lead.phrase.slice(0, 200) }
  if (head === 'stance') return { stance: rest.join('.') }
  return head === 'sentiment' || head === 'emotion' ? { [head]: rest.join('.') } : {}
}

async function posts({ ask, topics }: Served, alert: Alert, topic: Topic | undefined): Promise<Html | ''> {
  // Where posts stopped coming in, or are read otherwise, none carries it.
  if (alert.kind === 'collection' || alert.topic.topic === '') return ''
  const title = 'The posts that carry it'
  if (!topic) {
    const isThere = topics.get(alert.topic.topic) !== undefined
    return html`<section aria-labelledby="carry-h"><h2 id="carry-h">${title}</h2><p>${isThere ? `Version ${alert.topic.version} of the topic` : 'The topic'} was dropped, and its numbers with it.</p></section>`
  }
  const filter: Filter = {
    ...{ topic: { topic: topic.id, version: topic.version }, model: alert.model },
    ...{ window: alert.after, targets: topic.targets, receivedBy: alert.seenAt },
  }
  const asked: PostsQuery = { ...queryOf(alert), sort: 'typical', limit: shownPosts }
  const { posts: found } = await ask.posts(filter, asked)
  return html`<section aria-labelledby="carry-h"><h2 id="carry-h">${title}</h2>
    ${found.length ? html`<p class="quiet">The most typical that are still there; one that was deleted since has left this page, too.</p><div class="posts">${found.map((post) => article(post, topic))}</div>` : html`<p>None of them is there any more.</p>`}
    <p class="pager"><a href="${postsHref(alert, alert.after)}">All of them after it began</a><a href="${postsHref(alert, alert.before)}">The same before</a><a href="${topicHref(topic.id)}?${new URLSearchParams({ from: alert.before.from, to: alert.after.to, version: String(topic.version) })}">The topic over both</a></p></section>`
}

function became({ openedAt, began, state, at, reason, seenAt, history, topic, kind }: Alert): Html {
  const isKnown = topic.topic === '' || kind === 'campaign'
  const begun = isKnown ? 'It began.' : 'It probably began about here.'
  const first = { state: state === 'early' || at === openedAt ? state : ('confirmed' as const), at: openedAt }
  const known = history.length ? history : at === openedAt ? [first] : [first, { state, at }]
  const last = known.length - 1
  const told = (one: AlertState, nr: number) =>
    `${nr ? '' : 'Told: '}${nr ? capital(stateWords[one]) : stateWords[one]}${nr === last && reason ? `: ${reasonWords[reason] ?? reason}.` : '.'}`
  return html`<ol class="steps"><li>${time(began.from)} <span>${begun}</span></li>${known.map((one, nr) => html`<li>${time(one.at)} <span>${told(one.state, nr)}</span></li>`)}</ol>
    <p class="quiet">Numbers of posts received until ${time(seenAt)}.</p>`
}

const statuses: Record<BulletinDelivery['status'], string> = {
  waiting: 'waits its turn',
  retrying: 'failed, is tried again',
  delivered: 'arrived',
  dead: 'given up',
  superseded: 'not needed: a later word went in its place',
}

function sent(all: BulletinDelivery[], { id }: Alert): Html {
  const own = all.filter(({ alerts }) => alerts.includes(id))
  if (!own.length) return html`<p>Sent to no channel: this page, the feed and the event stream told of it.</p>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Where it was sent"><table class="plain broad"><caption>Where it was sent</caption><thead><tr><th scope="col">Channel</th><th scope="col">When</th><th scope="col">Tries</th><th scope="col">What came of it</th></tr></thead>
    <tbody>${own.map(({ channel, at, attempts, status, error, next }) => html`<tr><th scope="row">${channel}</th><td>${time(at)}</td><td>${count(attempts)}</td><td>${statuses[status]}${error ? ` (${error})` : ''}${next ? html`; next try ${time(next)}` : ''}</td></tr>`)}</tbody></table></div>`
}

const verdictNames = { right: 'Right', wrong: 'Wrong', known: 'I knew already' } as const

/** Of a person; '' where nobody gave one. */
const nameOf = ({ by }: Ack): string => (['page', 'master'].includes(by) ? '' : by)

/** What somebody says of it, and the form to say so. */
function verdicts({ id, ack }: Alert): Html {
  const said = ack
    ? html`<p>Marked as <strong>${verdictNames[ack.verdict].toLowerCase()}</strong>${nameOf(ack) ? html` by <bdi>${nameOf(ack)}</bdi>` : ''}, ${time(ack.at)}${ack.note ? html`: “<bdi>${ack.note}</bdi>”` : '.'}</p>`
    : html`<p>Was it worth telling? What you say stands here and in the topic’s count of right and wrong alerts.</p>`
  return html`<section id="said" aria-labelledby="said-h"><h2 id="said-h">What you say of it</h2>${said}
    <form class="stack verdicts" method="post" action="${alertHref(id)}/ack">
    <label>Why <span class="quiet">(if there is something to say)</span> <input name="note" maxlength="500" value="${ack?.note ?? ''}"></label>
    <label>Your name <span class="quiet">(if you like)</span> <input name="by" maxlength="80" autocomplete="nickname" value="${ack ? nameOf(ack) : ''}"></label>
    <p class="buttons">${Object.entries(verdictNames).map(([value, name]) => html`<button name="verdict" value="${value}" ${ack?.verdict === value ? html`aria-pressed="true"` : ''}>${name}</button>`)}</p></form></section>`
}
