// Hand-written SVG: a share over time with its interval, posts over time, and a share with its interval as a bar.
// Drawn in a unit box that stretches; labels are HTML beside it, so they keep their size on any screen. Every time
// chart has a table behind it. What was not collected is drawn as a gap; what rests on too few voices is left empty.
import { html } from 'hono/html'
import type { Estimate, SeriesPoint, Window } from '../answers.ts'
import { clockOf, count, dayOf, type Html, momentOf, percent, shareOf } from './words.ts'

export interface Line {
  name: string
  /** Picks colour and dash in page.css: negative, positive, favor, against. */
  tone: string
  points: SeriesPoint[]
}

export interface TimeChart {
  id: string
  title: string
  window: Window
  stepMs: number
  lines: Line[]
  /** Where a step leads. */
  zoom: (at: string) => string
}

const round = (n: number) => Math.round(n * 100) / 100

/** Shares over time: a step per bucket with its interval as a band, and the same numbers as a table. */
export function timeChart({ id, title, window, stepMs, lines, zoom }: TimeChart): Html {
  const [first] = lines
  if (!first?.points.length) return html`<p class="quiet">No posts in this window to draw.</p>`
  const steps = first.points.length
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ high }) => high ?? 0)))
  const top = [0.2, 0.4, 0.6, 0.8, 1].find((one) => most <= one) ?? 1
  const y = (share: number) => round(100 - (100 * share) / top)
  const told = lines.map(({ name, points }) => `${name}: ${rangeOf(points)}`).join('. ')
  return html`<figure class="chart" id="${id}">
    <figcaption>${title}
      <span class="legend">${lines.map(({ name, tone }) => html`<span>${swatch(tone)} ${name}</span>`)}</span>
    </figcaption>
    <div class="plot"><div class="scale" aria-hidden="true"><span>${percent(top)}</span><span>${percent(top / 2)}</span><span>0%</span></div>
    <svg viewBox="0 0 ${steps} 100" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t ${id}-d">
      <title id="${id}-t">${title}</title><desc id="${id}-d">${told}. Bands are 95% intervals.</desc>
      <path class="grid" d="M0 0H${steps}M0 50H${steps}M0 100H${steps}"/>
      ${gapsOf(first.points)}${lines.map((line) => band(line, y))}${lines.map((line) => stroke(line, y))}
    </svg>${steppedOver(first.points, { stepMs, zoom, told: (at) => momentIn(lines, at) })}</div>
    ${ticks(first.points, stepMs)}
    <div class="glance" aria-live="polite"></div>
    <details class="numbers"><summary>The numbers behind it</summary>${table(lines, zoom)}</details>
    <p class="quiet">${noteOf(first.points, stepMs, window)}</p>
  </figure>`
}

function band({ tone, points }: Line, y: (share: number) => number): Html {
  const boxes = points.map(({ low, high }, at) =>
    low === null || high === null ? '' : `M${at} ${y(high)}h1V${y(low)}h-1Z`,
  )
  return html`<path class="band ${tone}" d="${boxes.join('')}"/>`
}

/** One path: level over each bucket, joined to its neighbour, broken where there is no estimate. */
function stroke({ tone, points }: Line, y: (share: number) => number): Html {
  const parts = points.map(({ estimate }, at) => {
    if (estimate === null) return ''
    const joined = at > 0 && points[at - 1]?.estimate != null
    return `${joined ? 'L' : 'M'}${at} ${y(estimate)}H${at + 1}`
  })
  return html`<path class="line ${tone}" vector-effect="non-scaling-stroke" d="${parts.join('')}"/>`
}

interface Stepped {
  stepMs: number
  zoom: TimeChart['zoom']
  told: (at: number) => string
}

/**
 * What lies over a chart for the mouse: a step under it tells its numbers and leads to its posts, and page.js lets a
 * stretch be drawn (it needs start and step to turn a place into a time). The table behind the chart has the same links.
 */
