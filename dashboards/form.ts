// Making and changing a topic without script: a form, the preview of its query, and the way from its words to a
// definition. A wrong query is shown with a mark under the column it went wrong at.
import { html } from 'hono/html'
import type { TopicPreview } from '../answers.ts'
import { QueryError, UserError } from '../errors.ts'
import type { TopicDefinition } from '../types.ts'
import type { Served } from './served.ts'
import { capital, count, type Html, momentOf, plural, sourceName } from './words.ts'

/** The words of the form, as they were typed. */
export interface Typed {
  /** Set when a topic is changed, absent when one is made. */
  id?: string
  name: string
  query: string
  targets: string
}

export const typedOf = (words: Record<string, unknown>): Typed => {
  const word = (name: string) => (typeof words[name] === 'string' ? words[name] : '')
  return { id: word('id') || undefined, name: word('name'), query: word('query'), targets: word('targets') }
}

/** What was typed as a definition. A target keeps its id when its words stay. Throws UserError on what is missing. */
export function definitionOf(typed: Typed, { topics }: Served): TopicDefinition {
  const name = typed.name.trim()
  if (!name) throw new UserError('the topic has no name', 'Give it a short name, like "Peace talks".')
  if (name.length > 200) throw new UserError('the name is over 200 characters', 'Give it a shorter one.')
  const known = typed.id ? topics.get(typed.id) : undefined
  const lines = typed.targets.split('\n').flatMap((line) => line.trim() || [])
  if (lines.length > 4) throw new UserError('there are more than four targets', 'Keep the four that matter most.')
  const targets = lines.map((text) => ({ id: known?.targets.find((one) => one.text === text)?.id ?? '', text }))
  return { id: typed.id ?? freeId(name, topics), name, query: typed.query, targets, public: known?.public ?? false }
}

/** An id a person can read in an address, not taken yet. */
function freeId(name: string, topics: Served['topics']): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const slug =
    plain
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 48) || 'topic'
  for (let nr = 1; ; nr++) {
    const id = nr === 1 ? slug : `${slug}-${nr}`
    if (!topics.get(id)) return id
  }
}

export interface Checked {
  preview?: TopicPreview
  error?: UserError
}

/** The preview of a query; its mistakes are part of the answer. */
export async function check(query: string, { topics }: Served, signal: AbortSignal): Promise<Checked> {
  if (!query.trim()) return {}
  try {
    return { preview: await topics.preview(query, signal) }
  } catch (error) {
    if (error instanceof UserError) return { error }
    throw error
  }
}

/** The form; `checked` is what is known of the typed query. page.js asks for it again while typing. */
export function topicForm(typed: Typed, checked: Checked = {}): Html {
  const at = typed.id ?? 'new'
  return html`<form class="topic" method="post" action="/topics" data-preview>
    ${typed.id ? html`<input type="hidden" name="id" value="${typed.id}">` : ''}
    <label for="name-${at}">Name</label><input id="name-${at}" name="name" required maxlength="200" value="${typed.name}" autocomplete="off">
    <label for="query-${at}">Query</label><textarea id="query-${at}" name="query" rows="3" required maxlength="4000" spellcheck="false" autocapitalize="off" aria-describedby="query-help-${at}">${typed.query}</textarea>
    <p class="quiet" id="query-help-${at}">Words and “phrases” with AND, OR, NOT and parentheses; <code>-word</code>, <code>prefix*</code>, <code>#tag</code>, <code>@name</code>, <code>from:</code>, <code>lang:en</code>, <code>source:bluesky</code>. A word matches itself, not its forms: write <code>negotiat*</code>.</p>
    <div class="preview" aria-live="polite">${previewOf(typed.query, checked)}</div>
    <label for="targets-${at}">Targets <span class="quiet">(one per line, up to four)</span></label><textarea id="targets-${at}" name="targets" rows="3" aria-describedby="targets-help-${at}">${typed.targets}</textarea>
    <p class="quiet" id="targets-help-${at}">Statements or things people can be for or against: “a ceasefire now”. Stance is measured towards each.</p>
    <p class="buttons"><button class="main">${typed.id ? 'Save' : 'Make the topic'}</button>
    <button formmethod="get" formaction="/new" formnovalidate>Preview</button></p></form>`
}

function previewOf(query: string, { preview, error }: Checked): Html {
  if (error) return mistake(query, error)
  if (!preview) return html``
  const { matched, scanned, kept, estimate, sample } = preview
  const looked =
    scanned < kept
      ? `about ${count(Math.round(estimate))} of ${count(kept)} kept posts (${count(scanned)} looked at)`
      : `${count(matched)} of ${plural(kept, 'kept post')}`
  return html`<p><strong>Would match ${looked}.</strong></p>
    ${sample.length ? html`<ul class="samples">${sample.slice(0, 5).map(({ text, source, at }) => html`<li><span dir="auto">${cut(text)}</span> <span class="quiet">${sourceName(source)}, ${momentOf(at)}</span></li>`)}</ul>` : ''}`
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

/** The page for making a topic; also what a preview without script shows. */
export function formPage(typed: Typed, checked: Checked): Html {
  const title = typed.id ? html`Change “${typed.name}”` : 'New topic'
  return html`<h1>${title}</h1>
    <p class="lead">Say what to watch. Its history is read at once from the posts that are still kept; new posts follow as they come in.</p>
    ${topicForm(typed, checked)}`
}
