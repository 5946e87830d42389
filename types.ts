// The nouns and the seams. Read this first; it imports nothing and holds no behaviour. The Store seam and everything
// right of it are in answers.ts, and what dashboards are given beside it in given.ts.
// Times are ISO 8601 UTC strings with milliseconds ("2026-11-22T13:00:00.000Z"); windows are half-open
// [from, to); probabilities and shares are 0..1. A `null` means "the source did not say", never "zero".

// ---------------------------------------------------------------- changes

/** A post as its source tells it: created, or edited. `text` is hostile: never markup, SQL or an instruction. */
export interface PostChange {
  op: 'create' | 'update'
  source: string
  /** Verbatim, as the source names it; unique within the source (a Bluesky post is its at:// URI). */
  id: string
  /** The source's name of the account (a DID, a handle). null: the post counts as an author of its own. */
  author: string | null
  text: string
  /** The time windows use: the stream's, or the time of receipt where the source tells none. */
  at: string
  lang: string | null
  likes: number | null
  reposts: number | null
  replyTo: string | null
  /** The source's own revision (Bluesky `rev`), ordered by `rankOf` in versions.ts; null: order of arrival. */
  revision: string | null
  /** false: the author or the post asks not to be shown (it is counted, never quoted). */
  quotable: boolean
  /** The probability with which the source let us see a post like this, (0, 1); absent: 1. Shares weigh by its inverse. */
  inclusion?: number
}

/** A post is gone. With a revision it voids that revision and every lower one; without, it is final. */
export interface DeleteChange {
  op: 'delete'
  source: string
  id: string
  at: string
  revision: string | null
}

/** An account left (all its posts go, for ever) or came back (it starts anew from `at`). */
export interface AccountChange {
  op: 'withdraw' | 'restore'
  source: string
  author: string
  at: string
}

/** An account asks that its posts be shown, or not be shown, by services like this one. */
export interface DisplayChange {
  op: 'display'
  source: string
  author: string
  quotable: boolean
  at: string
}

/** Fresh like and repost counts of a post. Not a new version of the post. */
export interface CountsChange {
  op: 'counts'
  source: string
  id: string
  likes: number
  reposts: number
  at: string
}

/** A stretch of a source's time that we did not see. Counted and shown, never guessed away. */
export interface GapChange {
  op: 'gap'
  source: string
  from: string
  to: string
  reason: string
}

/**
 * An article of a site's feed: context beside posts, never one of them, so in no share, no volume and no count of authors.
 * A later one of the same id corrects it; one without a headline takes it back. Every word of it is hostile.
 */
export interface ArticleChange {
  op: 'article'
  source: string
  /** Its address: absolute, http or https, without name and password. */
  id: string
  /** The host of its address, without a leading "www.". */
  site: string
  headline: string
  /** Helps to tell which topics it is about; shown nowhere. */
  summary: string
  /** When it appeared, never later than it was received. */
  at: string
}

export const labelMeasures = ['sentiment', 'emotion', 'stance', 'relevance'] as const
export type LabelMeasure = (typeof labelMeasures)[number]

/**
 * What a person says of a post. An audit label is of a post drawn at random and may stand behind estimates; an active
 * one is of a post chosen because it teaches most, and never does. The latest word of a labeller wins.
 */
export interface LabelChange {
  op: 'label'
  source: string
  id: string
  topic: string
  /** For stance: the target in the words that were asked about. null for every other measure. */
  target: Target | null
  measure: LabelMeasure
  /** One label; for emotion any number of them, none included. */
  values: string[]
  labeller: string
  sample: 'audit' | 'active'
  /** Of having been drawn, (0, 1]; null where the draw was not at random. */
  probability: number | null
  at: string
}

/** A topic was made or changed (a higher version), or dropped with all its numbers (all versions, or one). */
export type TopicChange = { op: 'topic'; topic: Topic } | { op: 'topic.drop'; id: string; version: number | null }