const steppedOver = (points: SeriesPoint[], { stepMs, zoom, told }: Stepped): Html =>
  html`<svg viewBox="0 0 ${points.length || 1} 100" preserveAspectRatio="none" aria-hidden="true" data-brush data-start="${points[0]?.at}" data-step="${stepMs}" data-steps="${points.length}">${points.map(
    ({ at }, step) =>
      html`<a href="${zoom(at)}" tabindex="-1"><rect class="hover" x="${step}" y="0" width="1" height="100"><title>${told(step)}</title></rect></a>`,
  )}</svg>`

function momentIn(lines: Line[], at: number): string {
  const point = lines[0]!.points[at]!
  const told = lines.map(({ name, points }) => `${name} ${shareOf(points[at] ?? nothing)}`).join(', ')
  return `${momentOf(point.at)}: ${told}; ${count(point.posts)} posts`
}
const nothing: Estimate = { estimate: null, low: null, high: null }

const gapsOf = (points: SeriesPoint[]): Html[] =>
  points.flatMap(({ gap }, at) => (gap ? [html`<rect class="gap" x="${at}" y="0" width="1" height="100"/>`] : []))

const swatch = (tone: string): Html =>
  html`<svg class="swatch" viewBox="0 0 24 10" width="24" height="10" aria-hidden="true"><rect class="band ${tone}" width="24" height="10"/><path class="line ${tone}" d="M0 5H24"/></svg>`

function rangeOf(points: SeriesPoint[]): string {
  const known = points.flatMap(({ estimate }) => (estimate === null ? [] : [estimate]))
  if (!known.length) return 'too few voices in every step'
  return `between ${percent(Math.min(...known))} and ${percent(Math.max(...known))}`
}

/** Posts over time as bars. */
export function volumeChart({
  id,
  title,
  stepMs,
  points,
  zoom,
}: Omit<TimeChart, 'lines' | 'window'> & Pick<Line, 'points'>): Html {
  const most = Math.max(1, ...points.map(({ volume }) => volume))
  const bars = points.map(({ volume }, at) => `M${round(at + 0.1)} 100V${round(100 - (100 * volume) / most)}h.8V100Z`)
  return html`<figure class="chart low" id="${id}"><figcaption>${title}</figcaption>
    <div class="plot"><div class="scale" aria-hidden="true"><span>${count(most)}</span><span>0</span></div>
    <svg viewBox="0 0 ${points.length || 1} 100" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t ${id}-d">
      <title id="${id}-t">${title}</title><desc id="${id}-d">Up to ${count(most)} posts in a step.</desc>
      ${gapsOf(points)}<path class="bars" d="${bars.join('')}"/>
    </svg>${steppedOver(points, { stepMs, zoom, told: (at) => volumeIn(points[at]!) })}</div>${ticks(points, stepMs)}<div class="glance" aria-live="polite"></div></figure>`
}

/** Where a source was read in part, what the posts seen stand for. */
const volumeIn = ({ at, posts, volume, authors }: SeriesPoint) =>
  `${momentOf(at)}: ${volume > posts ? `about ${count(volume)} posts, ${count(posts)} of them seen,` : `${count(posts)} posts`} by ${count(authors)} authors`

/** Matched posts by the hour, as bars with the numbers behind them; leads nowhere. */
export function hourChart(hours: { at: string; matched: number }[]): Html {
  const most = Math.max(1, ...hours.map(({ matched }) => matched))
  const bars = hours.map(({ matched }, at) => `M${round(at + 0.1)} 100V${round(100 - (100 * matched) / most)}h.8V100Z`)
  const told = `Matched posts in ${hours.length} hours, up to ${count(most)} posts in one`
  return html`<figure class="chart low"><figcaption>Matched posts by the hour, until ${momentOf(endOf(hours.at(-1)!.at))}</figcaption>
    <div class="plot"><div class="scale" aria-hidden="true"><span>${count(most)}</span><span>0</span></div>
    <svg viewBox="0 0 ${hours.length} 100" preserveAspectRatio="none" role="img" aria-label="${told}"><path class="bars" d="${bars.join('')}"/></svg></div>
    ${ticks(hours, 3_600_000)}
    <details class="numbers"><summary>The numbers behind it</summary><div class="scroll" tabindex="0" role="region" aria-label="Numbers"><table><thead><tr><th scope="col">Hour (UTC)</th><th scope="col">Matched</th></tr></thead>
    <tbody>${hours.map(({ at, matched }) => html`<tr><th scope="row">${momentOf(at).replace(' UTC', '')}</th><td>${count(matched)}</td></tr>`)}</tbody></table></div></details></figure>`
}

