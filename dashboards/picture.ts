// Charts as pictures that stand alone: an SVG with its title, window, counts, intervals and model on it, so that what is
// pasted elsewhere still says what it rests on. Light paper always. No style sheet and no script: a page's rules forbid
// both. Texts come from outside and go in as text; what XML cannot hold is left out.
import { html } from 'hono/html'
import type { Estimate } from '../answers.ts'
import type { Line } from './charts.ts'
import { hrefOf, topicHref, type View } from './view.ts'
import { clockOf, count, dayOf, type Html, percent, shareOf } from './words.ts'

export const charts = ['time', 'volume', 'shares'] as const
export type Chart = (typeof charts)[number]

/** The address of a chart of a view, in the window that its page shows. */
export const pictureOf = (view: View, chart: Chart): string =>
  hrefOf(view, { ...view.window, hours: undefined, cursor: undefined, chart }).replace(
    topicHref(view.topic.id),
    `${topicHref(view.topic.id)}/chart.svg`,
  )

/** The ways to have a chart elsewhere, under it. */
export const pictureLinks = (address: string, name: string): Html =>
  html`<p class="pictures quiet">This chart as <a href="${address}" download="${name}.svg" aria-label="SVG: ${name}">SVG</a> <button type="button" class="plain-button" data-png="${address}" data-name="${name}.png" aria-label="PNG: ${name}">PNG</button></p>`

/** Pixels. */
const width = 960
const margin = 32
const plotHeight = 300
const rowHeight = 26
const longest = 100

const tones: Record<string, { color: string; dash: string }> = {
  negative: { color: '#b03d0b', dash: '' },
  positive: { color: '#1a5da6', dash: '7 4' },
  favor: { color: '#0a6b4f', dash: '' },
  against: { color: '#8b2f86', dash: '7 4' },
  emotion: { color: '#0b6b7f', dash: '' },
  'feeling-1': { color: '#0b6b7f', dash: '' },
  'feeling-2': { color: '#8a5a00', dash: '7 4' },
  'feeling-3': { color: '#5b3aa6', dash: '2 4' },
}
const quiet = { color: '#67737a', dash: '' }
const toneOf = (tone: string) => tones[tone] ?? quiet

export interface Caption {
  title: string
  /** Lines under the title: window, counts, what was left out. */
  lines: string[]
  /** Under the picture: intervals, model, where it comes from. */
  foot: string
}

/** Text as XML may hold it, at most a line long. */
export function inXml(text: string, most = longest): string {
  const kept = Array.from(text.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ''))
  return kept.length > most ? `${kept.slice(0, most - 1).join('')}…` : kept.join('')
}

const round = (n: number) => Math.round(n * 10) / 10

/** A name from outside whose direction ends where it ends. */
export const isolated = (name: string): string => `\u2068${inXml(name, 60)}\u2069`

interface Texting {
  size?: number
  color?: string
  anchor?: 'start' | 'middle' | 'end'
  weight?: number
}

const write = (
  x: number,
  y: number,
  text: string,
  { size = 14, color = '#1a2327', anchor = 'start', weight = 400 }: Texting = {},
): Html =>
  html`<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}" text-anchor="${anchor}" font-weight="${weight}">${inXml(text)}</text>`