/** A setting made at run time, so that every role and every restart sees the same. The latest of a key wins. */
export interface SettingChange {
  op: 'setting'
  key: string
  value: string | null
}

export type Change =
  | PostChange
  | DeleteChange
  | AccountChange
  | DisplayChange
  | CountsChange
  | GapChange
  | LabelChange
  | ArticleChange
  | TopicChange
  | SettingChange

/** Why something from outside was not taken in. A closed list: each reason is a metric label and is in the docs. */
export const dropReasons = [
  'malformed', // not JSON, not an object, not a frame
  'unknown_op', // an operation that is none of ours
  'unknown_kind', // a frame or event kind this version does not know
  'bad_id', // no id, or longer than 2,048 characters
  'bad_text', // no text for a create or update, or longer than 100,000 characters
  'bad_author', // an author that is no string, or missing where the operation needs one
  'bad_time', // `at` is no time, or more than a day in the future
  'bad_revision', // a revision that cannot be ordered (see versions.ts)
  'bad_field', // another field has the wrong type
  'deleted', // a post that was deleted before (the tombstone stays)
  'withdrawn', // a post of an account that was withdrawn
  'stale', // an older version of a post that was edited since
  'unwilling', // a post of somebody who asks services like this one to leave it alone
] as const
export type DropReason = (typeof dropReasons)[number]

/** Why a mention carries no scores. A closed list, shown beside every number. */
export const skipReasons = ['language', 'empty', 'model_failed'] as const
export type SkipReason = (typeof skipReasons)[number]

// ---------------------------------------------------------------- topics

/** A statement ("a ceasefire now") or a thing ("Ukraine's government") towards which stance is measured. */
export interface Target {
  id: string
  text: string
}

export interface TopicDefinition {
  id: string
  name: string
  query: string
  targets: Target[]
  /** Readable without a key when bound beyond loopback. */
  public: boolean
  /** What an alert rule may name many topics by: lower case, at most ten. No part of what is counted. */
  tags: string[]
}

export interface Topic extends TopicDefinition {
  /** 1, 2, ...; grows when the query or the targets change. Each version has numbers of its own. */
  version: number
  /** When this version was made. */
  at: string
  /** Who made it: the configuration file, the bundled sample, a person (API, page, CLI), or a story, which it ends with. */
  origin: 'config' | 'sample' | 'user' | 'story'
}

// ---------------------------------------------------------------- from log to store

/** Position in a log: grows by arrival, comparable between changes of the same post. */
export type Position = number

/** A change as the log gives it back. */
export interface Logged {
  position: Position
  /** When we received it. Retention counts from here. */
  receivedAt: string
  change: Change
}

/** A version of a post: the source's revision where there is one, else the order of arrival. */
export interface Version {
  revision: string | null
  arrival: Position
}

/** A post seen as about a topic version. */
export interface Mention {
  topic: string
  topicVersion: number
  targets: Target[]
  post: PostChange
  version: Version
}

/** A mention with numbers on it: one row of the store. */
export interface Score {
  mention: Mention
  model: string
  /** The language the text was read as (BCP-47), given or identified; '' unknown. */
  lang: string
  skipped: SkipReason | null
  /** Calibrated probabilities by label; empty objects when skipped. */
  sentiment: Record<string, number>
  emotion: Record<string, number>
  irony: number | null
  offensive: number | null
  hate: number | null
  /** By target id, then by label. */
  stance: Record<string, Record<string, number>>
  /** Unit length, for themes and near-copies; null where skipped. */
  embedding: Float32Array | null
  /** Fingerprint shared by copies of one text. */
  copy: string
}

// ---------------------------------------------------------------- seams

/** Changes with the cursor after them. A source's cursor never becomes durable before its changes. */
export interface Batch {
  source: string
  changes: Change[]
  /** null: this source has no cursor to resume by. */
  cursor: string | null
}

