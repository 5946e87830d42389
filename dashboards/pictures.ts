// Where charts are had as pictures: SVG from here, PNG from the browser, which draws the SVG (web/picture.js). The address
// of a picture is that of its view, so it shows what the page shows. Gathers answers; computes no number of its own.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Summary } from '../answers.ts'

import { UserError } from '../errors.ts'
import { compare } from './compare.ts'
import { askedOf } from './comparePage.ts'
import { courseOf } from './course.ts'
import {
  basis,
  type Caption,
  type Chart,
  charts,
  type Group,
  isolated,
  sharesPicture,
  timePicture,
  volumePicture,
} from './picture.ts'
import type { Served } from './served.ts'
import { type View, viewNames, viewOf } from './view.ts'
import { capital, feeling, type Html, languageName, measureName, side, sourceName, spanOf } from './words.ts'

const mostFeelings = 10
const foot = '95% intervals, the model’s own error included.'

/** Mounts them. */
export function pictures(app: OpenAPIHono, served: Served): void {
  const type = { 'content-type': 'image/svg+xml; charset=utf-8' }
  app.get('/topics/:id/chart.svg', async (c) => {
    const chart = charts.find((one) => one === (c.req.query('chart') ?? 'time'))
    if (!chart) throw new UserError('there is no such chart', `Ask for chart=${charts.join(', chart=')}.`, 404)
    const view = await viewOf(served, c.req.param('id'), c.req.query())
    return c.body(String(await drawn(served, view, chart)), 200, type)
  })
  app.get('/compare.svg', async (c) => c.body(String(await compared(served, c.req.queries())), 200, type))
}

async function drawn(served: Served, view: View, chart: Chart): Promise<Html> {
  const summary = await served.ask.summary(view.filter)
  const caption = (title: string): Caption => ({
    title: `${isolated(capital(view.topic.name))}: ${title}`,
    lines: [spanOf(view.window), `${basis(summary.posts, summary.authors)}, ${viewNames[summary.view]}${onlyOf(view)}`],
    foot: `${foot} Model ${summary.model}. undercurrent`,
  })
  if (chart === 'shares') return sharesPicture(caption('how the posts divide'), groupsOf(view, summary))
  const strongest = byStrength(summary).map(([label]) => label)
  const { drawn, stepMs, series } = await courseOf(served, view, {
    scored: summary.scored,
    strongest: Promise.resolve(strongest),
  })
  const lines = drawn.lines.map(({ name, tone }, at) => ({ name, tone, points: series[at] ?? [] }))
  if (chart === 'volume') return volumePicture(caption('posts over time (UTC)'), { stepMs, lines })
  return timePicture(caption(`${drawn.title.toLowerCase()} over time (UTC)`), { stepMs, lines })
}

function onlyOf({ filter: { source, lang } }: View): string {
  const parts = [source && sourceName(source), lang && languageName(lang)].filter(Boolean)
  return parts.length ? `; only ${parts.join(', ')}` : ''
}

const byStrength = ({ emotion }: Summary) =>
  Object.entries(emotion)
    .filter(([, { estimate }]) => estimate !== null)
    .sort(([, a], [, b]) => b.estimate! - a.estimate!)

function groupsOf({ topic }: View, summary: Summary): Group[] {
  const rows = (of: Summary['sentiment'], labels: string[]) =>
    labels.flatMap((label) => (of[label] ? [{ label: side(label), share: of[label], tone: label }] : []))
  return [
    { title: 'Tone of the posts', rows: rows(summary.sentiment, ['negative', 'neutral', 'positive']) },
    ...topic.targets.map(({ id, text }) => ({
      title: `On “${text}”`,
      rows: rows(summary.stance[id] ?? {}, ['against', 'neither', 'favor']),
    })),
    {
      title: 'Feelings that show most',
      rows: byStrength(summary)
        .slice(0, mostFeelings)
        .map(([label, share]) => ({ label: feeling(label), share, tone: 'emotion' })),
    },
  ]
}

async function compared(served: Served, query: Record<string, string[]>): Promise<Html> {
  const { sides, measures, model } = await compare(served, askedOf(query))
  const topic = served.topics.get(sides[0]!.topic)!
  const told = measures.filter(
    ({ measure, shares }) => !measure.startsWith('emotion.') || shares.some(({ estimate }) => (estimate ?? 0) >= 0.1),
  )
  const groups = told.map(({ measure, shares }) => ({
    title: capital(measureName(measure, topic)),
    rows: shares.map((share, at) => ({
      ...{ label: capital(sides[at]!.name), share },
      tone: measure.startsWith('emotion.') ? 'emotion' : measure.slice(measure.lastIndexOf('.') + 1),
    })),
  }))
  const lines = sides.map(
    ({ name, posts, authors, window }) => `${isolated(capital(name))}: ${basis(posts, authors)}, ${spanOf(window)}`,
  )
  return sharesPicture(
    { title: `${isolated(capital(topic.name))}: compared`, lines, foot: `${foot} Model ${model}. undercurrent` },
    groups,
  )
}