const endOf = (hour: string) => new Date(Date.parse(hour) + 3_600_000).toISOString()

/** Posts over time in the height of a line of text. */
export function sparkline(points: SeriesPoint[]): Html {
  const most = Math.max(1, ...points.map(({ volume }) => volume))
  const bars = points.map(({ volume }, at) => `M${round(at + 0.1)} 100V${round(100 - (100 * volume) / most)}h.8V100Z`)
  const told = `Posts over time: ${points.length} steps, up to ${count(most)} posts in one`
  return html`<svg class="spark" viewBox="0 0 ${points.length || 1} 100" preserveAspectRatio="none" role="img" aria-label="${told}">${gapsOf(points)}<path class="bars" d="${bars.join('')}"/></svg>`
}

/** A share on the scale 0..1: the interval as a bar, the estimate as a tick. The number stands beside it as text. */
export function intervalBar({ estimate, low, high }: Estimate, tone: string): Html {
  if (estimate === null || low === null || high === null) return html`<svg class="interval" aria-hidden="true"></svg>`
  const x = (share: number) => round(share * 100)
  return html`<svg class="interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <path class="grid" vector-effect="non-scaling-stroke" d="M0 5H100M25 2V8M50 1V9M75 2V8"/>
    <rect class="range ${tone}" x="${x(low)}" y="2" width="${Math.max(0.6, x(high) - x(low))}" height="6"/>
    <path class="tick" vector-effect="non-scaling-stroke" d="M${x(estimate)} 0V10"/></svg>`
}

/** Five times at equal distances under a chart; days where the steps are long. */
function ticks(points: { at: string }[], stepMs: number): Html {
  const [first] = points
  if (!first) return html``
  const start = Date.parse(first.at)
  const length = points.length * stepMs
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => new Date(start + part * length).toISOString())
  const label = (at: string) => (length > 2.5 * 86_400_000 ? dayOf(at) : clockOf(at))
  return html`<div class="ticks" aria-hidden="true">${marks.map((at) => html`<span>${label(at)}</span>`)}</div>`
}

function noteOf(points: SeriesPoint[], stepMs: number, { to }: Window): string {
  const step =
    stepMs >= 86_400_000
      ? `${stepMs / 86_400_000} d`
      : stepMs >= 3_600_000
        ? `${stepMs / 3_600_000} h`
        : `${stepMs / 60_000} min`
  const parts = [`Steps of ${step}, times in UTC, until ${momentOf(to)}. Bands are 95% intervals.`]
  if (points.some(({ estimate }) => estimate === null)) parts.push('Empty where fewer than 10 authors posted.')
  if (points.some(({ gap }) => gap)) parts.push('Grey columns: a source was not collected.')
  return parts.join(' ')
}

function table(lines: Line[], zoom: TimeChart['zoom']): Html {
  const [first] = lines
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Numbers"><table><thead><tr><th scope="col">Time (UTC)</th><th scope="col">Posts</th><th scope="col">Authors</th>${lines.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${first!.points.map(
      ({ at, posts, authors, gap }, step) =>
        html`<tr><th scope="row"><a href="${zoom(at)}">${momentOf(at).replace(' UTC', '')}</a>${gap ? ' (not collected in part)' : ''}</th><td>${count(posts)}</td><td>${count(authors)}</td>${lines.map(({ points }) => html`<td>${shareOf(points[step] ?? nothing)}</td>`)}</tr>`,
    )}</tbody></table></div>`
}
