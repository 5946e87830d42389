// How pages write numbers, times, names and states. Pure; everything it returns is text, escaped where it is used.
// A share is never written without its interval here, and a missing one says why instead of showing zero.
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Status } from '../given.ts'
import { count, momentOf, sourceName } from '../phrasing.ts'
import type { DropReason, SkipReason, SourceStatus, Topic } from '../types.ts'

export {
  byOthers,
  capital,
  clockOf,
  count,
  dayOf,
  feeling,
  measureName,
  missedIn,
  momentOf,
  percent,
  plural,
  shareOf,
  side,
  sourceName,
  spanOf,
} from '../phrasing.ts'

/** Escaped markup. Only `hono/html` templates make it. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** A moment as a machine and a person read it. */
export const time = (at: string): Html => html`<time datetime="${at}">${momentOf(at)}</time>`

const language = new Intl.DisplayNames(['en'], { type: 'language' })
/** "Ukrainian" for "uk"; hostile tags stay as they are. */
export function languageName(tag: string): string {
  if (!tag || tag === 'und') return 'unknown language'
  try {
    return language.of(tag) ?? tag
  } catch {
    return tag
  }
}

/** What a drop means, for the status page and docs/metrics.md. */
export const dropWords: Record<DropReason, string> = {
  malformed: 'could not be read: not JSON, not an object, or not a frame',
  unknown_op: 'an operation that is none of create, update, delete, withdraw, restore',
  unknown_kind: 'a kind of event this version does not know',
  bad_id: 'no id, or one longer than 2,048 characters',
  bad_text: 'no text, or one longer than 100,000 characters',
  bad_author: 'an author that is no name, or none where one is needed',
  bad_time: 'a time that is none, or lies more than a day in the future',
  bad_revision: 'a revision that cannot be ordered',
  bad_field: 'another field has the wrong type',
  deleted: 'a post that was deleted before: it does not come back',
  withdrawn: 'a post of an account that left: it does not come back',
  stale: 'an older version of a post that was edited since',
  unwilling: 'a post whose author asks not to be indexed',
}
export const skipWords: Record<SkipReason, string> = {
  language: 'in a language the model does not read',
  empty: 'without readable text',
  model_failed: 'that the model failed on',
}

/** Every source a person may expect to see, the one that is off included. */
export function sourcesOf(status: Status): SourceStatus[] {
  const gone = ({ name, state }: SourceStatus) => name === 'sample' && state === 'finished' && !status.sample
  const there = status.sources.filter((source) => !gone(source))
  if (there.some(({ name }) => name === 'bluesky')) return there
  const detail = 'Started with --offline, or switched off in undercurrent.yaml.'
  const nothing = { latest: null, received: 0, drops: {}, gaps: 0 }
  return [...there, { name: 'bluesky', state: 'off', detail, ...nothing }]
}

/** Whether silence of it means that posts are missing: likes and articles are none, and the sample is over at once. */
export const bringsPosts = ({ name }: Pick<SourceStatus, 'name'>): boolean =>
  !['sample', 'feeds'].includes(name) && !beside.test(name)

/** What is read beside the streams: it has no posts of its own. */
const beside = /^(?:bluesky-counts|x-deletes|mastodon-looks:.*)$/s

/** Why a topic has no posts yet, in one honest sentence. */
export function whyNone(topic: Topic, status: Status): string {
  const history = status.histories.find((one) => one.topic === topic.id && one.version === topic.version)
  if (history) return `Reading its history: ${count(history.done)} of ${count(history.total)} kept changes.`
  if (status.lag > 0) return `No posts yet: ${count(status.lag)} changes are still to be read.`
  const live = sourcesOf(status).filter(bringsPosts)
  const off = live.filter(({ state }) => state === 'off' || state === 'failed')
  const told = (off.length === live.length ? off : live).map(({ name, state }) => `${sourceName(name)} is ${state}`)
  return `No posts yet: ${told.join(', ')}.`
}
