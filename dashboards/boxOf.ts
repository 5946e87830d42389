// Makes the box of a topic, for itself and its stories: the paragraph as it stands now, what it rests on, and what was
// corrected since it was published before. Knows no language and no markup; leaves out what may not stand on other
// people's pages (elsewhere.ts).
import type { Window } from '../answers.ts'
import type { Claim, Perspective, Sentence, ToldEdition } from '../conclusions.ts'
import type { Topic } from '../types.ts'
import type { Box, BoxClaim, BoxUpdate } from './box.ts'
import { campsOf, movedOf } from './boxSides.ts'
import { editionsElsewhere, elsewhere, withheldOf } from './elsewhere.ts'
import { claimText } from './paragraph.ts'
import { type Given, windowOf } from './served.ts'
import { capital, count, plural, sourceName } from './words.ts'

/** Where a box stands: a topic, or a story beside it. */
export interface Place {
  topic: Topic
  story: (NonNullable<Box['story']> & { isBroader: boolean }) | null
}

/** What the boxes of a topic and of all its stories share, wherever they are asked for. */
export type Core = Omit<Box, 'story' | 'about' | 'evidence' | 'method' | 'page'>

/** Corrections older than this are history: the evidence page has them. */
const newsMs = 24 * 3_600_000

interface Making {
  signal: AbortSignal
  last?: { told: Perspective; core: Core } | undefined
  /** An edition may have been kept since the last time. */
  isNews?: boolean
}

/** What a story page shows now. `told` of the last time saves the questions behind it where nothing moved. */
export async function boxOf(
  served: Given,
  topic: Topic,
  { signal, last, isNews = true }: Making,
): Promise<{ told: Perspective; core: Core }> {
  const window = await windowOf(served, topic, {})
  const told = await served.perspective(topic, window, signal)
  // Nothing was told then that could be wrong by now. (A correction quotes, and what it quotes may be deleted.)
  if (last?.told === told && !isNews && last.core.updated === null) return last
  const editions = await served.editions(topic.id, 2)
  const posts = await withheldOf(served.ask, topic.id, [told, ...editions.map((edition) => edition.told)])
  const updated = updateOf(editionsElsewhere(editions, posts)[0], served.now())
  if (last?.told === told) return { told, core: { ...last.core, updated } }
  const core: Core = {
    topic: { id: topic.id, name: topic.name },
    ...{ updated, note, window: told.window, manifest: told.manifest, blindSpots: told.blindSpots },
    ...(await basisOf(served, topic, window)),
    ...proseOf(elsewhere(told, posts), served.quantifiers),
  }
  return { told, core }
}

/** What stands beside the paragraph, whatever it says. */
async function basisOf({ ask, model }: Given, topic: Topic, window: Window) {
  const filter = { topic: { topic: topic.id, version: topic.version }, model: model.id, window }
  const [{ posts, authors, bySource }, camps] = await Promise.all([ask.coverage(filter), campsOf(ask, filter, topic)])
  return { posts, authors, sources: Object.keys(bySource).map(sourceName), camps }
}

const note = 'Posts by people who post: this is not a poll.'

const isCited = (id: string, sentences: Sentence[]) => sentences.some(({ claims }) => claims.includes(id))

/** The sentences that cite a claim, as one text. */
const sentencesOf = (id: string, sentences: Sentence[]): string =>
  sentences.flatMap(({ text, claims }) => (claims.includes(id) ? [text] : [])).join(' ')

function proseOf({ text, refusal, sentences, takeaway, claims }: Perspective, quantifiers: Given['quantifiers']) {
  const cited = claims.filter(({ id }) => isCited(id, sentences))
  return {
    ...{ text, refusal, sentences },
    takeaway: takeaway?.claims.every((id) => isCited(id, sentences)) ? takeaway : null,
    claims: cited.map((claim) => claimOf(claim, sentencesOf(claim.id, sentences), quantifiers)),
    movement: movedOf(cited),
  }
}

function claimOf(claim: Claim, told: string, quantifiers: Given['quantifiers']): BoxClaim {
  const { id, kind, measure, scope, posts, authors, estimate, low, high } = claim
  return {
    ...{ id, kind, measure, scope },
    text: claimText(claim),
    share: { estimate, low, high },
    posts,
    authors,
    fails: failsWhen(claim, told, quantifiers),
  }
}

/** What would make a claim's sentence fail, as a reader can check it. `told`: the sentences that cite it. */
export function failsWhen(claim: Claim, told: string, quantifiers: Given['quantifiers']): string {
  const { kind, word, fragility, authors, quotes } = claim
  if (kind === 'quote' || fragility === null)
    return quotes.length
      ? 'It is gone as soon as the post it quotes is deleted, edited, or may no longer be shown.'
      : 'It is gone as soon as the posts behind it are.'
  const rule = quantifiers.find((one) => one.word === word && told.toLowerCase().includes(one.word))
  const range = rule ? `“${capital(rule.word)}” is said only while the whole interval ${rangeOf(rule)}. ` : ''
  const who = fragility <= 1 ? 'one well-chosen account' : plural(fragility, 'well-chosen account')
  return `${range}If ${who} of the ${count(authors)} behind it vanished, ${rule ? `“${rule.word}”` : 'its wording'} would no longer hold.`
}

function rangeOf({ low, high }: Given['quantifiers'][number]): string {
  const bound = (share: number) => `${Number((share * 100).toFixed(1))}%`
  if (high >= 1) return `is above ${bound(low)}`
  return low <= 0 ? `is below ${bound(high)}` : `lies between ${bound(low)} and ${bound(high)}`
}

/** The latest correction; null where the paragraph is the first, or its last change is long ago. */
function updateOf(edition: ToldEdition | undefined, now: number): BoxUpdate | null {
  if (!edition?.change || now - Date.parse(edition.at) > newsMs) return null
  const { change, at, told } = edition
  const { added, removed, changed } = change
  if (added.length + removed.length + changed.length === 0) return null
  const counts = { added: added.length, removed: removed.length, changed: changed.length }
  return { at, ...counts, isWithdrawn: told.refusal !== null, lines: linesOf(change) }
}

/** The difference, as it may be told now. */
function linesOf({ added, removed, changed }: NonNullable<ToldEdition['change']>): BoxUpdate['lines'] {
  return [
    ...changed.map(({ before, after }) => ({ before, after })),
    ...removed.map((before) => ({ before, after: null })),
    ...added.map((after) => ({ before: null, after })),
  ]
}
