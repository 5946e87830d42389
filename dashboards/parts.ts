// Platforms and languages of a window side by side, each difference told with its interval or as too close to call.
// Renders what compare.ts answers; where all posts come from one of them it says so.
import { html } from 'hono/html'
import { UserError } from '../errors.ts'
import { intervalBar } from './charts.ts'
import { type Compared, compare } from './compare.ts'
import { differenceWords } from './comparePage.ts'
import type { Served } from './served.ts'
import { hrefOf, type View } from './view.ts'
import { capital, count, type Html, measureName, shareOf } from './words.ts'

/** What is told of each part; the rest is on the page that compares. */
const told = ['sentiment.negative', 'sentiment.positive']

/** The section's inside. */
export async function parts(served: Served, view: View): Promise<Html> {
  const found: [By, Compared | null][] = []
  for (const by of ['source', 'lang'] as const) found.push([by, await comparedBy(served, view, by)])
  // Where all posts are of one platform, or read in one language, there is nothing to compare by it.
  const [several] = found.find(([, answer]) => answer && isTold(answer)) ?? []
  const links = [
    ...(several ? [html`<a href="${comparing(view, several)}">Compare all measures</a>, also `] : ['Compare ']),
    html`<a href="${comparing(view, 'window')}">with the period before</a>`,
  ]
  return html`<div class="groups">${found.map(([by, answer]) => table(view, by, answer))}</div>
    <p class="quiet">${links}${view.topic.targets.length ? html` or <a href="${comparing(view, 'camp')}">those for with those against</a>` : ''}.</p>`
}

const names = { source: 'By platform', lang: 'By language' }
type By = keyof typeof names

/** null: all posts come from one. */
async function comparedBy(served: Served, view: View, by: By): Promise<Compared | null> {
  const { from, to } = view.window
  const { view: counting, topic } = view.filter
  const asked = { topics: [topic.topic], by, from, to, version: topic.version, view: counting }
  return compare(served, asked).catch((error: unknown) => {
    if (error instanceof UserError) return null
    throw error
  })
}

const isTold = ({ measures }: Compared) => measures.some(({ measure }) => told.includes(measure))

function table(view: View, by: By, answer: Compared | null): Html {
  if (!answer)
    return html`<div><h3>${names[by]}</h3><p class="quiet">All posts ${by === 'source' ? 'come from one platform' : 'are in one language'}.</p></div>`
  if (!isTold(answer))
    return html`<div><h3>${names[by]}</h3><p class="quiet">The model read posts ${by === 'source' ? 'of one platform' : 'in one language'} alone: there is nothing to hold them against.</p></div>`
  return html`<div><h3>${names[by]}</h3>${told.map((measure) => measured(answer, measure, view))}</div>`
}

function measured({ sides, measures }: Compared, measure: string, view: View): Html {
  const row = measures.find((one) => one.measure === measure)
  if (!row) return html``
  const label = measure.slice(measure.indexOf('.') + 1)
  return html`<table class="shares sided"><caption>${capital(measureName(measure, view.topic))}</caption><tbody>${row.shares.map(
    (share, at) => {
      const against = row.differences.find(({ of: [first, second] }) => first === 0 && second === at)
      return html`<tr><th scope="row">${sides[at]!.name} <span class="quiet">${count(sides[at]!.posts)}</span></th><td class="bar">${intervalBar(share, label)}</td><td>${shareOf(share)}</td></tr>
      ${against ? html`<tr class="difference"><td colspan="3">${differenceWords(against)} than on ${sides[0]!.name}</td></tr>` : ''}`
    },
  )}</tbody></table>`
}

function comparing(view: View, by: string): string {
  const { from, to } = view.window
  return `/compare?${new URLSearchParams({ topics: view.topic.id, by, from, to })}`
}

/** The address of this view for one part of the posts, or for all of them. */
export const onlyPart = (view: View, part: { source?: string | undefined; lang?: string | undefined }): string =>
  hrefOf(view, { cursor: undefined, ...part })
