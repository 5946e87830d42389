// The course of a window over time: which shares are drawn, in which steps, and how many posts there were. A step is a
// link into its stretch of time, and page.js lets a stretch be drawn with the mouse. Renders series; adds no number.
import { html } from 'hono/html'
import type { SeriesPoint } from '../answers.ts'
import { type Line, timeChart, volumeChart } from './charts.ts'
import { type Chart, pictureLinks, pictureOf } from './picture.ts'
import type { Served } from './served.ts'
import { hrefOf, stepFor, type View } from './view.ts'
import { capital, feeling, type Html, side } from './words.ts'

const hourMs = 3_600_000
const stepNames = { '1h': 'hours', '1d': 'days' } as const
/** More would be thinner than a line on most screens. */
const mostSteps = 240
const mostFeelings = 3

interface Drawn {
  key: string
  title: string
  /** Each with the class that colours and dashes it. */
  lines: { measure: string; name: string; tone: string }[]
}

export interface Course {
  drawn: Drawn
  choices: Drawn[]
  stepMs: number
  series: SeriesPoint[][]
}

/** What may be drawn for a topic; `strongest`: its feelings, the strongest first. */
function choicesOf({ topic }: View, strongest: string[]): Drawn[] {
  const line = (measure: string, name: string, tone: string) => ({ measure, name, tone })
  return [
    {
      key: 'tone',
      title: 'Tone of the posts',
      lines: ['negative', 'positive'].map((label) => line(`sentiment.${label}`, label, label)),
    },
    ...topic.targets.map(({ id, text }) => ({
      key: `stance.${id}`,
      title: `On “${text}”`,
      lines: ['against', 'favor'].map((label) => line(`stance.${id}.${label}`, side(label), label)),
    })),
    {
      key: 'feelings',
      title: 'The strongest feelings',
      lines: strongest
        .slice(0, mostFeelings)
        .map((label, nr) => line(`emotion.${label}`, feeling(label), `feeling-${nr + 1}`)),
    },
  ].filter(({ lines }) => lines.length)
}

/** Asks for what the address wants drawn; of what it does not know, the tone. Only feelings wait for `strongest`. */
export async function courseOf(
  { ask }: Served,
  view: View,
  { scored, strongest }: { scored: number; strongest: Promise<string[]> },
): Promise<Course> {
  const stepMs = stepOf(view) ?? stepFor(view.window, scored)
  const seriesOf = ({ lines }: Drawn) =>
    Promise.all(lines.map(({ measure }) => ask.series(view.filter, measure, stepMs)))
  const isAsked = ({ key }: Drawn) => key === view.words.course
  const early = choicesOf(view, [])
  const first = view.words.course === 'feelings' ? undefined : (early.find(isAsked) ?? early[0])
  const begun = first && seriesOf(first)
  begun?.catch(() => {})
  const choices = choicesOf(view, await strongest)
  const drawn = choices.find(isAsked) ?? choices[0]!
  return { drawn, choices, stepMs, series: await (begun ?? seriesOf(drawn)) }
}

/** The step asked for, where the window has room for it. */
function stepOf({ window, words }: View): number | null {
  const ms = words.step === '1h' ? hourMs : words.step === '1d' ? 24 * hourMs : null
  const steps = ms && (Date.parse(window.to) - Date.parse(window.from)) / ms
  return steps && steps >= 2 && steps <= mostSteps ? ms : null
}

export function course(view: View, { drawn, choices, stepMs, series }: Course): Html {
  const points = series[0] ?? []
  const lines = drawn.lines.map(({ name, tone }, at): Line => ({ name, tone, points: series[at] ?? [] }))
  const { window } = view
  const zoom = (at: string) => hrefOf(view, spanOf(at, stepMs), '#time')
  const links = (chart: Chart) => pictureLinks(pictureOf(view, chart), `${view.topic.id}-${chart}`)
  return html`${navigation(view, { drawn, choices, stepMs })}
    ${points.length ? html`${timeChart({ id: 'tone', title: drawn.title, window, stepMs, lines, zoom })}${links('time')}${volumeChart({ id: 'volume', title: 'Posts', stepMs, points, zoom })}${links('volume')}` : html`<p class="quiet">No posts in this window to draw.</p>`}`
}

/** A step as the window of an address. */
function spanOf(at: string, stepMs: number): Record<string, string | undefined> {
  return {
    from: at,
    to: new Date(Date.parse(at) + stepMs).toISOString(),
    hours: undefined,
    step: undefined,
    cursor: undefined,
  }
}

function navigation(view: View, { drawn, choices, stepMs }: Omit<Course, 'series'>): Html {
  const current = (is: boolean) => (is ? html`aria-current="true"` : '')
  const { window } = view
  const length = Date.parse(window.to) - Date.parse(window.from)
  const steps = Object.entries(stepNames).filter(([step]) => {
    const count = length / (step === '1h' ? hourMs : 24 * hourMs)
    return count >= 2 && count <= mostSteps
  })
  const isStep = (step: string) => stepMs === (step === '1h' ? hourMs : 24 * hourMs)
  return html`<div class="controls"><nav aria-label="What is drawn">${choices.map((one) => html`<a href="${hrefOf(view, { course: one.key }, '#time')}" ${current(one === drawn)}>${capital(one.key === 'tone' ? 'tone' : one.title)}</a>`)}</nav>
    ${steps.length > 1 || (steps[0] && !isStep(steps[0][0])) ? html`<nav aria-label="Steps">${steps.map(([step, name]) => html`<a href="${hrefOf(view, { step }, '#time')}" ${current(isStep(step))}>${name}</a>`)}</nav>` : ''}</div>`
}
