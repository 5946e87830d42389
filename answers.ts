// Right of the log: the Store seam, the questions it answers, the conclusions drawn from the answers, and what the
// dashboards are given. The second half of types.ts, split off for length; imports nothing else, holds no behaviour.
import type {
  AccountChange,
  CountsChange,
  DeleteChange,
  DisplayChange,
  DropReason,
  GapChange,
  LogStatus,
  Position,
  Score,
  SkipReason,
  SourceStatus,
  Topic,
  TopicDefinition,
  Version,
} from './types.ts'

/** What a slice told about one post, whatever topics it matches now. */
export interface Seen {
  source: string
  id: string
  version: Version
  op: 'create' | 'update'
}

/** The topic versions a reader decides about; rows of other versions are not its business. */
export interface TopicRef {
  topic: string
  version: number
}

export interface Addition {
  scores: Score[]
  /** Every post of the slice in its latest version: where no score says so, it left the topics in `scope`. */
  seen: Seen[]
  scope: TopicRef[]
}

export interface Added {
  added: number
  dropped: Partial<Record<DropReason, number>>
}

/**
 * Rows keyed by (topic, topic version, source, post, model), the higher post version wins. All writes are idempotent
 * and may repeat after a crash. Every question reads deduplicated live rows only.
 */
export interface Store {
  add(addition: Addition): Promise<Added>
  /** Deletes and withdrawals, in order. Tombstones first, then the rows: nothing later brings them back. */
  forget(changes: (DeleteChange | AccountChange)[]): Promise<void>
  /** Counts, display wishes, gaps. */
  note(changes: (CountsChange | DisplayChange | GapChange)[]): Promise<void>
  /** All rows of a topic, or of one version. */
  drop(topic: string, version: number | null): Promise<void>
  /** Ids of a source's live posts in any topic at or after `since`, newest first: what the refresh of counts asks about. */
  recent(source: string, since: string, limit: number): Promise<string[]>
  readonly ask: Questions
  [Symbol.asyncDispose](): Promise<void>
}

// ---------------------------------------------------------------- questions and answers

export interface Window {
  from: string
  to: string
}
export const views = ['post', 'author', 'cluster', 'engagement'] as const
/** Every post, every author, or every copy-cluster equal; or weight 1 + log(1 + likes + reposts). */
export type View = (typeof views)[number]

export interface Filter {
  topic: TopicRef
  model: string
  window: Window
  source?: string
  lang?: string
  view?: View
}

/** null where fewer than k = 10 authors stand behind it. */
export interface Estimate {
  estimate: number | null
  low: number | null
  high: number | null
}

export interface Summary {
  window: Window
  view: View
  posts: number
  authors: number
  scored: number
  /** Authors of the scored posts: those behind the estimates. */
  scoredAuthors: number
  unscored: Partial<Record<SkipReason, number>>
  model: string
  sentiment: Record<string, Estimate>
  emotion: Record<string, Estimate>
  stance: Record<string, Record<string, Estimate>>
}

/** One step of a series; `gap` when the source was not collected during part of it. */
export interface SeriesPoint extends Estimate {
  at: string
  posts: number
  authors: number
  gap: boolean
}

export interface StoredPost {
  id: string
  source: string
  topic: string
  at: string
  text: string
  lang: string
  likes: number | null
  reposts: number | null
  quotable: boolean
  skipped: SkipReason | null
  sentiment: Record<string, number>
  emotion: Record<string, number>
  irony: number | null
  offensive: number | null
  hate: number | null
  stance: Record<string, Record<string, number>>
  copies: number
  model: string
}

export interface PostsQuery {
  /** `<label>` of any target, or `<target>.<label>`: the most probable label equals it. */
  stance?: string
  sentiment?: string
  emotion?: string
  /** Substring of the text, case folded. */
  q?: string
  sort?: 'newest' | 'liked' | 'typical'
  cursor?: string
  limit?: number
}
export interface PostsPage {
  posts: StoredPost[]
  next: string | null
}

export interface TopicCount extends TopicRef {
  posts: number
  authors: number
  latest: string | null
}

export interface Coverage {
  posts: number
  authors: number
  scored: number
  unscored: Partial<Record<SkipReason, number>>
  bySource: Record<string, { posts: number; authors: number; latest: string }>
  byLang: Record<string, number>
  gaps: { source: string; from: string; to: string; reason: string }[]
}

/** A topic's movement: the last window against the one before it. */
export interface Mover extends TopicRef {
  posts: number
  before: number
  negative: Estimate
  negativeBefore: Estimate
}

/** The questions. One file answers them (store/queries.ts); each is a query over deduplicated live rows. */
export interface Questions {
  counts(): Promise<TopicCount[]>
  summary(filter: Filter): Promise<Summary>
  /** `measure` as in the API: sentiment.negative, emotion.joy, stance.<target>.favor. */
  series(filter: Filter, measure: string, stepMs: number): Promise<SeriesPoint[]>
  posts(filter: Filter, query: PostsQuery): Promise<PostsPage>
  /** 'gone' once deleted; null when never seen. */
  post(id: string): Promise<StoredPost | 'gone' | null>
  coverage(filter: Filter): Promise<Coverage>
  movers(model: string, hours: number): Promise<Mover[]>
  /** Which of these posts are live in this topic version and window, for the gate. */
  live(filter: Filter, ids: string[]): Promise<Set<string>>
}

// ---------------------------------------------------------------- conclusions

export const claimKinds = ['volume', 'prevalence', 'emotion', 'stance', 'change', 'quote'] as const
export type ClaimKind = (typeof claimKinds)[number]

/** One checkable statement. Prose is only ever a rendering of claims. */
export interface Claim extends Estimate {
  id: string
  kind: ClaimKind
  /** As in the API: sentiment.negative, emotion.fear, stance.<target>.favor. */
  measure: string
  /** What it is about within the topic: '' the whole window, or e.g. 'source:bluesky'. */
  scope: string
  /** For kind change: now minus before, with its interval. */
  difference?: Estimate
  /** Number of posts and authors the estimate rests on. */
  posts: number
  authors: number
  /** Live posts that show it, most typical first. */
  evidence: string[]
  quotes: { post: string; text: string }[]
  model: string
}

export interface Refusal {
  reason: string
  missing: string
}

/** A sentence and the claims it renders; never one without a claim. */
export interface Sentence {
  text: string
  claims: string[]
}

/** All claims of one topic and window, most salient first, and what prose may call the topic. */
export interface Ledger {
  topic: Topic
  window: Window
  claims: Claim[]
}

export interface Perspective {
  topic: string
  window: Window
  /** '' exactly when refusal is set. */
  text: string
  refusal: Refusal | null
  sentences: Sentence[]
  claims: Claim[]
  /** What we could not see, from counters. */
  blindSpots: string[]
  manifest: { topicVersion: number; model: string; code: string; posts: number; hash: string }
}

export interface Alert {
  id: string
  topic: string
  measure: string
  at: string
  text: string
}

/** Claims become sentences. What it returns passes the gate (perspectives/check.ts) or is dropped. */
export type Narrate = (ledger: Ledger, signal: AbortSignal) => Promise<Sentence[]>
export type Notify = (alert: Alert, signal: AbortSignal) => Promise<void>

// ---------------------------------------------------------------- what the dashboards are given

export interface TopicPreview {
  matched: number
  /** Posts looked at, of `kept`; when fewer, `estimate` scales up. */
  scanned: number
  kept: number
  estimate: number
  sample: { source: string; id: string; text: string; at: string }[]
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
