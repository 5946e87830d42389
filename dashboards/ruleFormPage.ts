// The form of a rule, as a sentence with gaps: "Tell me when what people say about … really changes; at most 1 message a week
// that should not have been sent." It leads to a try on what was kept, and from there to saving; works without script.
import { html } from 'hono/html'
import { type Channel, severities } from '../alarms.ts'
import type { UserError } from '../errors.ts'
import type { ModelLabels, Topic } from '../types.ts'
import type { TypedRule } from './ruleTyped.ts'
import { kindWords, spanWords, watchedName } from './ruleWords.ts'
import { capital, count, type Html, plural } from './words.ts'

export interface FormGiven {
  typed: TypedRule
  topics: Topic[]
  channels: Channel[]
  labels: ModelLabels
  error?: UserError | undefined
  /** What came of trying it out. */
  tried?: Html | undefined
}

const minuteMs = 60_000
const spans = {
  over: ['10m', '30m', '1h', '3h', '6h', '12h', '1d', '7d'],
  for: ['0s', '15m', '30m', '1h', '3h', '6h', '1d'],
  cooldown: ['0s', '1h', '3h', '6h', '12h', '1d', '3d', '7d'],
}
const units: Record<string, number> = { s: 1_000, m: minuteMs, h: 60 * minuteMs, d: 1_440 * minuteMs }
const msOf = (span: string) => Number.parseFloat(span) * (units[span.slice(-1)] ?? 0)

/** The inside of the page. */
export function ruleFormPage(given: FormGiven): Html {
  const { typed, error, tried } = given
  const { id } = typed.words
  const isLevel = typed.kind === 'level'
  return html`<p><a href="/alerts">Alerts</a> · <a href="/alerts/rules">Rules</a></p>
    <h1>${id ? 'Change a rule' : isLevel ? 'Tell me when a bound is passed' : 'Tell me when something really changes'}</h1>
    ${error ? html`<p class="error" role="alert"><strong>${capital(error.message)}.</strong> ${capital(error.hint)}</p>` : ''}
    ${tried ?? ''}
    <form class="stack rule" method="get" action="/alerts/rules/try"><input type="hidden" name="sent" value="1"><input type="hidden" name="kind" value="${typed.kind}">${id ? html`<input type="hidden" name="id" value="${id}">` : ''}
    ${isLevel ? levelSentence(given) : shiftSentence(given)}
    ${aboutWhich(given)}
    ${isLevel ? '' : ofWhat(given)}
    ${howTold(given)}
    <label class="field">Name of the rule <input name="name" required maxlength="80" value="${typed.words.name}" autocomplete="off"></label>
    <p class="buttons"><button class="main">See what it would have told</button></p>
    <p class="quiet">Nothing is saved yet: it is tried on what was kept, and you see what it would have sent.</p></form>
    ${id ? '' : html`<p>${isLevel ? html`Or <a href="/alerts/rules/new?kind=shift">when what people say really changes</a>, whatever the share is now.` : html`Or <a href="/alerts/rules/new?kind=level">when a share is above or below a bound</a> of yours.`}</p>`}`
}

function shiftSentence({ typed: { words } }: FormGiven): Html {
  const pers = ['day', 'week', 'month', 'year']
  return html`<p class="said">Tell me when what people say really changes; at most
    <input class="short" type="number" name="messages" min="0.1" max="240" step="any" required value="${words.messages}" aria-label="How many messages">
    message(s) a <select class="short" name="per" aria-label="In which time">${[...new Set([...pers, words.per])].map((one) => option(one, one, words.per))}</select>
    that should not have been sent.</p>
    <p class="quiet">That is the budget for mistakes. Messages about real changes come on top; a larger budget tells sooner, and of smaller changes.</p>
    <p><label class="tick"><input type="checkbox" name="early" value="yes" ${words.early ? 'checked' : ''}><span>Tell me early of what is probable and not yet sure. What turns out to be nothing is taken back, and counts against the budget.</span></label></p>`
}

function levelSentence({ typed: { words }, topics, labels }: FormGiven): Html {
  const shares = [
    ...labels.sentiment.map((one) => `sentiment.${one}`),
    ...labels.emotion.map((one) => `emotion.${one}`),
    ...topics.flatMap(({ targets }) => targets.flatMap(({ id }) => labels.stance.map((one) => `stance.${id}.${one}`))),
  ]
  const name = (measure: string) =>
    measure === 'volume' ? 'accounts that post in an hour' : watchedName(measure, topics)
  const known = [...new Set([...shares, 'volume', words.measure])]
  return html`<p class="said">Tell me when
    <select class="short" name="measure" aria-label="What">${known.map((one) => option(one, name(one), words.measure))}</select> is
    <select class="short" name="side" aria-label="Above or below">${['above', 'below'].map((one) => option(one, one, words.side))}</select>
    <input class="short" name="bound" inputmode="decimal" required maxlength="12" value="${words.bound}" aria-label="Bound"> %,
    over <select class="short" name="over" aria-label="Over which time">${choices('over', words.over)}</select></p>
    <p class="quiet">For accounts that post in an hour, write their number and overlook the %. A bound is told whenever it is passed, also where that is nothing out of the ordinary. To hear of what is, watch for changes instead.</p>`
}

