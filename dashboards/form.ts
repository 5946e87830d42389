// Making and changing a topic without script: a form, and the way from its words to a definition. Beside it stands the
// preview of its query (preview.ts). A target keeps its id as long as its words stay.
import { html } from 'hono/html'
import { UserError } from '../errors.ts'
import type { Topic, TopicDefinition } from '../types.ts'
import { type Checked, drawnOf, type Marks, marksOf, verdictOf } from './preview.ts'
import type { Served } from './served.ts'
import { topicHref } from './view.ts'
import type { Html } from './words.ts'

/** The words a form begins with. */
export type Words = Record<'name' | 'query' | 'targets', string> & { tags?: string }

/** The words of the form, as they were typed. */
export interface Typed extends Words {
  /** Set when a topic is changed, absent when one is made. */
  id?: string
  marks?: Marks
}

export const typedOf = (words: Record<string, unknown>): Typed => {
  const word = (name: string) => (typeof words[name] === 'string' ? words[name] : '')
  const typed = { name: word('name'), query: word('query'), targets: word('targets'), tags: word('tags') }
  return { id: word('id') || undefined, ...typed, marks: marksOf(words) }
}

/** The form of a topic as it is, with what was typed since in its place. */
export const typedFor = ({ id, name, query, targets, tags }: Topic, words: Record<string, string>): Typed =>
  typedOf({ name, query, targets: targets.map(({ text }) => text).join('\n'), tags: tags.join(', '), ...words, id })

/** What was typed as a definition. Throws UserError on what is missing. */
export function definitionOf(typed: Typed, { topics }: Served): TopicDefinition {
  const name = typed.name.trim()
  if (!name) throw new UserError('the topic has no name', 'Give it a short name, like "Peace talks".')
  if (name.length > 200) throw new UserError('the name is over 200 characters', 'Give it a shorter one.')
  const known = typed.id ? topics.get(typed.id) : undefined
  const lines = typed.targets.split('\n').flatMap((line) => line.trim() || [])
  if (lines.length > 4) throw new UserError('there are more than four targets', 'Keep the four that matter most.')
  const targets = lines.map((text) => ({ id: known?.targets.find((one) => one.text === text)?.id ?? '', text }))
  const tags = (typed.tags ?? '').split(/[,\n]/).flatMap((tag) => tag.trim() || [])
  const id = typed.id ?? freeId(name, topics)
  return { id, name, query: typed.query, targets, public: known?.public ?? false, tags }
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

/** The form; `checked` is what is known of the typed query. page.js asks for it again while typing. */
export function topicForm(typed: Typed, checked: Checked = {}): Html {
  const { id, name, query, targets, tags = '', marks = {} } = typed
  const at = id ?? 'new'
  const address = id ? `${topicHref(id)}/edit` : '/new'
  return html`<form class="topic" method="post" action="/topics" data-preview="${address}">
    <div>${id ? html`<input type="hidden" name="id" value="${id}">` : ''}
    <label for="name-${at}">Name</label><input id="name-${at}" name="name" required maxlength="200" value="${name}" autocomplete="off">
    <label for="query-${at}">Query</label><textarea id="query-${at}" name="query" rows="3" required maxlength="4000" spellcheck="false" autocapitalize="off" aria-describedby="query-help-${at}" ${checked.error ? html`aria-invalid="true" autofocus` : ''}>${query}</textarea>
    <p class="quiet" id="query-help-${at}">Words and “phrases” with AND, OR, NOT and parentheses; <code>-word</code>, <code>prefix*</code>, <code>#tag</code>, <code>@name</code>, <code>from:</code>, <code>lang:en</code>, <code>source:bluesky</code>. A word matches itself, not its forms: write <code>negotiat*</code>.</p>
    ${verdictOf(query, checked)}
    <label for="targets-${at}">Targets <span class="quiet">(one per line, up to four)</span></label><textarea id="targets-${at}" name="targets" rows="3" aria-describedby="targets-help-${at}">${targets}</textarea>
    <p class="quiet" id="targets-help-${at}">Statements or things people can be for or against: “a ceasefire now”. Stance is measured towards each.</p>
    <label for="tags-${at}">Tags <span class="quiet">(with commas between, if any)</span></label><input id="tags-${at}" name="tags" maxlength="500" value="${tags}" autocomplete="off" aria-describedby="tags-help-${at}">
    <p class="quiet" id="tags-help-${at}">What several topics have in common, like “transport”: an <a href="/alerts/rules">alert rule</a> can name them all by it. Tags change no number.</p>
    <p class="buttons"><button class="main">${id ? 'Save' : 'Make the topic'}</button>
    <button formmethod="get" formaction="${address}" formnovalidate>Preview</button></p></div>
    ${drawnOf(checked, marks)}</form>`
}

/** The page for making a topic; also what a preview without script shows. */
export function formPage(typed: Typed, checked: Checked, topic?: Topic): Html {
  const title = topic ? html`Change “${topic.name}”` : 'New topic'
  const lead = topic
    ? html`A changed query or target makes version ${topic.version + 1}: its history fills in at once from the posts that are still kept, and the numbers of version ${topic.version} stay (<a href="${topicHref(topic.id)}/versions">its versions</a>). Another name changes nothing else.`
    : 'Say what to watch. Its history is read at once from the posts that are still kept; new posts follow as they come in.'
  return html`${topic ? html`<p><a href="${topicHref(topic.id)}">${topic.name}</a></p>` : ''}<h1>${title}</h1>
    <p class="lead">${lead}</p>
    ${topicForm(typed, checked)}`
}