export interface SourceStatus {
  name: string
  state: 'connecting' | 'catching up' | 'live' | 'stalled' | 'failed' | 'finished' | 'off'
  /** One sentence for a person: what it is doing, or what to do about it. */
  detail: string
  /** Stream time of the latest change received. */
  latest: string | null
  received: number
  drops: Partial<Record<DropReason, number>>
  gaps: number
}

/**
 * Where posts come from. `read` is called once per run with the durable cursor (null: never ran before) and yields
 * until the source ends or the signal aborts (then it returns, it does not throw). The consumer awaits between
 * batches: a source must not buffer beyond its byte limit meanwhile. Changes may repeat after a crash or a rewind.
 * Transient trouble (network, 5xx) is the source's own to retry; it throws only what a person must mend.
 */
export interface Source {
  readonly name: string
  read(cursor: string | null, signal: AbortSignal): AsyncIterable<Batch>
  status(): SourceStatus
}

/** Some changes in order of position. After `commit` resolves, the reader resumes behind them. */
export interface Slice {
  changes: Logged[]
  commit(): Promise<void>
}

export interface ReadOptions {
  /** Stop behind this position (a bounded reader); absent: follow for ever. */
  until?: Position
  /** At most this many changes in a slice (default 1,000). */
  limit?: number
}

export interface LogStatus {
  /** The last position written; 0 when empty. */
  head: Position
  /** The first position still kept; head + 1 when none is. */
  oldest: Position
  /** Posts and bytes kept now. */
  posts: number
  bytes: number
  /** Receipt time of the oldest kept post. */
  since: string | null
  /** Committed position by reader name. */
  readers: Record<string, Position>
  /** Into how many logs of their own order the changes are spread; it never changes. */
  partitions: number
}

/**
 * Durable, ordered, replayable. Single appends are atomic: all changes of a batch and its cursor, or none.
 * A new reader starts at the oldest kept change. A reader behind retention continues at the oldest kept one.
 * A delete or withdraw also erases the text of what it voids from the log, and what was voided is not kept again.
 * Posts of sources whose terms let nobody keep them leave once `analyze` has committed behind them: others may miss them.
 */
export interface Log {
  /** Resolves once the changes are durable, and their cursor not before them. Returns the last position. */
  append(batch: Batch): Promise<Position>
  cursor(source: string): Promise<string | null>
  /** Ends when the signal aborts or `until` is reached. One consumer per reader name. */
  read(reader: string, signal: AbortSignal, options?: ReadOptions): AsyncIterable<Slice>
  /** Of the processes that share this reader's work, this one does what may be done only once. It may change at any time. */
  leads(reader: string): boolean
  /** Forget a reader that is done. */
  release(reader: string): Promise<void>
  /**
   * Kept live posts in evenly spread blocks over the whole log (a cut scan is still a fair sample), without those that
   * leave once they are scored. No position.
   */
  scan(signal: AbortSignal): AsyncIterable<PostChange[]>
  /**
   * The latest topic changes and settings, with their positions; kept beyond retention. What was dropped or taken back is
   * absent. With a prefix: the settings whose key begins with it alone, at a cost that depends on those alone.
   */
  settings(prefix?: string): Promise<Logged[]>
  status(): Promise<LogStatus>
  [Symbol.asyncDispose](): Promise<void>
}

/** Scores mentions in order, one score each; never throws on text. `batched` and single scores agree. */
export interface Model {
  readonly id: string
  /** Label names, in the order everything shows them. */
  readonly labels: ModelLabels
  score(mentions: Mention[]): Promise<Score[]>
  [Symbol.asyncDispose](): Promise<void>
}

export interface ModelLabels {
  sentiment: string[]
  emotion: string[]
  stance: string[]
  languages: string[]
  /** Standard deviation of (estimated share - true share) over held-out topics, by measure and label; 0..1. */
  modelError: ModelErrors
}
export interface ModelErrors {
  sentiment: ModelError
  emotion: ModelError
  stance: ModelError
}
export interface ModelError {
  share: Record<string, number>
  difference: Record<string, number>
}