const option = (value: string, text: string, chosen: string): Html =>
  html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${text}</option>`

/** The usual spans, and the one in use. */
function choices(name: keyof typeof spans, chosen: string): Html[] {
  const all = [...new Set([...spans[name], chosen])]
    .filter((one) => msOf(one) >= 0)
    .toSorted((a, b) => msOf(a) - msOf(b))
  return all.map((one) =>
    option(one, msOf(one) ? spanWords(msOf(one)) : name === 'for' ? 'no time at all' : 'none', chosen),
  )
}

const tick = (name: string, { value, chosen, text }: { value: string; chosen: string[]; text: Html | string }): Html =>
  html`<label class="tick"><input type="checkbox" name="${name}" value="${value}" ${chosen.includes(value) ? 'checked' : ''}><span>${text}</span></label>`

function aboutWhich({ typed, topics }: FormGiven): Html {
  const tags = new Map<string, number>()
  for (const tag of topics.flatMap((topic) => topic.tags)) tags.set(tag, (tags.get(tag) ?? 0) + 1)
  const chosen = typed.topics
  const there = new Set([...topics.map(({ id }) => id), ...[...tags.keys()].map((tag) => `tag:${tag}`)])
  const lost = chosen.filter((one) => !there.has(one))
  return html`<fieldset class="check"><legend>About which topics</legend><p class="quiet">None ticked: all of them, and those to come.</p>
    <div class="choices">${[...tags].map(([tag, n]) => tick('topics', { value: `tag:${tag}`, chosen, text: html`tagged “<bdi>${tag}</bdi>” <span class="quiet">(${count(n)})</span>` }))}${topics.map(({ id, name }) => tick('topics', { value: id, chosen, text: html`<bdi>${name}</bdi>` }))}${lost.map((one) => tick('topics', { value: one, chosen, text: html`<code>${one}</code> <span class="quiet">(not there now)</span>` }))}</div></fieldset>`
}

function ofWhat({ typed, topics }: FormGiven): Html {
  const own = typed.measures.filter((one) => !(one in kindWords))
  return html`<fieldset class="check"><legend>Changes of what</legend><p class="quiet">None ticked: of all. The last three say that something happened to the posts or to us, never that opinion changed.</p>
    <div class="choices">${[...Object.entries(kindWords), ...own.map((one) => [one, watchedName(one, topics)] as const)].map(([value, text]) => tick('measures', { value, chosen: typed.measures, text: capital(text) }))}</div></fieldset>`
}

function howTold({ typed, channels }: FormGiven): Html {
  const { words } = typed
  const isLevel = typed.kind === 'level'
  const lost = typed.channels.filter((id) => !channels.some((one) => one.id === id))
  return html`<fieldset class="check"><legend>Where it goes</legend><p class="quiet">The page, the feed and the event stream tell of every alert.</p>
    ${channels.length + lost.length ? html`<div class="choices">${channels.map(({ id, kind }) => tick('channels', { value: id, chosen: typed.channels, text: html`${id} <span class="quiet">(${kind})</span>` }))}${lost.map((id) => tick('channels', { value: id, chosen: typed.channels, text: html`${id} <span class="quiet">(not there now)</span>` }))}</div>` : html`<p>There is no channel yet: <a href="/alerts/rules#channels">make one</a>, or name one in undercurrent.yaml.</p>`}
    <p>${tick('dry', { value: 'yes', chosen: [words.dry], text: 'Send nothing for now: only show its alerts on the page' })}</p></fieldset>
    <details class="finer"><summary>How long, how urgent, when not</summary><div class="filters">
    <label>${isLevel ? 'Tell it once it has been so for' : 'Sure only once it lasted'} <select name="for">${choices('for', words.for)}</select></label>
    <label>After an alert ended, nothing about that topic for <select name="cooldown">${choices('cooldown', words.cooldown)}</select></label>
    <label>Urgency <select name="severity">${severities.map((one) => option(one, one, words.severity))}</select></label>
    <label>Quiet from <input type="time" name="quietFrom" value="${words.quietFrom}"></label>
    <label>until <input type="time" name="quietTo" value="${words.quietTo}"></label>
    <label>in the zone <input name="zone" maxlength="60" value="${words.zone}" autocomplete="off" spellcheck="false"></label></div>
    <p class="quiet">In quiet hours nothing is sent but what is critical; what became of it meanwhile is told when they end. A zone is a name like Europe/Berlin.</p></details>`
}

/** "3 topics, 1,204 voices". */
export const coveredCount = (topics: { voices: number }[]): string =>
  `${plural(topics.length, 'topic')}, ${plural(
    topics.reduce((sum, { voices }) => sum + voices, 0),
    'voice',
  )}`
