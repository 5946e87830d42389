// The page that compares: a form that is an address, and for each measure the sides on one axis with the difference in
// words. Renders what compare.ts answers; says nobody is ahead where the interval of the difference holds zero.
import { html } from 'hono/html'
import { type View as Counting, views } from '../answers.ts'
import { UserError } from '../errors.ts'
import type { Topic } from '../types.ts'
import { intervalBar } from './charts.ts'
import {
  type Compared,
  compare,
  type Difference,
  type Measured,
  mostSides,
  type Side,
  type Way,
  ways,
} from './compare.ts'
import { fileLinks } from './exports.ts'
import { pictureLinks } from './picture.ts'
import { saveForm } from './savedForms.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { topicHref, viewNames } from './view.ts'
import { capital, count, type Html, measureName, plural, shareOf, spanOf } from './words.ts'

const wayNames: Record<Way, string> = {
  topic: 'topics',
  source: 'platforms of one topic',
  lang: 'languages of one topic',
  camp: 'those for and those against a target',
  window: 'two periods of one topic',
}

/** The page an address asks for. */
export async function comparePage(served: Served, query: Record<string, string[]>): Promise<Html> {
  const asked = askedOf(query)
  const { topics } = asked
  const status = await served.status()
  const answer = topics.length ? await compare(served, asked).catch(refused) : null
  const main = html`<h1>Compare</h1>
    ${form(served.topics.list(), asked)}
    ${answer === null ? html`<p class="lead">Choose a topic to see its platforms, languages, camps or periods side by side, or two to four topics.</p>` : answer instanceof UserError ? html`<p class="notice" role="status"><strong>${capital(answer.message)}.</strong> ${answer.hint}</p>` : await whole(served, asked, answer)}`
  return shell({ title: 'Compare', here: '/compare', status, main })
}

async function whole(served: Served, asked: Given, answer: Compared): Promise<Html> {
  const view = asView(served, asked, answer)
  const picture = view.href.replace('/compare?', '/compare.svg?')
  return html`${await saveForm(served, view)}${compared(served, answer)}${pictureLinks(picture, 'compared')}`
}

/** What the words of an address ask to compare. */
export function askedOf(query: Record<string, string[]>): Given {
  const one = (name: string) => query[name]?.find(Boolean)
  const topics = [...new Set((query.topics ?? []).flatMap((ids) => ids.split(',')).filter(Boolean))].slice(0, mostSides)
  const by = ways.find((way) => way === one('by')) ?? (topics.length > 1 ? 'topic' : 'window')
  const view = views.find((name) => name === one('view'))
  // Fields of the form that do not go with the way are left where they are.
  const other = by === 'window' ? { otherFrom: one('otherFrom'), otherTo: one('otherTo') } : {}
  return { topics, by, view, target: one('target'), from: one('from'), to: one('to'), ...other }
}

function refused(error: unknown): UserError {
  if (error instanceof UserError) return error
  throw error
}

const sideWords: Record<Exclude<Way, 'topic'>, string> = {
  source: 'by platform',
  lang: 'by language',
  camp: 'for and against',
  window: 'period by period',
}

/** The comparison as an address and in words: "Peace talks by platform, 24 h". */
function asView({ topics: known }: Served, given: Given, { sides }: Compared): { name: string; href: string } {
  const { topics, by, view, target, from, to, otherFrom, otherTo } = given
  const counting = view === 'post' ? undefined : view
  const words = Object.entries({ topics: topics.join(','), by, view: counting, target, from, to, otherFrom, otherTo })
  const told = words.filter((entry): entry is [string, string] => Boolean(entry[1]))
  const names = topics.map((id) => known.get(id)!.name)
  const what = by === 'topic' ? names.join(' and ') : `${names[0]} ${sideWords[by]}`
  const own = from || to || otherFrom ? spanOf(sides.at(-1)!.window) : '24 h'
  const window = otherFrom ? `${spanOf(sides[0]!.window)} and ${own}` : own
  const name = capital([what, window, counting && viewNames[counting]].filter(Boolean).join(', '))
  return { name, href: `/compare?${new URLSearchParams(told)}` }
}

interface Given {
  topics: string[]
  by: Way
  view?: Counting | undefined
  target?: string | undefined
  from?: string | undefined
  to?: string | undefined
  otherFrom?: string | undefined
  otherTo?: string | undefined
}

/** A time as a field of a form holds it, in UTC, to the last digit that says something. */
const fieldTime = (at: string | undefined) => at?.replace(/Z$/, '').replace(/(:00)?\.000$/, '') ?? ''

function period(title: string, [from, to]: [string, string], given: Given): Html {
  const field = (name: string, label: string) =>
    html`<label>${label} <input type="datetime-local" step="any" name="${name}" value="${fieldTime(given[name as 'from'])}"></label>`
  return html`<fieldset><legend>${title}</legend>${field(from, 'From')}${field(to, 'To')}</fieldset>`
}

