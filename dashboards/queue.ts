// Which post a labeller is shown next. All there is to know of a labeller stands in the address: name, question, window,
// size of the draw, what was skipped and what was answered a moment ago, which the store may not know yet. The draw comes
// in its order of chance; between it, now and then, a post that was chosen. Never tells which of the two a post is.
import { createHash } from 'node:crypto'
import type { DrawQuestion, Filter, LabelQuestion, StoredPost } from '../answers.ts'
import { UserError } from '../errors.ts'
import type { Topic } from '../types.ts'
import { seedOf } from './labels.ts'
import { filterOf, type Served, topicIn } from './served.ts'
import { topicHref } from './view.ts'

/** A chosen post after so many drawn ones. */
const every = 5
const usualSize = 100
const mostSize = 1_000
/** Answers that the address remembers, until they can be read back. */
const mostDone = 30

export interface Sitting {
  topic: Topic
  filter: Filter
  /** '' before it is told. */
  labeller: string
  /** As in the address: sentiment, relevance or stance.TARGET. */
  asked: string
  question: LabelQuestion
  size: number
  skipped: string[]
  done: string[]
  /** The place of the post that was answered last, and of the one that is shown again. */
  last: string
  again: string
  /** Words that only say how the page looks. */
  show: string
  keys: string
}

export type Words = Record<string, string | undefined>

/** The sitting an address means. Throws UserError (400, 404) where there is none. */
export async function sittingOf(served: Served, id: string, words: Words): Promise<Sitting> {
  const filter = await filterOf(served, id, { from: words.from || undefined, to: words.to || undefined })
  const topic = topicIn(served, filter)
  const asked = words.question || questionsOf(topic)[0]!
  const labeller = (words.labeller ?? '').trim()
  if (labeller.length > 64 || /\p{C}/u.test(labeller))
    throw new UserError('this is no name for a labeller', 'Give one of up to 64 letters.')
  const size = Number(words.size || usualSize)
  if (!(Number.isInteger(size) && size >= 1 && size <= mostSize))
    throw new UserError(`size=${words.size} is no number of posts`, 'Draw 50 to 1,000 posts.')
  const list = (text = '') => text.split('.').filter(Boolean)
  const { last = '', again = '', show = '', keys = '' } = words
  const known = { topic, filter, labeller, asked, question: questionOf(topic, asked), size }
  return { ...known, skipped: list(words.skipped), done: list(words.done), last, again, show, keys }
}

/** What can be asked about a topic's posts. */
export const questionsOf = ({ targets }: Topic): string[] => [
  ...targets.map(({ id }) => `stance.${id}`),
  'sentiment',
  'relevance',
]

/** A question as a choice. */
export function questionName(asked: string, { targets }: Topic): string {
  if (asked === 'sentiment') return 'Tone of the post'
  if (asked === 'relevance') return 'Whether it is about the topic'
  return `For or against “${targets.find(({ id }) => `stance.${id}` === asked)!.text}”`
}

function questionOf(topic: Topic, asked: string): LabelQuestion {
  if (!questionsOf(topic).includes(asked))
    throw new UserError(`there is no question "${asked}"`, `Ask ${questionsOf(topic).join(', ')}.`)
  if (asked === 'sentiment' || asked === 'relevance') return { measure: asked, target: null }
  return { measure: 'stance', target: topic.targets.find(({ id }) => `stance.${id}` === asked)! }
}

/** All words of a sitting; of those changed, undefined takes one away. */
export function wordsOf(sitting: Sitting, changed: Words = {}): [string, string][] {
  const { labeller, asked, filter, size, skipped, done, last, again, show, keys } = sitting
  const { from, to } = filter.window
  const lists = { skipped: skipped.join('.'), done: done.join('.') }
  const words = { labeller, question: asked, from, to, size: String(size), ...lists, last, again, show, keys }
  return Object.entries({ ...words, ...changed }).flatMap(([name, word]) => (word ? [[name, word]] : []))
}

