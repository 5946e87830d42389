// The page of alerts: what is open now, what is watched and how often that errs, and what was before. An empty page says
// that silence means no change, and says so only while posts come in.
import { html } from 'hono/html'
import type { Alert, AlertState, Rule } from '../alarms.ts'
import { alertStates } from '../alarms.ts'
import type { Status } from '../given.ts'
import { momentOf } from '../phrasing.ts'
import { alertHref, badge, beganOf, isOpen, kindName, mostOpen, stateWords, topicLink } from './alertWords.ts'
import { budgetWords, coveredWords, rateWords } from './ruleWords.ts'
import type { Served } from './served.ts'
import { bringsPosts, capital, type Html, plural, sourceName, sourcesOf, time } from './words.ts'

export interface Filtered {
  topic: string
  state: AlertState | ''
  rule: string
}
const mostPast = 100

/** The words of the address as a filter. */
export function filteredOf({ topic = '', state = '', rule = '' }: Record<string, string>): Filtered {
  return { topic, state: alertStates.find((one) => one === state) ?? '', rule }
}

/** The inside of the page. */
export async function alertList(served: Served, filtered: Filtered): Promise<Html> {
  const [all, rules, status] = await Promise.all([
    served.alerts.list({ limit: mostOpen }),
    served.alerts.rules(),
    served.status(),
  ])
  const open = all.filter(isOpen)
  return html`<h1>Alerts</h1>
    <div id="open" data-live>${open.length ? html`<p class="lead">${plural(open.length, 'alert is', 'alerts are')} open now.</p>${open.map((alert) => card(served, alert))}` : silence(served, rules, status)}</div>
    <p class="buttons"><a class="button" href="/alerts/rules">Rules and channels</a><button type="button" data-tell hidden>Tell me here</button></p>
    <p class="quiet" id="telling" role="status"></p>
    ${watched(served, rules)}
    ${past(served, { all, rules, filtered })}
    <p class="quiet links">Also as a <a href="/v1/alerts.atom">feed</a>, at <a href="/v1/alerts">/v1/alerts</a> and in the event stream.</p>`
}

/** An open alert. */
function card({ alerts, topics }: Served, alert: Alert): Html {
  const { title, text } = alerts.wordsOf(alert)
  const { topic, began, openedAt, severity } = alert
  return html`<article class="card alarm"><p class="quiet">${badge(alert)} ${severity === 'warning' ? '' : `${capital(severity)} · `}${topicLink(topics, topic)} · ${kindName(alert)}</p>
    <h2><a href="${alertHref(alert.id)}"><bdi>${title}</bdi></a></h2><p>${text}</p>
    <p class="quiet">Began ${beganOf(began)}; told ${time(openedAt)}${alert.ack ? html`; marked as ${alert.ack.verdict}` : ''}.</p></article>`
}

/** Nothing is open: what that means, and whether it can be relied on now. */
function silence({ topics, alerts }: Served, rules: Rule[], status: Status): Html {
  if (!rules.length)
    return html`<div class="empty"><h2>Nothing is watched for changes</h2><p>There is no rule, so nobody is told anything. <a href="/alerts/rules">Make one</a>: it takes a sentence.</p></div>`
  const shifts = rules.filter(({ budget }) => budget)
  const count = topics.list().length
  const live = sourcesOf(status).filter(bringsPosts)
  const troubled = live.filter(({ state }) => state === 'stalled' || state === 'failed')
  const isOff = live.every(({ state }) => state === 'off')
  const doubts = [
    ...troubled.map(({ name, state }) => `${sourceName(name)} is ${state}`),
    ...(isOff ? ['no source is on, and posts come only by file or API'] : []),
    ...behind(alerts.lookedUntil()),
  ]
  return html`<div class="empty"><h2>Nothing is open</h2>
    ${
      shifts.length
        ? html`<p>Silence here means: no change. What people say about ${plural(count, 'topic')} is compared all the time with how it usually goes, by day, night and week. Were it otherwise, you would be told, within minutes of its becoming probable; ${shifts.length === 1 ? `of all that is sent, at most ${rateWords(shifts[0]!.budget!)} should not have been` : 'how many messages should not have been sent, at most, each rule below says'}.</p>`
        : html`<p>Silence here means: no bound is passed. No rule watches for changes as such.</p>`
    }
    ${doubts.length ? html`<p class="notice"><strong>It means less now:</strong> ${doubts.join(', ')}. <a href="/status">Status</a></p>` : ''}</div>`
}

/** Within so long of now a look is up to date. */
const lateMs = 3_600_000

function behind(until: string | null): string[] {
  if (until === null) return ['nothing has been looked at since the start']
  return Date.now() - Date.parse(until) > lateMs
    ? [`what was posted since ${momentOf(until)} has not been looked at`]
    : []
}

