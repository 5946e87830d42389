// The page of the console: a form that is an address, the answer as a table and as CSV, examples, and the columns with what
// they mean. Whole without script. A statement and what it answers are hostile: text in templates, never markup.
import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Table } from '../answers.ts'
import { type Column, shownViews } from '../columns.ts'
import { BusyError, QueryError, UserError } from '../errors.ts'
import type { Topic } from '../types.ts'
import { cell } from './exports.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { type Example, examplesFor } from './sqlExamples.ts'
import { capital, count, type Html, plural } from './words.ts'

/** More are in the CSV: a page of ten thousand rows helps nobody. */
const rowsShown = 500
/** As an address: browsers and proxies cut longer ones. POST /v1/sql takes more. */
const mostLetters = 4_000

/** Mounts the page and its file. */
export function sqlPages(app: Pick<Hono, 'get'>, served: Served): void {
  app.get('/sql', async (c) => {
    const statement = c.req.query('q') ?? ''
    const answer = statement.trim() ? await asked(served, statement, c.req.raw.signal) : null
    const page = await sqlPage(served, statement, answer)
    if (answer instanceof BusyError) c.header('retry-after', String(Math.ceil(answer.afterMs / 1_000)))
    return c.html(page, answer instanceof UserError ? (answer.status as 422) : 200)
  })
  app.get('/sql.csv', async (c) => {
    const table = await served.ask.sql(c.req.query('q') ?? '', {}, c.req.raw.signal)
    return c.body(csvOf(table), 200, {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="answer.csv"',
    })
  })
}

async function asked({ ask }: Served, statement: string, signal: AbortSignal): Promise<Table | UserError> {
  try {
    return await ask.sql(statement, {}, signal)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

async function sqlPage(served: Served, statement: string, answer: Table | UserError | null): Promise<Html> {
  const examples = examplesFor(await busiestFirst(served))
  const main = html`<h1>SQL</h1>
    <p class="lead">Ask the posts and topics yourself, with one <code>SELECT</code>. It only reads, sees no author, and leaves out what was deleted.</p>
    ${form(statement || examples[0]!.statement)}
    ${answer === null ? '' : answer instanceof UserError ? refusal(answer) : answered(answer, statement)}
    <h2>Examples</h2>
    <ul>${examples.map(exampleLink)}</ul>
    <p class="quiet">An answer here is plain arithmetic over the rows: it has no interval, however few people stand behind it. For shares with intervals use the <a href="/">topic pages</a>.</p>
    <h2>Columns</h2>
    <div class="groups">${Object.entries(shownViews).map(([view, columns]) => columnTable(view, columns))}</div>`
  return shell({ title: 'SQL', here: '/sql', status: await served.status(), main })
}

/** An example about a topic without posts would answer nothing. */
async function busiestFirst({ ask, topics }: Served): Promise<Topic[]> {
  const counts = new Map((await ask.counts()).map(({ topic, version, posts }) => [`${topic}@${version}`, posts]))
  const posts = ({ id, version }: Topic) => counts.get(`${id}@${version}`) ?? 0
  return topics.list().toSorted((a, b) => posts(b) - posts(a))
}

function form(statement: string): Html {
  const rows = Math.min(20, Math.max(4, statement.split('\n').length + 1))
  return html`<form class="statement" method="get" action="/sql#answer" data-still>
    <label for="q">Statement</label>
    <textarea id="q" name="q" rows="${rows}" maxlength="${mostLetters}" spellcheck="false" autocapitalize="off" autocomplete="off" required>${statement}</textarea>
    <p class="buttons"><button class="main">Run</button> <span class="quiet" data-run-hint hidden>or Ctrl+Enter</span></p></form>`
}

function refusal(error: UserError): Html {
  const where = error instanceof QueryError ? html` <span class="quiet">At letter ${count(error.column)}.</span>` : ''
  return html`<p class="notice" id="answer" role="status"><strong>${capital(error.message)}.</strong> ${error.hint}${where}</p>`
}

function answered({ columns, rows, cut, limit, elapsedMs }: Table, statement: string): Html {
  const file = `/sql.csv?${new URLSearchParams({ q: statement })}`
  const told = cut ? `Cut after ${plural(limit, 'row')}: there are more` : plural(rows.length, 'row')
  const some = rows.length > rowsShown ? `, the first ${count(rowsShown)} of them here` : ''
  return html`<h2 id="answer">Answer</h2>
    <p role="status">${told}${some}. It took ${count(elapsedMs)} ms. <a href="${file}" download>CSV</a></p>
    ${
      rows.length
        ? html`<div class="scroll" role="region" aria-labelledby="answer" tabindex="0"><table class="rows">
    <thead><tr>${columns.map(({ name, type }) => html`<th scope="col" title="${type}">${name}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, rowsShown).map((row) => html`<tr>${row.map((value) => html`<td class="${kindOf(value)}">${shown(value)}</td>`)}</tr>`)}</tbody></table></div>`
        : ''
    }`
}

/** A number or a time broken over two lines reads as two; a long text in a narrow column pushes all others away. */
function kindOf(value: unknown): 'number' | 'map' | 'long' | 'short' {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)))
    return 'number'
  if (plainly(value).length <= 40) return 'short'
  return typeof value === 'string' ? 'long' : 'map'
}

/** Six digits are what a reader can use; the file has them all. */
function shown(value: unknown): Html | string {
  if (value === null) return html`<span class="quiet">NULL</span>`
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_, part) => (typeof part === 'number' ? brief(part) : part)).replaceAll(',"', ', "')
}

const brief = (n: number) => (Number.isInteger(n) ? n : Number(n.toPrecision(6)))

const plainly = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** RFC 4180, like the other files; maps and lists as JSON. */
function csvOf({ columns, rows }: Table): string {
  const line = (values: unknown[]) => `${values.map(fileCell).join(',')}\r\n`
  return [columns.map(({ name }) => name), ...rows].map(line).join('')
}

const fileCell = (value: unknown): string => cell(typeof value === 'number' || value === null ? value : plainly(value))

const exampleLink = ({ name, statement }: Example): Html =>
  html`<li><a href="/sql?${new URLSearchParams({ q: statement })}#answer">${name}</a></li>`

const columnTable = (view: string, columns: Column[]): Html => html`<table class="columns">
    <caption><code>${view}</code></caption>
    <thead><tr><th scope="col">Column</th><th scope="col">What it is</th></tr></thead>
    <tbody>${columns.map(({ name, type, meaning }) => html`<tr><th scope="row"><code>${name}</code></th><td>${meaning} <span class="quiet">${type}</span></td></tr>`)}</tbody></table>`
