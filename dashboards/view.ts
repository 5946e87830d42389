// A view is what an address of a topic's page means: topic version, window, step and filters. Every view is a link,
// so it can be shared, reloaded and read without script.
import { type View as Counting, type Filter, type PostsQuery, sorts, views, type Window } from '../answers.ts'
import type { Topic } from '../types.ts'
import { filterOf, type Served, topicIn } from './served.ts'

export const spans = { 6: '6 h', 24: '24 h', 36: '36 h', 168: '7 days', all: 'all' } as const

/** The four ways of counting, as a reader calls them. */
export const viewNames: Record<Counting, string> = {
  post: 'every post the same',
  author: 'every account the same',
  cluster: 'every text once',
  engagement: 'by likes and reposts',
}

export interface View {
  /** The topic in the version that is shown. */
  topic: Topic
  filter: Filter
  window: Window
  /** A key of `spans`, or '' for a window given by from and to. */
  span: string
  asked: PostsQuery
  /** The words of the address, without empty ones. */
  words: Record<string, string>
}

const hourMs = 3_600_000
const steps = [0.25, 1, 2, 3, 6, 24, 168, 720, 8_760].map((hours) => hours * hourMs)
const maxSteps = 60
/** Where posts are too few for that: still this many steps, the thin ones left empty. */
const minSteps = 6
const postsInStep = 40
/** Before any social medium: where "all" starts to look. */
const beginning = '1970-01-01T00:00:00.000Z'

/** The view an address asks for. Throws UserError (404, 400) when there is none. */
export async function viewOf(served: Served, id: string, query: Record<string, string>): Promise<View> {
  const words = Object.fromEntries(Object.entries(query).filter(([, word]) => word !== ''))
  const version = /^\d{1,6}$/.test(words.version ?? '') ? Number(words.version) : undefined
  const { from, to, source, lang, receivedBy } = words
  const view = views.find((name) => name === words.view)
  const filter = await filterOf(served, id, { from, to, source, lang, version, view, receivedBy })
  const topic = topicIn(served, filter)
  const span = from || to ? '' : words.hours && words.hours in spans ? words.hours : '24'
  if (span) filter.window = await spanWindow(served, filter, span)
  return { topic, filter, window: filter.window, span, asked: askedOf(words), words }
}

function askedOf({ sentiment, stance, emotion, q, sort, cursor }: Record<string, string>): PostsQuery {
  const order = sorts.find((one) => one === sort) ?? 'newest'
  return { sentiment, stance, emotion, q: q?.slice(0, 200), sort: order, cursor, limit: 20 }
}

/** The shortest step that shows shape: at most 60 in a window, with enough posts in each to tell a share. */
export function stepFor({ from, to }: Window, posts = Number.POSITIVE_INFINITY): number {
  const length = Date.parse(to) - Date.parse(from)
  const few = steps.filter((step) => length / step <= maxSteps)
  const enough = few.filter((step) => length / step >= minSteps)
  return enough.find((step) => (posts * step) / length >= postsInStep) ?? enough.at(-1) ?? few[0] ?? steps.at(-1)!
}

async function spanWindow(served: Served, filter: Filter, span: string): Promise<Window> {
  const { to } = filter.window
  if (span !== 'all') return { from: new Date(Date.parse(to) - Number(span) * hourMs).toISOString(), to }
  // Two looks find the first post: one over everything in months, one over the first month in hours.
  const month = await firstOf(served, { ...filter, window: { from: beginning, to } }, 720 * hourMs)
  if (!month) return filter.window
  const end = new Date(Math.min(Date.parse(month) + 720 * hourMs, Date.parse(to))).toISOString()
  const hour = await firstOf(served, { ...filter, window: { from: month, to: end } }, hourMs)
  return { from: hour ?? month, to }
}

async function firstOf({ ask }: Served, filter: Filter, stepMs: number): Promise<string | null> {
  const points = await ask.series(filter, 'sentiment.negative', stepMs)
  return points.find(({ posts }) => posts > 0)?.at ?? null
}

/** The address of a topic's page with some words changed (undefined takes one away). */
export function hrefOf(view: View, changed: Record<string, string | undefined> = {}, anchor = ''): string {
  const words = Object.entries({ ...view.words, ...changed }).filter(([, word]) => word)
  const query = new URLSearchParams(words as [string, string][]).toString()
  return `${topicHref(view.topic.id)}${query ? `?${query}` : ''}${anchor}`
}

export const topicHref = (id: string): string => `/topics/${encodeURIComponent(id)}`
export const postHref = (id: string): string => `/posts/${encodeURIComponent(id)}`
