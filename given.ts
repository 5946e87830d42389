// What the dashboards are given beside the answers of the store: the topics, a query tried out, the state of everything.
// The last part of types.ts, split off for length; imports nothing else, holds no behaviour.
import type { Batch, DropReason, LogStatus, Position, SourceStatus, Topic, TopicDefinition } from './types.ts'

export interface TopicPreview {
  matched: number
  /** Posts looked at, of `kept`; when fewer, `estimate` scales up. */
  scanned: number
  kept: number
  estimate: number
  /** Drawn at random of those matched that may be shown; the same ones as long as those are. */
  sample: { source: string; id: string; text: string; at: string }[]
  /** Matched posts of those looked at, by the hour up to the latest: no hour left out, at most 48. */
  hours: { at: string; matched: number }[]
}

/** A source that is read by topic, and since when for this one. */
export interface ReadSince {
  source: string
  /** null: not at all. */
  since: string | null
  /** One sentence, without its full stop: why not at all, and what to do; null: it is read. */
  why: string | null
  /** What it is asked for, in its own operators: it may be wider than the query. null: nothing. */
  rule: string | null
  /** Its posts are kept as scores, without their words. */
  wordless: boolean
}

/** A file of posts as a reader sent it. */
export interface SentFile {
  /** Says whether it is CSV. */
  name: string
  bytes: ReadableStream<Uint8Array>
  /** For CSV: our field -> the name of its column. */
  map: Record<string, string>
}

export interface FileReading {
  /** Throws UserError where nothing further can be read; what came before counts. */
  batches: AsyncIterable<Batch>
  /** What became of the lines so far; at most 1,000 refused ones are listed. */
  report(): { accepted: number; rejected: number; errors: { line: number; reason: DropReason; detail: string }[] }
}

/** What a site tells of a story of its own. Hostile text, all of it. */
export interface StoryText {
  headline: string
  summary: string
  tags: string[]
}

/** A story as its invented site would tell it, and how long before the end of the sample. */
export interface SampleStory extends StoryText {
  url: string
  topic: string
  isBroader: boolean
  hoursAgo: number
  /** Of several outlets, about the same. */
  articles: { outlet: string; headline: string; hoursAgo: number }[]
}

/** One term of a proposed query. */
export interface ProposedTerm {
  /** As it stands in the query: a word, a "phrase", a stem with *. */
  term: string
  /** Where it was found; posts: it often stands beside the others in the kept posts. */
  from: 'headline' | 'summary' | 'tag' | 'posts'
  /** Matched posts of the proposal that hold it, and those that only it brings in. */
  posts: number
  adds: number
  /** Of those that hold it, how many were looked at, and how many of these seem to be about something else. */
  looked: number
  stray: number
}

/** How one of our topics fits a story. */
export interface Fit {
  topic: string
  /** Its query matches the story's own words. */
  matches: boolean
  /** Share of the proposal's posts that it has, and share of its own posts that the proposal has; 0..1. */
  covers: number
  focus: number
}

/** What to watch for a story, found by its words and the kept posts. */
export interface Proposal {
  /** The headline, cut between two words. */
  name: string
  /** '' where the story has no word to go by. */
  query: string
  /** Towards what stance may be measured: statements or things, at most two. */
  targets: string[]
  terms: ProposedTerm[]
  /** What the query would match; null where there is none. */
  preview: TopicPreview | null
  /** Topics that have some of its posts, the best first. */
  fits: Fit[]
  /**
   * covered: that topic is about this story. new: the query is worth a topic of its own. parent: too few posts, but that
   * broader topic holds the story. thin: neither; `reason` says what is missing.
   */
  choice:
    | { kind: 'covered' | 'parent'; topic: string }
    | { kind: 'new' }
    | { kind: 'thin'; reason: string; missing: string }
}

/** The topics as every role sees them: made through the log, matched by analyze. */
export interface Topics {
  list(): Topic[]
  get(id: string): Topic | undefined
  /** All known versions of a topic, oldest first. */
  versions(id: string): Topic[]
  /** Resolves once durable. Throws QueryError (with a column) or UserError. */
  put(definition: TopicDefinition, origin?: Topic['origin']): Promise<{ topic: Topic; created: boolean }>
  drop(id: string, version?: number): Promise<boolean>
  preview(query: string, signal: AbortSignal): Promise<TopicPreview>
  /** What to watch for a story. Looks at the kept posts within a time budget; never throws on the story's words. */
  propose(story: StoryText, signal: AbortSignal): Promise<Proposal>
  /** The same for many stories, in order, by one look. */
  proposeAll(stories: StoryText[], signal: AbortSignal): Promise<Proposal[]>
}

export interface Status {
  /** 0: every GET reflects every accepted change. */
  lag: number
  sources: SourceStatus[]
  readers: Record<string, { position: Position; lag: number }>
  log: LogStatus
  drops: Partial<Record<DropReason, number>>
  /** Topic histories being read from the log now. */
  histories: { topic: string; version: number; done: number; total: number }[]
  model: string
  sample: boolean
}
