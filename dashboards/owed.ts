// What a registered site is owed, without a queue: the newest edition, where it is not the one that the site acknowledged
// or no longer reads as it did. Editions in between are never sent, and a crash forgets nothing that the log does not
// know. What is sent is made anew for each try, of what may be told now: no word of a deleted post waits anywhere.
import { createHash } from 'node:crypto'
import type { ToldEdition } from '../conclusions.ts'
import { evidencePath, pagePath } from './boxAt.ts'
import type { Told, Webhook } from './webhooks.ts'

/** A page of a site that shows a topic's paragraph. */
export interface StoryPlace {
  id: string
  url: string
  headline: string
}

/** What is told about: a topic, or a story of it. */
export interface Subject {
  /** Unique for its webhook: the topic's id, or `story:` and the story's. */
  key: string
  topic: string
  story: StoryPlace | null
}

/** What a webhook is told about of one topic. */
export function subjectsOf({ topics, stories }: Webhook, topic: string, places: StoryPlace[]): Subject[] {
  const isWhole = !topics.length && !stories.length
  const own = isWhole || topics.includes(topic) ? [{ key: topic, topic, story: null }] : []
  const told = places.filter(({ id }) => stories.includes(id))
  return [...own, ...told.map((story) => ({ key: `story:${story.id}`, topic, story }))]
}

export type EventType = 'perspective.updated' | 'perspective.withdrawn' | 'story.updated'

/** One thing to tell one site. */
export interface Owed {
  /** Stable: the same webhook, subject, edition and reading always have this id. */
  id: string
  type: EventType
  subject: Subject
  edition: number
  sum: string
  body: string
}

const hash = (parts: unknown[], encoding: 'hex' | 'base64url') =>
  createHash('sha256').update(JSON.stringify(parts)).digest(encoding)

interface Telling {
  webhook: Webhook
  subject: Subject
  told: Told | undefined
}

/** A topic as it may be told now. */
export interface TopicNow {
  /** Absent: nothing was ever issued. */
  newest: ToldEdition | undefined
  places: StoryPlace[]
  /** Where readers find us; null: not told. */
  origin: string | null
}

const shownOf = ({ told: { text, refusal, takeaway }, change }: ToldEdition) => ({
  ...{ text, takeaway: takeaway?.text ?? null, refusal, change },
})

/** One look serves every site. */
const sums = new WeakMap<ToldEdition, string>()
function sumOf(edition: ToldEdition): string {
  const sum = sums.get(edition) ?? hash([shownOf(edition)], 'hex').slice(0, 6)
  sums.set(edition, sum)
  return sum
}

/** Whether anything is owed about a subject. What was issued before the webhook was made is not. */
export function isOwed({ webhook, subject, told }: Telling, newest: ToldEdition | undefined): newest is ToldEdition {
  if (!newest || (!told && newest.at <= webhook.at)) return false
  return told?.edition !== newest.number || told.sum !== sumOf(newest) || told.topic !== subject.topic
}

/** What is owed; null: nothing. */
export function owedOf({ webhook, subject, told }: Telling, { newest, places, origin }: TopicNow): Owed | null {
  if (!isOwed({ webhook, subject, told }, newest)) return null
  const { number, at, withdrawn } = newest
  const sum = sumOf(newest)
  const shown = shownOf(newest)
  const kind = shown.refusal ? 'perspective.withdrawn' : 'perspective.updated'
  const data = {
    topic: subject.topic,
    ...(subject.story ? { story: subject.story } : { stories: places }),
    ...{ edition: number, after: told?.edition ?? null, at, withdrawn, ...shown, urls: urlsOf(subject, origin) },
  }
  return event({ webhook, subject, edition: number, sum }, subject.story ? 'story.updated' : kind, { at, data })
}

/** A topic was dropped, a story ended: what the site shows of it can no longer be kept true. */
export function goodbye({ webhook, subject, told }: Telling & { told: Told }, nowMs: number): Owed {
  const at = new Date(nowMs).toISOString()
  const [reason, missing] = subject.story
    ? ['story ended', 'This story is no longer kept here: take the box off the page.']
    : ['topic dropped', 'This topic is no longer watched: take its box off the page.']
  const shown = { text: '', takeaway: null, refusal: { reason, missing }, change: null }
  const about = subject.story ? { story: { id: subject.story.id } } : { stories: [] }
  const { edition } = told
  const data = { topic: subject.topic, ...about, edition, after: edition, at, withdrawn: 0, ...shown, urls: null }
  const type = subject.story ? 'story.updated' : 'perspective.withdrawn'
  return event({ webhook, subject, edition, sum: 'gone' }, type, { at, data })
}

interface Named {
  webhook: Webhook
  subject: Subject
  edition: number
  sum: string
}

function event(named: Named, type: EventType, { at, data }: { at: string; data: object }): Owed {
  const { webhook, subject, edition, sum } = named
  const id = idOf(webhook.id, subject.key, { edition, sum })
  return { id, type, subject, edition, sum, body: JSON.stringify({ type, timestamp: at, data }) }
}

/** The name of one thing told to one site, the same at every try and after every restart. */
export const idOf = (webhook: string, subject: string, { edition, sum }: Pick<Told, 'edition' | 'sum'>): string =>
  `msg_${hash([webhook, subject, edition, sum], 'base64url').slice(0, 24)}`

/** Where server.url says that readers find us; else paths under the address at which the site reaches us, which it knows. */
function urlsOf({ topic, story }: Subject, origin: string | null) {
  const at = (path: string) => (origin ? new URL(path, origin).href : path)
  const place = { topic: { id: topic }, story }
  return {
    perspective: at(`/v1/topics/${encodeURIComponent(topic)}/perspective`),
    embed: at(pagePath(place)),
    evidence: at(evidencePath(place)),
  }
}
