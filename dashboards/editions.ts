// Earlier editions of a topic's paragraph: as JSON for the API, and as a section of its page. Words only about what
// changed and why; the paragraphs themselves come as they may be told now, less what was withdrawn.
import { html } from 'hono/html'
import type { Cause, EditionChange, ToldEdition } from '../conclusions.ts'
import type { Served } from './served.ts'
import type { View } from './view.ts'
import { capital, type Html, measureName, percent, plural, spanOf, time } from './words.ts'

/** An edition as the API tells it. */
export function editionOf({ number, at, told, withdrawn, change }: ToldEdition) {
  const { window, text, refusal, sentences, manifest } = told
  return { number, at, window, text, refusal, sentences, manifest, withdrawn, change }
}

/** On the page: the newest one is the paragraph above, or will be within seconds. */
const shownEditions = 8

const causes: Record<Cause, string> = {
  'the world': 'the posts (new, edited or deleted ones)',
  'the query': 'the query or the targets of the topic',
  'the model': 'the model that reads them',
  'our code': 'the version of undercurrent',
}

/** "What changed: the posts (new, edited or deleted ones)." */
export function causeWords(cause: Cause[]): string {
  if (!cause.length) return 'Neither posts, query, model nor code changed; the wording did.'
  const named = cause.map((one) => causes[one])
  const list = named.length < 2 ? named[0]! : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`
  return `${named.length < 2 ? 'What changed is' : 'What changed are'} ${list}.`
}

/** The section. */
export const earlier = async ({ editions }: Pick<Served, 'editions'>, view: View): Promise<Html> =>
  editionsOf(await editions(view.topic.id, shownEditions), view)

/** Nothing until a first edition is kept. */
export function editionsOf(editions: ToldEdition[], view: Pick<View, 'topic'>): Html {
  if (!editions.length)
    return html`<p class="quiet">None is kept yet. One is as soon as a paragraph reads otherwise than the one before.</p>`
  return html`<p class="quiet">Kept whenever the paragraph reads otherwise. A deleted post leaves them all: what quoted it or rested on it alone is withdrawn.</p>
    ${editions.map((edition) => one(edition, view))}`
}

function one({ number, at, told, withdrawn, change }: ToldEdition, view: Pick<View, 'topic'>): Html {
  const lost = withdrawn ? `; ${plural(withdrawn, 'sentence')} withdrawn since` : ''
  return html`<details class="edition" id="edition-${number}"><summary>Edition ${number}, ${time(at)}: ${inShort(told.refusal !== null, change)}${lost}</summary>
    ${told.refusal ? html`<p><strong>No paragraph: ${told.refusal.reason}.</strong> ${told.refusal.missing}</p>` : html`<p class="prose">${told.text}</p>`}
    ${change ? difference(change, view) : ''}
    <p class="quiet">Posts from ${spanOf(told.window)}; ${plural(told.manifest.posts, 'post')}, query version ${told.manifest.topicVersion}, model ${told.manifest.model}, undercurrent ${told.manifest.code}, hash ${told.manifest.hash}.</p></details>`
}

function inShort(isRefusal: boolean, change: EditionChange | null): string {
  if (isRefusal) return 'no paragraph'
  if (!change) return 'the first that is kept'
  const parts = [
    change.added.length ? `${plural(change.added.length, 'sentence')} new` : '',
    change.removed.length ? `${plural(change.removed.length, 'sentence')} gone` : '',
    change.changed.length ? `${plural(change.changed.length, 'sentence')} changed` : '',
  ].filter(Boolean)
  return parts.join(', ') || 'reads the same'
}

function difference({ cause, added, removed, changed, moved }: EditionChange, { topic }: Pick<View, 'topic'>): Html {
  const list = (title: string, entries: (string | Html)[]) =>
    entries.length ? html`<p>${title}</p><ul>${entries.map((entry) => html`<li>${entry}</li>`)}</ul>` : ''
  return html`<div class="difference"><p>${causeWords(cause)}</p>
    ${list(
      'Shares that moved:',
      moved.map(
        (share) =>
          `${capital(measureName(share.measure, topic))}${share.scope ? ` (${share.scope})` : ''}: ${percent(share.before)} before, ${percent(share.after)} then`,
      ),
    )}
    ${list('New:', added)}${list('Gone:', removed)}
    ${list(
      'Changed:',
      changed.map(({ before, after }) => html`<del>${before}</del> <ins>${after}</ins>`),
    )}</div>`
}