function form(listed: Topic[], given: Given): Html {
  const { topics, by, view, from, to, otherFrom, otherTo } = given
  const picked = (is: boolean) => (is ? 'selected' : '')
  const slots = Array.from({ length: mostSides }, (_, at) => topics[at] ?? '')
  return html`<form class="filters wide" method="get" action="/compare">
    <label>What <select name="by">${ways.map((way) => html`<option value="${way}" ${picked(way === by)}>${wayNames[way]}</option>`)}</select></label>
    ${slots.map((chosen, at) => html`<label>${at ? `Topic ${at + 1}` : 'Topic'} <select name="topics"><option value="">${at ? 'none' : 'choose one'}</option>${listed.map(({ id, name }) => html`<option value="${id}" ${picked(id === chosen)}>${name}</option>`)}</select></label>`)}
    <label>Count <select name="view">${views.map((name) => html`<option value="${name}" ${picked(name === view)}>${viewNames[name]}</option>`)}</select></label>
    <details ${[from, to, otherFrom, otherTo].some(Boolean) ? 'open' : ''}><summary>Choose the time</summary>
    ${period('Period, in UTC', ['from', 'to'], given)}${period('Held against, in UTC: for two periods alone', ['otherFrom', 'otherTo'], given)}
    <p class="quiet">Without a period: the 24 h that end with the topic’s latest post. With nothing that it is held against: the time of equal length before it.</p></details>
    <button>Compare</button></form>`
}

function compared({ topics }: Served, answer: Compared): Html {
  const { sides, model } = answer
  const topic = topics.get(sides[0]!.topic)!
  // That those for it are for it is no finding.
  const own = answer.by === 'camp' ? `stance.${sides[0]!.only.stance?.replace(/\.[^.]*$/, '')}.` : null
  const measures = answer.measures.filter(({ measure }) => own === null || !measure.startsWith(own))
  const group = (title: string, wanted: (measure: string) => boolean) => {
    const rows = measures.filter(({ measure }) => wanted(measure))
    return rows.length
      ? html`<section><h2>${title}</h2><div class="groups">${rows.map((row) => measured(row, answer, topic))}</div></section>`
      : ''
  }
  return html`<table class="plain sides-of"><caption>The sides</caption><thead><tr><th scope="col">Side</th><th scope="col">Posts</th><th scope="col">Authors</th><th scope="col">Scored</th></tr></thead>
    <tbody>${sides.map(sideRow)}</tbody></table>
    ${group('What stands out', (measure) => isApart(measures.find((one) => one.measure === measure)!))}
    ${group('Tone', (measure) => measure.startsWith('sentiment.'))}
    ${topic.targets.map(({ id, text }) => group(`On “${text}”`, (measure) => measure.startsWith(`stance.${id}.`)))}
    ${group('Feelings', (measure) => measure.startsWith('emotion.') && isSeen(measures.find((one) => one.measure === measure)!))}
    <p class="quiet">Shares with 95% intervals that include the model's own error; differences have an interval of their own, against the first side. Among many differences about one in twenty looks certain by chance alone. Feelings below 3% on every side are left out. Model ${model}.</p>`
}

function sideRow(side: Side): Html {
  const { name, topic, version, window, posts, authors, scored, only } = side
  const words = new URLSearchParams({ ...window, version: String(version), ...only })
  // A page takes an empty word for none, so posts of no known language have no page of their own.
  const label =
    only.lang === ''
      ? capital(name)
      : html`<a href="${topicHref(topic)}?${words}${only.stance ? '#posts' : ''}">${capital(name)}</a>`
  return html`<tr><th scope="row">${label}</th><td>${count(posts)}</td><td>${count(authors)}</td><td>${count(scored)}</td></tr>
    <tr class="difference"><td colspan="4">${spanOf(window)}${posts ? html`; all posts as a file: ${fileLinks(side, { ...only }, name)}` : ''}</td></tr>`
}

const isSeen = ({ shares }: Measured) => shares.some(({ estimate }) => (estimate ?? 0) >= 0.03)
const isApart = ({ differences, measure }: Measured) =>
  !/\.(?:neutral|neither)$/.test(measure) &&
  differences.some(({ of: [first], verdict }) => first === 0 && (verdict === 'more' || verdict === 'fewer'))

function measured({ measure, shares, differences }: Measured, { sides }: Compared, topic: Topic): Html {
  const tone = measure.startsWith('emotion.') ? 'emotion' : measure.slice(measure.lastIndexOf('.') + 1)
  return html`<table class="shares sided"><caption>${capital(measureName(measure, topic))}</caption><tbody>${shares.map(
    (share, at) => {
      const against = differences.find(({ of: [first, second] }) => first === 0 && second === at)
      return html`<tr><th scope="row">${capital(sides[at]!.name)}</th><td class="bar">${intervalBar(share, tone)}</td><td>${shareOf(share)}</td></tr>
      ${against ? html`<tr class="difference"><td colspan="3">${differenceWords(against)}</td></tr>` : ''}`
    },
  )}</tbody></table>`
}

/** "12 points more (5–19)"; "too close to call (−3 to 9 points)". */
export function differenceWords({ estimate, low, high, verdict }: Difference): string {
  if (estimate === null || low === null || high === null) return 'too few voices to compare'
  const points = (part: number) => Math.round(part * 100)
  const signed = (part: number) => `${points(part) < 0 ? '−' : ''}${Math.abs(points(part))}`
  if (verdict === 'too close to call') return `too close to call (${signed(low)} to ${signed(high)} points)`
  const [a, b] = [low, high].map((part) => Math.abs(points(part))).sort((x, y) => x - y)
  return `${plural(Math.abs(points(estimate)), 'point')} ${verdict} (${a}–${b})`
}
