// What of a paragraph may stand elsewhere: on other people's pages, in their readers and their files. The one place that
// says so, for boxes, cards, feeds and webhooks. A sentence that quotes a post whose source forbids it is left out, and in
// a difference says that it may not be shown. Fails closed: a quoted post that is not found is not shown.
import type { Questions } from '../answers.ts'
import type { EditionChange, Perspective, Refusal, Sentence, ToldEdition } from '../conclusions.ts'
import { idsOnly } from '../terms.ts'

export const notHere = '[A quotation that may not be shown here.]'

const nothing: Refusal = {
  reason: 'nothing that may be shown here',
  missing: 'The evidence page has what there is.',
}

/** Of the posts that these paragraphs of a topic quote, those that may not be quoted elsewhere. One question for all. */
export async function withheldOf(
  ask: Pick<Questions, 'places'>,
  topic: string,
  paragraphs: Perspective[],
): Promise<Set<string>> {
  const quoted = paragraphs.flatMap(({ claims }) => claims.flatMap(({ quotes }) => quotes.map(({ post }) => post)))
  const ids = new Set(quoted)
  const places = ids.size ? await ask.places(topic, [...ids]) : []
  // An id may be of two sources: then both must allow it.
  const forbidden = places.flatMap(({ id, source }) => (idsOnly.has(source.toLowerCase()) ? [id] : []))
  for (const { id } of places) ids.delete(id)
  return ids.union(new Set(forbidden))
}

/** The paragraph as it may stand elsewhere, without the sentences and the claims that quote one of `posts`. */
export function elsewhere(told: Perspective, posts: Set<string>): Perspective {
  const hidden = hiddenIn(told, posts)
  if (!hidden.size) return told
  const isShown = ({ claims }: Sentence) => !claims.some((id) => hidden.has(id))
  const sentences = told.sentences.filter(isShown)
  const text = sentences.map((sentence) => sentence.text).join(' ')
  const takeaway = text && told.takeaway && isShown(told.takeaway) ? told.takeaway : null
  const claims = told.claims.filter(({ id }) => !hidden.has(id))
  return { ...told, text, sentences, claims, takeaway, refusal: told.refusal ?? (text ? null : nothing) }
}

/** Ids of the claims that quote one of these posts. */
function hiddenIn({ claims }: Perspective, posts: Set<string>): Set<string> {
  return new Set(claims.flatMap(({ id, quotes }) => (quotes.some(({ post }) => posts.has(post)) ? [id] : [])))
}

/** The same for editions, newest first. A difference quotes the edition before as well: the oldest is there for that. */
export function editionsElsewhere(editions: ToldEdition[], posts: Set<string>): ToldEdition[] {
  const hidden = editions.map(({ told }) => sentencesWith(told, hiddenIn(told, posts)))
  return editions.map((edition, nr) => {
    const own = new Set([...hidden[nr]!, ...(hidden[nr + 1] ?? [])])
    const told = elsewhere(edition.told, posts)
    return { ...edition, told, change: edition.change && changeElsewhere(edition.change, own) }
  })
}

const sentencesWith = ({ sentences }: Perspective, hidden: Set<string>): string[] =>
  sentences.flatMap(({ text, claims }) => (claims.some((id) => hidden.has(id)) ? [text] : []))

/** A sentence that was shown neither before nor after did not change there. */
function changeElsewhere(change: EditionChange, hidden: Set<string>): EditionChange {
  const show = (text: string) => (hidden.has(text) ? notHere : text)
  const changed = change.changed.map(({ before, after }) => ({ before: show(before), after: show(after) }))
  return {
    ...change,
    added: change.added.map(show),
    removed: change.removed.map(show),
    changed: changed.filter(({ before, after }) => before !== after),
  }
}

type Editions = (topic: string, limit: number) => Promise<ToldEdition[]>

/** Editions as they may be told elsewhere. */
export function passOn(ask: Pick<Questions, 'places'>, editions: Editions): Editions {
  return async (topic, limit) => {
    const kept = await editions(topic, limit + 1)
    const posts = await withheldOf(
      ask,
      topic,
      kept.map(({ told }) => told),
    )
    return editionsElsewhere(kept, posts).slice(0, limit)
  }
}