function watched({ topics, alerts }: Served, rules: Rule[]): Html | '' {
  if (!rules.length) return ''
  const listed = topics.list()
  const until = alerts.lookedUntil()
  const told = ({ level, budget }: Rule) =>
    level ? 'when a bound is passed' : `when what people say really changes; ${budgetWords(budget!)}`
  return html`<section aria-labelledby="watched-h"><h2 id="watched-h">What is watched</h2>
    <ul>${rules.map((rule) => html`<li><a href="/alerts/rules#${rule.id}"><bdi>${rule.name}</bdi></a>: ${coveredWords(rule, listed)}, ${told(rule)}${rule.isDry ? ' (shown here only)' : ''}</li>`)}</ul>
    ${until ? html`<p class="quiet">Posts until ${time(until)} were looked at.</p>` : ''}</section>`
}

interface Past {
  all: Alert[]
  rules: Rule[]
  filtered: Filtered
}

function past(served: Served, { all, rules, filtered }: Past): Html {
  const { topic, state, rule } = filtered
  const isWanted = (one: Alert) =>
    (state ? one.state === state : !isOpen(one)) &&
    (!topic || one.topic.topic === topic) &&
    (!rule || one.rule === rule)
  const found = all.filter(isWanted)
  const none = all.some((one) => !isOpen(one)) ? 'No alert fits these filters.' : 'There has been none so far.'
  return html`<section id="past" aria-labelledby="past-h"><h2 id="past-h">Before</h2>
    ${filters(served, { all, rules, filtered })}
    ${found.length ? table(served, found.slice(0, mostPast)) : html`<p>${none}</p>`}
    ${found.length > mostPast ? html`<p class="quiet">The newest ${mostPast} of ${found.length}.</p>` : ''}</section>`
}

function filters({ topics }: Served, { all, rules, filtered }: Past): Html {
  const named = all.filter(({ topic }) => topic.topic !== '')
  const names = new Map(named.map(({ topic }) => [topic.topic, topics.get(topic.topic)?.name ?? topic.name]))
  const choice = (name: keyof Filtered, any: string, options: [string, string][]) =>
    html`<select name="${name}"><option value="">${any}</option>${options.map(([value, text]) => html`<option value="${value}" ${filtered[name] === value ? 'selected' : ''}>${text}</option>`)}</select>`
  if (!all.length) return html``
  return html`<form class="filters" method="get" action="/alerts#past">
    <label>Topic ${choice('topic', 'all topics', [...names])}</label>
    <label>State ${choice(
      'state',
      'taken back or over',
      alertStates.map((one) => [one, stateWords[one]]),
    )}</label>
    <label>Rule ${choice(
      'rule',
      'all rules',
      rules.map(({ id, name }) => [id, name]),
    )}</label>
    <button>Show</button></form>`
}

function table({ alerts }: Served, found: Alert[]): Html {
  return html`<div class="scroll tall" tabindex="0" role="region" aria-labelledby="past-h"><table class="plain past"><thead><tr><th scope="col">Alert</th><th scope="col">Told</th><th scope="col">State</th><th scope="col">You said</th></tr></thead>
    <tbody>${found.map((alert) => html`<tr><th scope="row"><a href="${alertHref(alert.id)}"><bdi>${alerts.wordsOf(alert).title}</bdi></a></th><td>${time(alert.openedAt)}</td><td>${stateWords[alert.state]}</td><td>${alert.ack?.verdict ?? '—'}</td></tr>`)}</tbody></table></div>`
}

/** For other pages: what is open now, one line each; '' where nothing is. */
export async function openLines(
  { alerts }: Pick<Served, 'alerts'>,
  asked: { topic?: string; most: number },
): Promise<Html | ''> {
  const open = (await alerts.list({ topic: asked.topic, limit: mostOpen })).filter(isOpen)
  if (!open.length) return ''
  const more = open.length - asked.most
  return html`<ul class="alarms" aria-label="Open alerts">${open.slice(0, asked.most).map((alert) => html`<li>${badge(alert)} <a href="${alertHref(alert.id)}"><bdi>${alerts.wordsOf(alert).title}</bdi></a></li>`)}${more > 0 ? html`<li><a href="/alerts">${plural(more, 'more alert')}</a></li>` : ''}</ul>`
}

/** What came of a topic's alerts so far, in one line; '' where none was told. */
export async function scorecardLine({ alerts }: Pick<Served, 'alerts'>, topic: string): Promise<Html | ''> {
  const { right, wrong, known, unanswered, withdrawn } = await alerts.scorecard(topic)
  const told = right + wrong + known + unanswered
  if (!told) return ''
  return html`<p class="quiet"><a href="/alerts?topic=${encodeURIComponent(topic)}#past">${plural(told, 'alert')}</a> about this topic so far: ${right} marked right, ${wrong} wrong, ${known} known before, ${unanswered} not marked${withdrawn ? `; ${withdrawn} taken back by us` : ''}.</p>`
}
