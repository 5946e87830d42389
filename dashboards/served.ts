// What the pages and the API are given: the questions, the topics and a few verbs, and nothing of how they work.
// Also how a request's words become a filter. Never touches log or store by itself.

import type { Alerts } from '../alarms.ts'
import type { Filter, Questions, View, Window } from '../answers.ts'
import type { Campaigns, News, Perspective, Themes, ToldEdition } from '../conclusions.ts'
import type { Dial } from '../dial.ts'
import { UserError } from '../errors.ts'
import type { FileReading, ReadSince, SentFile, Status, Topics } from '../given.ts'
import type { Log, ModelLabels, Topic } from '../types.ts'
import type { Deliveries } from './deliveries.ts'
import type { DemoSite } from './demoSite.ts'
import type { Shelf } from './shelf.ts'
import type { Stories } from './stories.ts'

export interface Given {
  log: Log
  ask: Questions
  topics: Topics
  model: { id: string; labels: ModelLabels }
  status(): Promise<Status>
  removeSample(): Promise<void>
  /** NDJSON, CSV or a Reddit dump, as `undercurrent import` reads it. Throws UserError where it is packed. */
  readFile(file: SentFile): FileReading
  /** The invented sites that the demo shows boxes on; null without the sample. */
  demo(): Promise<DemoSite | null>
  /** The paragraph of a topic in a window; cached until its posts change. `after`: written anew only once this has ended. */
  perspective(topic: Topic, window: Window, signal: AbortSignal, after?: Promise<unknown>): Promise<Perspective>
  /** Near-copies of one text by many accounts. */
  campaigns(topic: Topic, window: Window): Promise<Campaigns>
  /** Which words an interval allows: both bounds inclusive, 0..1. */
  quantifiers: { word: string; low: number; high: number }[]
  /** Moves whenever something was analyzed. */
  stamp(): Promise<string>
  /** Its paragraphs as they were issued, less what was withdrawn since; newest first. */
  editions(topic: string, limit: number): Promise<ToldEdition[]>
  /** Tells of editions as they are kept, until the returned function is called. */
  listen(listener: (news: News) => void): () => void
  /** Registered sites, kept told of editions. */
  hooks: Omit<Deliveries, 'run'>
  /** Rejects an address that we would not call. */
  vet: Dial['vet']
  /** What several people bring up, in words of theirs. */
  themes(topic: Topic, window: Window): Promise<Themes>
  /** The 24 h that end with the topic's latest post; null when it has none. */
  /** Sources that are read by topic, as they would be for a query; throws QueryError. Absent: none. */
  readSince?: (query: string) => ReadSince[]
  defaultWindow(topic: Topic): Promise<Window | null>
  stories: Stories
  alerts: Alerts
  /** Where readers find us from outside; null: where they ask. */
  url: string | null
  /** How long a page waits for a paragraph before it leaves a place for it; absent: less than a reader notices. */
  patienceMs?: number
  note: (event: string, fields: object) => void
  now: () => number
}

/** With what the server makes of it for everybody who asks. */
export interface Served extends Given {
  /** Boxes of topics and stories, as they go out. */
  shelf: Shelf
  /** Names beside loopback and address literals under which we may be asked. */
  hosts: string[]
}

export interface FilterWords {
  from?: string
  to?: string
  version?: number
  source?: string
  lang?: string
  view?: View
  /** Only posts that were here by then: what an alert saw. */
  receivedBy?: string
}

/** The topic, or a 404 that says where to look. */
export function topicOf(served: Given, id: string): Topic {
  const topic = served.topics.get(id)
  if (topic) return topic
  throw new UserError(`there is no topic "${id}"`, 'GET /v1/topics lists them; POST /v1/topics makes one.', 404)
}

/** The topic in the version a filter asks about. */
export function topicIn({ topics }: Given, { topic }: Pick<Filter, 'topic'>): Topic {
  return topics.versions(topic.topic).find((one) => one.version === topic.version)!
}

/** A filter from a request's words. Absent times: the 24 h that end with the topic's latest post. */
export async function filterOf(served: Given, id: string, words: FilterWords): Promise<Filter> {
  const { version: current } = topicOf(served, id)
  const version = words.version ?? current
  if (!served.topics.versions(id).some((one) => one.version === version)) {
    throw new UserError(`topic "${id}" has no version ${version}`, `GET /v1/topics/${id}/versions lists them.`, 404)
  }
  const { source, lang, view } = words
  const ref = { topic: id, version }
  const topic = topicIn(served, { topic: ref })
  const window = await windowOf(served, topic, words)
  const receivedBy = words.receivedBy && timeOf(words.receivedBy, 'receivedBy')
  return { topic: ref, model: served.model.id, window, source, lang, view, receivedBy, targets: topic.targets }
}

export async function windowOf(served: Given, topic: Topic, { from, to }: FilterWords): Promise<Window> {
  const usual = from && to ? null : await served.defaultWindow(topic)
  const end = to ? timeOf(to, 'to') : (usual?.to ?? new Date(served.now()).toISOString())
  return windowIn({ from: from || new Date(Date.parse(end) - 86_400_000).toISOString(), to: end })
}

export function windowIn(given: Window): Window {
  const [from, to] = [timeOf(given.from, 'from'), timeOf(given.to, 'to')]
  if (from >= to) throw new UserError('the window is empty: from is not before to', 'Give from < to, both ISO 8601.')
  return { from, to }
}

const earliest = Date.UTC(1900, 0, 2)
const latest = Date.UTC(2299, 0, 1)

/** A time without a zone is one of UTC, wherever the server stands. */
export function timeOf(text: string, name: string): string {
  const told = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/.exec(text)
  const [, clock, zone] = told ?? []
  const time = told ? Date.parse(clock && !zone ? `${text}Z` : text) : Number.NaN
  // Years the store cannot hold are no mistake of form: they only mean "from the beginning" or "to the end".
  if (!Number.isNaN(time)) return new Date(Math.min(Math.max(time, earliest), latest)).toISOString()
  throw new UserError(`${name}="${text}" is no time`, 'Write ISO 8601, like 2026-11-22T13:00:00Z.')
}

const stepUnits = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** '1h' -> milliseconds. At most 2,000 steps fit in a window. */
export function stepOf(text: string, { from, to }: Window): number {
  const parts = /^(\d+)([smhd])$/.exec(text)
  const ms = parts ? Number(parts[1]) * stepUnits[parts[2] as keyof typeof stepUnits] : 0
  if (!ms) throw new UserError(`step="${text}" is no step`, 'Write a number and s, m, h or d, like 15m or 1h.')
  if ((Date.parse(to) - Date.parse(from)) / ms > 2_000)
    throw new UserError('too many steps', 'Give a longer step or a shorter window.')
  return ms
}

/** A measure of the API that this topic and model have: sentiment.negative, emotion.joy, stance.<target>.favor. */
export function measureOf(text: string, topic: Topic, labels: ModelLabels): string {
  const known = [
    ...labels.sentiment.map((label) => `sentiment.${label}`),
    ...labels.emotion.map((label) => `emotion.${label}`),
    ...topic.targets.flatMap((target) => labels.stance.map((label) => `stance.${target.id}.${label}`)),
  ]
  if (known.includes(text)) return text
  throw new UserError(`there is no measure "${text}"`, `This topic has ${known.join(', ')}.`)
}
