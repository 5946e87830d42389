// What a rule would have told in the kept history, before it is saved: the messages and how many of them one expects with no
// change at all, how quickly changes of given sizes would have been told, and the course of each topic against the lines at
// which it tells. In words and with the numbers behind every picture.
import { html } from 'hono/html'
import type { Backtest, InjectedShift } from '../alarms.ts'
import type { Topic } from '../types.ts'
import { stateWords } from './alertWords.ts'
import { coveredCount } from './ruleFormPage.ts'
import type { TypedRule } from './ruleTyped.ts'
import { fieldsOf } from './ruleTyped.ts'
import { budgetWords, ruleInWords, watchedName } from './ruleWords.ts'
import type { Served } from './served.ts'
import { clockOf, count, dayOf, type Html, plural, time } from './words.ts'

const shownCharts = 6
const shownAlerts = 20

/** The result, with the way to save exactly what was tried. */
export function triedPage({ topics, alerts }: Served, test: Backtest, typed: TypedRule): Html {
  const { rule, window, injected, chart } = test
  const days = (Date.parse(window.to) - Date.parse(window.from)) / 86_400_000
  const covered = test.topics.length
    ? html`<p>Tried on what was kept from ${time(window.from)} to ${time(window.to)}: ${coveredCount(test.topics)}.</p>`
    : html`<p>Nothing it watches has posts yet, so there is nothing to try it on.</p>`
  return html`<section class="tried" aria-labelledby="tried-h"><h2 id="tried-h">What it would have told</h2>
    <p class="lead">${ruleInWords(rule, topics.list())}</p>${covered}
    ${test.topics.length ? messages(test, days) : ''}
    ${test.alerts.length ? html`<ul>${test.alerts.slice(0, shownAlerts).map((alert) => html`<li>${time(alert.openedAt)} <bdi>${alerts.wordsOf(alert).title}</bdi> <span class="quiet">(${stateWords[alert.state]})</span></li>`)}${test.alerts.length > shownAlerts ? html`<li>and ${plural(test.alerts.length - shownAlerts, 'more', 'more')}</li>` : ''}</ul>` : ''}
    ${injected.length ? quickness(injected, topics.list()) : ''}
    ${chart.slice(0, shownCharts).map((one) => course(one, test.topics.find(({ topic }) => topic === one.topic)?.name ?? one.topic))}
    ${chart.length > shownCharts ? html`<p class="quiet">The first ${shownCharts} of ${chart.length} topics are drawn.</p>` : ''}
    <form method="post" action="/alerts/rules">${fieldsOf(typed).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
    <p class="buttons"><button class="main">Save this rule</button> <a href="#change-it">Change it first</a></p></form></section>
    <h2 id="change-it">Change it</h2>`
}

function messages({ rule, messages: sent, expectedFalse, alerts }: Backtest, days: number): Html {
  const few = expectedFalse < 0.1 ? 'fewer than 0.1' : String(Math.round(expectedFalse * 10) / 10)
  const expected = rule.budget
    ? html` Had nothing changed at all in these ${plural(Math.round(days * 10) / 10, 'day')}, one would expect ${few} of them: ${budgetWords(rule.budget)}.`
    : ''
  return html`<p><strong>${plural(sent, 'message')}</strong> about ${plural(alerts.length, 'alert')} would have been sent, early and taken back included.${expected}</p>`
}

function quickness(injected: InjectedShift[], topics: Topic[]): Html {
  const hours = (one: InjectedShift['early']) =>
    one ? `${round(one.median)} h (nine in ten: ${round(one.p90)} h)` : 'not within a week'
  return html`<div class="scroll tall" tabindex="0" role="region" aria-labelledby="quick-h"><table class="plain broad"><caption id="quick-h">How quickly it tells a change: changes put into the kept posts</caption><thead><tr><th scope="col">Change of the share</th><th scope="col">Told within a week</th><th scope="col">As probable, half of them after</th><th scope="col">As sure, half of them after</th></tr></thead>
    <tbody>${injected.map(({ measure, by, early, confirmed, found, of }) => html`<tr><th scope="row">${plural(Math.round(by * 100), 'point')} <span class="quiet">${watchedName(measure, topics)}</span></th><td>${count(found)} of ${count(of)}</td><td>${hours(early)}</td><td>${hours(confirmed)}</td></tr>`)}</tbody></table></div>`
}

const round = (n: number) => Math.round(n * 10) / 10

/** How far a topic is from its usual course: a line, and the two lines at which it is told. */
function course({ strength, early, confirm, stepMs, from }: Backtest['chart'][number], name: string): Html {
  const most = Math.max(confirm * 1.15, ...strength.map((one) => one ?? 0)) || 1
  const y = (value: number) => round(100 - (100 * value) / most)
  const at = (step: number) => new Date(Date.parse(from) + step * stepMs).toISOString()
  const path = strength.map((one, step) => {
    if (one === null) return ''
    return `${step > 0 && strength[step - 1] != null ? 'L' : 'M'}${step} ${y(one)}H${step + 1}`
  })
  const above = (line: number) => strength.filter((one) => one !== null && one >= line).length
  const peak = strength.reduce<number>((best, one, step) => ((one ?? 0) > (strength[best] ?? 0) ? step : best), 0)
  const told = `How far ${name} is from its usual course. Farthest ${dayOf(at(peak))} ${clockOf(at(peak))} UTC. Above the line for probable in ${above(early)} of ${strength.length} steps, above the line for sure in ${above(confirm)}.`
  const marks = [0, 0.5, 1].map((part) => at(Math.round(part * strength.length)))
  return html`<figure class="chart low course"><figcaption><bdi>${name}</bdi><span class="legend"><span class="sure">sure</span><span class="probable">probable</span></span></figcaption>
    <div class="plot"><div class="scale" aria-hidden="true"><span>far from usual</span><span>as usual</span></div>
    <svg viewBox="0 0 ${strength.length || 1} 100" preserveAspectRatio="none" role="img" aria-label="${told}"><path class="threshold sure" vector-effect="non-scaling-stroke" d="M0 ${y(confirm)}H${strength.length}"/><path class="threshold probable" vector-effect="non-scaling-stroke" d="M0 ${y(early)}H${strength.length}"/><path class="line" vector-effect="non-scaling-stroke" d="${path.join('')}"/></svg></div>
    <div class="ticks" aria-hidden="true">${marks.map((one) => html`<span>${dayOf(one)} ${clockOf(one)}</span>`)}</div><p class="quiet">${told}</p></figure>`
}
