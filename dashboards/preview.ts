// What a query would match, beside the form while it is typed: how many kept posts, how many in each hour, some of them
// drawn at random, and how many of those a reader finds to be about the topic. A wrong query is shown with a mark under
// the column it went wrong at. What a reader says of the posts stands in the form and its address, and is kept nowhere.
import { createHash } from 'node:crypto'
import { html } from 'hono/html'
import { wilson } from '../agreement.ts'
import { QueryError, UserError } from '../errors.ts'
import type { ReadSince, TopicPreview } from '../given.ts'
import { hourChart } from './charts.ts'
import type { Served } from './served.ts'
import { capital, count, type Html, momentOf, percent, plural, sourceName } from './words.ts'

export interface Checked {
  preview?: TopicPreview
  /** Sources that are read by topic, and whether they can be for this query. */
  readSince?: ReadSince[]
  error?: UserError
}

/** What a reader said of drawn posts, by their marks. */
export type Marks = Record<string, 'yes' | 'no'>

/** As many as a preview draws; more in an address are not ours. */
const mostMarks = 100

/** The preview of a query; its mistakes are part of the answer. */
export async function check(query: string, { topics, readSince }: Served, signal: AbortSignal): Promise<Checked> {
  if (!query.trim()) return {}
  try {
    return { preview: await topics.preview(query, signal), readSince: readSince?.(query) ?? [] }
  } catch (error) {
    if (error instanceof UserError) return { error }
    throw error
  }
}

/** The name of a post's radio buttons: short, so that an address holds twenty. */
export const markOf = ({ source, id }: { source: string; id: string }): string =>
  `about.${createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('hex')
    .slice(0, 10)}`

/** The marks of a form or an address. */
export function marksOf(words: Record<string, unknown>): Marks {
  const own = Object.entries(words).filter(
    (pair): pair is [string, 'yes' | 'no'] =>
      /^about\.[0-9a-f]{10}$/.test(pair[0]) && /^(yes|no)$/.test(String(pair[1])),
  )
  return Object.fromEntries(own.slice(0, mostMarks))
}

/** What is said of the query itself, below it: read out when it changes. */
export const verdictOf = (query: string, { preview, readSince = [], error }: Checked): Html =>
  html`<div class="verdict" aria-live="polite">${error ? mistake(query, error) : preview ? html`${countOf(preview)}${readSince.map(byTopic)}` : ''}</div>`

/** What a source is asked for may be wider than the query, and costs what it brings: so it is shown. */
const byTopic = ({ source, why, rule }: ReadSince): Html =>
  html`<p class="quiet">${why ? `${capital(why)}.` : html`${capital(sourceName(source))} will be read for it, from the moment it is saved, and asked for: <code>${rule}</code>`}</p>`

/** The posts it would match, beside it: not read out. */
export const drawnOf = ({ preview }: Checked, marks: Marks): Html =>
  html`<div class="drawn">${preview?.hours.length ? html`${hourChart(preview.hours)}${sampleOf(preview, marks)}` : ''}</div>`

function countOf({ matched, scanned, kept, estimate }: TopicPreview): Html {
  const looked =
    scanned < kept
      ? `about ${count(Math.round(estimate))} of ${count(kept)} kept posts (${count(scanned)} looked at)`
      : `${count(matched)} of ${plural(kept, 'kept post')}`
  return html`<p><strong>Would match ${looked}.</strong></p>`
}

/** Twenty posts, each with two buttons, and the share of those said to be about it. */
function sampleOf({ sample }: TopicPreview, marks: Marks): Html {
  if (!sample.length) return html``
  const named = sample.map((post) => ({ ...post, mark: markOf(post) }))
  const said = (mark: string, value: string) => (marks[mark] === value ? html`checked` : '')
  return html`<fieldset class="check"><legend>Are they about it?</legend>
    <p class="quiet">${plural(sample.length, 'matched post')}, drawn at random.</p>
    <p class="tally" role="status">${tally(named.flatMap(({ mark }) => marks[mark] ?? []))}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Posts that would match"><ol class="samples">${named.map(
      (
        { text, source, at, mark },
        nr,
      ) => html`<li><span dir="auto">${cut(text)}</span> <span class="quiet">${sourceName(source)}, ${momentOf(at)}</span>
      <span class="marks" role="group" aria-label="Post ${nr + 1}"><label><input type="radio" name="${mark}" value="yes" ${said(mark, 'yes')}> ${thumb('up')} about it</label><label><input type="radio" name="${mark}" value="no" ${said(mark, 'no')}> ${thumb('down')} not</label></span></li>`,
    )}</ol></div></fieldset>`
}

const thumb = (way: 'up' | 'down'): Html =>
  html`<svg class="thumb" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path ${way === 'down' ? html`transform="rotate(180 10 10)"` : ''} d="M3 9h3v8H3zM6 10l3.5-7c1.6 0 2.3 1 2 2.6L11 8h4.6c1 0 1.6.8 1.4 1.8l-1.3 5.8c-.2.8-.8 1.4-1.7 1.4H6"/></svg>`

/** "17 of 20 about it: 64–95% (Wilson)": only what was said of the posts that this query draws. */
export function tally(said: ('yes' | 'no')[]): string {
  if (!said.length) return 'Say of each whether it is about the topic: the share tells how precise the query is.'
  const about = said.filter((one) => one === 'yes').length
  const { low, high } = wilson(about / said.length, said.length)
  return `${about} of ${said.length} about it: ${Math.round(low! * 100)}–${percent(high!)} (Wilson, 95%).`
}

const cut = (text: string) => (text.length > 200 ? `${Array.from(text).slice(0, 200).join('')}…` : text)

/** The query with a mark under the column that is wrong, on the line that holds it. */
function mistake(query: string, error: UserError): Html {
  const column = error instanceof QueryError ? error.column : null
  if (column === null)
    return html`<p class="error" role="alert"><strong>${capital(error.message)}.</strong> ${capital(error.hint)}</p>`
  const start = query.lastIndexOf('\n', column - 2) + 1
  const end = query.indexOf('\n', column - 1)
  const line = query.slice(start, end < 0 ? undefined : end)
  const mark = `${' '.repeat(Math.max(0, column - 1 - start))}^`
  return html`<div class="error" role="alert"><p><strong>${capital(error.message)}</strong> (column ${column}). ${capital(error.hint)}</p><pre>${line}
${mark}</pre></div>`
}