/** The frame around a drawing of a given height. */
function framed({ title, lines, foot }: Caption, height: number, drawn: (top: number) => Html): Html {
  const top = margin + 30 + lines.length * 20 + 14
  const whole = top + height + 54
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" role="img" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"><title>${inXml(title)}</title><desc>${inXml([...lines, foot].join(' '), 1_000)}</desc>
<rect width="${width}" height="${whole}" fill="#fbfbf9"/>
${write(margin, margin + 18, title, { size: 22, weight: 600 })}
${lines.map((line, nr) => write(margin, margin + 44 + nr * 20, line, { color: '#56636a' }))}
${drawn(top)}
${write(margin, whole - 18, foot, { size: 12, color: '#56636a' })}</svg>`
}

export interface Timed {
  stepMs: number
  lines: Line[]
}

/** Shares over time, each with its interval as a band; a step without an estimate is left empty. */
export function timePicture(caption: Caption, { stepMs, lines }: Timed): Html {
  const points = lines[0]?.points ?? []
  const most = Math.max(...lines.flatMap((line) => line.points.map(({ high }) => high ?? 0)), 0)
  const top = [0.2, 0.4, 0.6, 0.8, 1].find((one) => most <= one) ?? 1
  return framed(caption, plotHeight + 60, (y0) => {
    const axes = axesOf({ y0: y0 + 30, points, stepMs, labels: [top, top / 2, 0].map(percent) })
    const y = (share: number) => round(y0 + 30 + plotHeight * (1 - share / top))
    return html`${lines.map(({ name, tone }, nr) => legend(margin + nr * 250, y0 + 8, { name, tone }))}${gaps(axes, points)}${axes.drawn}
      ${lines.map(({ tone, points: own }) => html`<path fill="${toneOf(tone).color}" fill-opacity=".18" d="${own.map(({ low, high }, at) => (low === null || high === null ? '' : `M${axes.x(at)} ${y(high)}H${axes.x(at + 1)}V${y(low)}H${axes.x(at)}Z`)).join('')}"/>`)}
      ${lines.map(({ tone, points: own }) => html`<path fill="none" stroke="${toneOf(tone).color}" stroke-width="2.5" stroke-dasharray="${toneOf(tone).dash}" d="${own.map(({ estimate }, at) => (estimate === null ? '' : `${own[at - 1]?.estimate == null ? 'M' : 'L'}${axes.x(at)} ${y(estimate)}H${axes.x(at + 1)}`)).join('')}"/>`)}`
  })
}

/** Posts over time as bars. */
export function volumePicture(caption: Caption, { stepMs, lines }: Timed): Html {
  const points = lines[0]?.points ?? []
  const most = Math.max(1, ...points.map(({ volume }) => volume))
  return framed(caption, plotHeight + 60, (y0) => {
    const axes = axesOf({ y0: y0 + 30, points, stepMs, labels: [most, '', 0].map(String) })
    const bars = points.map(({ volume }, at) => {
      const tall = round((plotHeight * volume) / most)
      return `M${axes.x(at + 0.1)} ${y0 + 30 + plotHeight}v${-tall}H${axes.x(at + 0.9)}v${tall}Z`
    })
    return html`${gaps(axes, points)}${axes.drawn}<path fill="#67737a" d="${bars.join('')}"/>`
  })
}

export interface Group {
  title: string
  rows: { label: string; share: Estimate; tone: string }[]
}

/** Shares with their intervals, group under group, all on one scale from 0 to 100 %. */
export function sharesPicture(caption: Caption, groups: Group[]): Html {
  const told = groups.filter(({ rows }) => rows.length)
  const height = told.reduce((sum, { rows }) => sum + rowHeight * (rows.length + 1.6), 0)
  const [left, right] = [margin + 250, width - margin - 170]
  const x = (share: number) => round(left + (right - left) * share)
  return framed(caption, height, (y0) => {
    let y = y0
    return html`${told.map(({ title, rows }) => {
      y += rowHeight * 1.1
      const head = write(margin, y, title, { weight: 600, size: 15 })
      const bars = rows.map(({ label, share, tone }) => {
        y += rowHeight
        return html`${write(margin + 12, y, inXml(label, 34))}${bar(share, { x, y, color: toneOf(tone).color })}${write(right + 14, y, shareOf(share))}`
      })
      y += rowHeight * 0.5
      return html`${head}${bars}`
    })}`
  })
}

interface Bar {
  x: (share: number) => number
  y: number
  color: string
}

function bar({ estimate, low, high }: Estimate, { x, y, color }: Bar): Html {
  const grid = html`<path stroke="#d5dadb" d="M${x(0)} ${y - 5}H${x(1)}M${x(0.25)} ${y - 10}v10M${x(0.5)} ${y - 12}v14M${x(0.75)} ${y - 10}v10"/>`
  if (estimate === null || low === null || high === null) return grid
  return html`${grid}<rect x="${x(low)}" y="${y - 11}" width="${Math.max(1, round(x(high) - x(low)))}" height="12" fill="${color}" fill-opacity=".35"/><path stroke="${color}" stroke-width="3" d="M${x(estimate)} ${y - 14}v18"/>`
}

const legend = (x: number, y: number, { name, tone }: Pick<Line, 'name' | 'tone'>): Html =>
  html`<path stroke="${toneOf(tone).color}" stroke-width="3" stroke-dasharray="${toneOf(tone).dash}" d="M${x} ${y - 5}h28"/>${write(x + 36, y, inXml(name, 26))}`

interface Axes {
  x: (step: number) => number
  top: number
  drawn: Html
}

interface Framing {
  y0: number
  points: Line['points']
  stepMs: number
  labels: string[]
}

function axesOf({ y0, points, stepMs, labels }: Framing): Axes {
  const [left, right] = [margin + 48, width - margin]
  const steps = points.length || 1
  const x = (step: number) => round(left + ((right - left) * step) / steps)
  const start = Date.parse(points[0]?.at ?? '1970-01-01T00:00:00Z')
  const length = steps * stepMs
  const moment = (part: number) => new Date(start + part * length).toISOString()
  const tick = (at: string) => (length > 2.5 * 86_400_000 ? dayOf(at) : clockOf(at))
  const drawn = html`${labels.map((label, nr) => {
    const y = y0 + (plotHeight * nr) / 2
    return html`<path stroke="#d5dadb" d="M${left} ${y}H${right}"/>${write(left - 8, y + 5, label, { anchor: 'end', size: 13, color: '#56636a' })}`
  })}${[0, 0.25, 0.5, 0.75, 1].map((part) => write(x(part * steps), y0 + plotHeight + 22, tick(moment(part)), { anchor: part === 0 ? 'start' : part === 1 ? 'end' : 'middle', size: 13, color: '#56636a' }))}`
  return { x, top: y0, drawn }
}

const gaps = ({ x, top }: Axes, points: Line['points']): Html =>
  html`${points.map(({ gap }, at) => (gap ? html`<rect x="${x(at)}" y="${top}" width="${round(x(at + 1) - x(at))}" height="${plotHeight}" fill="#d5dadb" fill-opacity=".6"/>` : ''))}`

/** "1,234 posts by 567 authors". */
export const basis = (posts: number, authors: number): string => `${count(posts)} posts by ${count(authors)} authors`