export const labelsHref = (id: string, words: [string, string][], anchor = ''): string =>
  `${topicHref(id)}/labels?${new URLSearchParams(words)}${anchor}`
export const hereHref = (sitting: Sitting, changed: Words = {}, anchor = ''): string =>
  labelsHref(sitting.topic.id, wordsOf(sitting, changed), anchor)

/** Source and id as one word that no form changes on its way. */
export const placeOf = ({ source, id }: Pick<StoredPost, 'source' | 'id'>): string =>
  `${encodeURIComponent(source)}/${encodeURIComponent(id)}`
export function readPlace(place: string): { source: string; id: string } {
  const [source = '', id = ''] = place.split('/')
  try {
    return { source: decodeURIComponent(source), id: decodeURIComponent(id) }
  } catch {
    throw new UserError('this names no post', 'Go back to the topic and begin again.')
  }
}
/** Short enough for an address that holds hundreds. */
const keyOf = (place: string) => createHash('sha256').update(place).digest('base64url').slice(0, 8)

/** The sitting once a post was answered, or skipped: then it comes again after all others. */
export function after(sitting: Sitting, place: string, act: 'answered' | 'skipped'): Sitting {
  const key = keyOf(place)
  const [skipped, done] = [sitting.skipped, sitting.done].map((keys) => keys.filter((one) => one !== key))
  if (act === 'skipped') return { ...sitting, skipped: [...skipped!, key], again: '' }
  return { ...sitting, skipped: skipped!, done: [...done!, key].slice(-mostDone), last: place, again: '' }
}

export const drawQuestion = ({ filter, question, size, labeller }: Sitting): DrawQuestion => ({
  ...question,
  ...{ seed: seedOf(filter), size, labeller },
})

export interface Turn {
  /** null: all are labelled. */
  post: StoredPost | null
  /** It was labelled before, and is to be labelled once more. */
  isAgain: boolean
  /** It was skipped before, and there are no others left. */
  isSkipped: boolean
  done: number
  of: number
}

/** What is to be shown now. */
export async function turnOf({ ask }: Served, sitting: Sitting): Promise<Turn> {
  const question = drawQuestion(sitting)
  const draw = await ask.draw(sitting.filter, question)
  const planned = Math.floor(draw.size / every)
  const extra = planned ? await ask.doubtful(sitting.filter, question, planned) : { labelled: 0, posts: [] }
  const isDone = (post: StoredPost) => sitting.done.includes(keyOf(placeOf(post)))
  const drawn = draw.posts.filter((post) => !isDone(post))
  const answered = draw.size - drawn.length
  const taught = extra.labelled + extra.posts.filter(isDone).length
  const chosen = extra.posts.filter((post) => !isDone(post)).slice(0, Math.max(0, planned - taught))
  const counts = { done: answered + taught, of: draw.size + taught + chosen.length }
  const again = sitting.again ? await postAt(ask, sitting, sitting.again) : undefined
  if (again) return { post: again, isAgain: true, isSkipped: false, ...counts }
  const rank = (post: StoredPost) => sitting.skipped.indexOf(keyOf(placeOf(post)))
  const first = (posts: StoredPost[]) => posts.find((post) => rank(post) < 0)
  const isTurn = answered >= every * (taught + 1)
  const fresh = (isTurn ? first(chosen) : undefined) ?? first(drawn) ?? first(chosen)
  const late = [...drawn, ...chosen].toSorted((a, b) => rank(a) - rank(b))[0]
  return { post: fresh ?? late ?? null, isAgain: false, isSkipped: !fresh && !!late, ...counts }
}

async function postAt(ask: Served['ask'], { filter }: Sitting, place: string): Promise<StoredPost | undefined> {
  const { id } = readPlace(place)
  return (await ask.found(filter, [id])).find((post) => placeOf(post) === place)
}
