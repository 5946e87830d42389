// Right of the log: the Store seam, the questions it answers and the answers. The second half of types.ts, split off for
// length; imports nothing else, holds no behaviour.
import type { ArticleSeen, Articles, ArticlesAsked } from './articles.ts'
import type {
  OtherModel,
  Remodelling,
  Retold,
  RetoldQuestion,
  Sides,
  SidesQuestion,
  Tallies,
  TallyQuestion,
} from './sides.ts'
import type {
  AccountChange,
  CountsChange,
  DeleteChange,
  DisplayChange,
  DropReason,
  GapChange,
  LabelChange,
  LabelMeasure,
  Score,
  SkipReason,
  Target,
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
  received?: string // when its rows count as received; absent: now
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
  /** Counts, display wishes, gaps; labels of posts that are live in their topic. */
  note(changes: (CountsChange | DisplayChange | GapChange | LabelChange)[]): Promise<void>
  /** Articles of feeds with the topics they are about, beside the posts. The latest word about an article is true of it. */
  addArticles(seen: ArticleSeen[]): Promise<void>
  /** All rows of a topic, or of one version. */
  drop(topic: string, version: number | null): Promise<void>
  /** Ids of a source's live posts in any topic at or after `since`, newest first: what the refresh of counts asks about. */
  recent(source: string, since: string, limit: number): Promise<string[]>
  /** Keeps a paragraph; idempotent, one per topic and time. Too many or too old ones of its topic go. */
  keep(edition: Edition): Promise<void>
  readonly ask: Questions
  /** The same questions for what nobody waits for: they never stand in the way of `ask`. */
  readonly askLater: Questions
  [Symbol.asyncDispose](): Promise<void>
}

// ---------------------------------------------------------------- questions and answers

export type Window = { from: string; to: string }
export const views = ['post', 'author', 'cluster', 'engagement'] as const
/** Every post, every author, or every copy-cluster equal; or weight 1 + log(1 + likes + reposts). */
export type View = (typeof views)[number]

export interface Filter {
  topic: TopicRef
  model: string
  window: Window
  source?: string
  lang?: string
  /** Only posts that the model puts on this side of a target rather than on any other. */
  camp?: { target: string; label: string }
  view?: View
  /** Only posts that were here by then, as they read now: what an alert saw, less what was deleted or edited since. */
  receivedBy?: string
  /** The topic's targets: a label about other words does not count for their id. Absent: the id alone decides. */
  targets?: Target[]
}

/** null where fewer than k = 10 authors stand behind it. */
export interface Estimate {
  estimate: number | null
  low: number | null
  high: number | null
  /** Audit labels by people that stand behind it in the place of the model-error term; absent: none do. */
  labels?: number
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

/** Shares that audit labels by people stand behind; empty where none do. */
export type Audited = Pick<Summary, 'sentiment' | 'emotion' | 'stance'>

/** What people are asked about a post. */
export interface LabelQuestion {
  measure: LabelMeasure
  /** For stance: in the words that are asked about. */
  target: Target | null
}

/** An audit draw: the first `size` scored posts of a window in an order of chance that the seed alone decides. */
export interface DrawQuestion extends LabelQuestion {
  seed: string
  size: number
  /** Whose labels are looked for; absent: nobody's. */
  labeller?: string
}
export interface Draw {
  /** Scored posts of the window, from which it was drawn. */
  of: number
  /** Drawn: as many as asked for, or all there are. */
  size: number
  /** Of each post to be drawn: size / of. */
  probability: number
  /** Those that the labeller has yet to label. */
  posts: StoredPost[]
}

/** Posts of a window whose labels would teach most. Chosen, not drawn: what is said of them stands behind no estimate. */
export interface Doubtful {
  /** Of those labelled beyond the draw and not among `posts`, how many by this labeller. */
  labelled: number
  /** Outside the draw and not labelled yet: in turns those the model is least sure of and those that weigh most. */
  posts: StoredPost[]
}

/** A scored post that people labelled, with what each of them said last. */
export interface Judged {
  /** Hash of its author. */
  author: string
  /** By label, what the model says; empty for relevance. */
  scores: Record<string, number>
  /** Of having been drawn; null: the post was chosen. */
  probability: number | null
  said: { labeller: string; value: string }[]
}

/** Whether a share is above one half, as audit labels have it by now, and how many of them it takes to tell. */
export interface Prospect extends Estimate {
  /** null where the interval holds one half. */
  answer: 'yes' | 'no' | null
  /** Audit labels in all that would tell in four of five cases; null: more than the window has posts. */
  needed: number | null
}
export interface Outlook {
  /** Scored posts of the window. */
  of: number
  /** By label: is it most of the posts? */
  most: Record<string, Prospect>
  /** (1 + the first side's share - the second's) / 2: above one half where the first side is the larger. */
  ahead: Prospect | null
}

/** One step of a series; `gap` when the source was not collected during part of it. */
export interface SeriesPoint extends Estimate {
  at: string
  /** Seen. */
  posts: number
  /** What those stand for: more where a source is read in part. */
  volume: number
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

/** A live post with what only perspectives need: who speaks (no name), what is a copy of what, what is near what. */
export interface ScoredPost extends StoredPost {
  /** Hash of its author, or of the post where it has none: tells voices apart, names nobody. */
  author: string
  /** Fingerprint that copies of one text share. */
  copy: string
  /** The probability with which the source let us see it. */
  inclusion: number
  /** The encoder's embedding, unit length times 127, rounded; null where skipped or not kept. */
  embedding: Int8Array | null
}

/** `print` differs whenever an answer may; and what need not be asked: how many labels of the topic, gaps of the window. */
export interface Fingerprint {
  print: string
  labels: number
  gaps: number
}

/** Newest first; most liked; nearest to the mean of what was asked for; most surely what was asked for. */
export const sorts = ['newest', 'liked', 'typical', 'certain'] as const

export interface PostsQuery {
  /** `<label>` of any target, or `<target>.<label>`: the most probable label equals it. */
  stance?: string
  sentiment?: string
  emotion?: string
  /** Substring of the text, case folded. */
  q?: string
  sort?: (typeof sorts)[number]
  cursor?: string
  limit?: number
}
export type PostsPage = { posts: StoredPost[]; next: string | null }

/** What a share or a column is of: a label of a head, for stance towards a target. */
export interface Share {
  kind: 'sentiment' | 'emotion' | 'stance'
  target: string | null
  label: string
}
export interface ExportColumn extends Share {
  /** Letters, digits, - and _. */
  name: string
}
/** A post as a row of a file. `author` is a number that means something in this file only. */
export type ExportedPost = Record<string, string | number | null>

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
  /** `volume`: what its posts stand for; more than `posts` where the source is read in part. */
  bySource: Record<string, { posts: number; volume: number; authors: number; latest: string }>
  byLang: Record<string, number>
  gaps: { source: string; from: string; to: string; reason: string }[]
  otherModels: OtherModel[]
}

/** A topic version, when its last step ends (absent: just after its latest post), and ids of targets to tell of. */
export interface PulseAsked {
  topic: TopicRef
  to?: string
  targets: string[]
}
/** Equal steps, and the labels whose shares are told. */
export type PulseQuestion = { model: string; stepMs: number; steps: number } & Record<'sentiment' | 'stance', string[]>
/** A topic in equal steps, the last step first. Shares by measure; by the model alone, every post the same. */
export interface Pulse extends TopicRef {
  to: string
  steps: PulseStep[]
}
export type PulseStep = Pick<SeriesPoint, 'posts' | 'volume' | 'authors' | 'gap'> & { shares: Record<string, Estimate> }
/** `print` differs whenever an answer about the topic version may, and now and then without need. */
export type TopicPrint = TopicRef & { print: string; labels: number }

/** What a console statement may cost. */
export interface TableLimits {
  seconds: number
  /** Of memory. */
  bytes: number
  rows: number
}
/** The answer to a console statement. */
export interface Table {
  columns: { name: string; type: string }[]
  /** Numbers beyond 2^53 are texts; times are ISO 8601. */
  rows: unknown[][]
  /** There are more rows than `limit`. */
  cut: boolean
  limit: number
  elapsedMs: number
}

/** The questions. One file answers them (store/queries.ts); each is a query over deduplicated live rows. */
export interface Questions {
  counts(): Promise<TopicCount[]>
  /** When the newest live post of a topic version was posted; null without one. */
  latest(topic: Filter['topic']): Promise<string | null>
  /** `kinds`: only these shares; the others are left empty, which is quicker. */
  summary(filter: Filter, kinds?: Share['kind'][]): Promise<Summary>
  /** `measure` as in the API: sentiment.negative, emotion.joy, stance.<target>.favor. */
  series(filter: Filter, measure: string, stepMs: number): Promise<SeriesPoint[]>
  posts(filter: Filter, query: PostsQuery): Promise<PostsPage>
  /** 'gone' once deleted; null when never seen. */
  post(id: string): Promise<StoredPost | 'gone' | null>
  coverage(filter: Filter): Promise<Coverage>
  /** Posts of the window that others have read, but not the filter's model. No part of the fingerprint. */
  otherModels(filter: Filter): Promise<OtherModel[]>
  remodelled: Remodelling
  /** What sites wrote about it in a window, counted apart from every post. */
  articles(asked: ArticlesAsked): Promise<Articles>
  /** Stretches of the window that were not collected. */
  gaps(filter: Filter): Promise<Coverage['gaps']>
  /** Many topics at once, one version of each; those without a post are left out. */
  pulses(asked: PulseAsked[], question: PulseQuestion): Promise<Pulse[]>
  /** Voices in equal steps, for alerts. */
  tallies(topic: TopicRef, question: TallyQuestion): Promise<Tallies>
  /** Every topic version that has, or had, posts. */
  prints(model: string): Promise<TopicPrint[]>
  /** Which of these posts are live in this topic version and window, for the gate. */
  live(filter: Filter, ids: string[]): Promise<Set<string>>
  /** The shares of a filter that audit labels stand behind (views post and author only); a summary has them already. */
  audited(filter: Filter): Promise<Audited>
  /** A summary as it would be had nobody labelled anything. */
  modelled(filter: Filter): Promise<Summary>
  draw(filter: Filter, question: DrawQuestion): Promise<Draw>
  /** Beside the draw of the same question. */
  doubtful(filter: Filter, question: DrawQuestion, limit: number): Promise<Doubtful>
  /** Every labelled post of a filter that is live and scored, and says what it said when it was labelled. */
  judged(filter: Filter, question: LabelQuestion): Promise<Judged[]>
  /** null below 50 audit labels, or where they do not speak for the whole window. `sides`: two labels of the measure. */
  outlook(filter: Filter, question: LabelQuestion, sides: [string, string]): Promise<Outlook | null>
  /** The sources of these ids that are live in a topic, whatever its version; an id may be of several. */
  places(topic: string, ids: string[]): Promise<{ id: string; source: string }[]>
  /** All live posts of a filter and query, with a column for each share, in pages. Texts are "" where not to be passed on. */
  exported(filter: Filter, query: PostsQuery, columns: ExportColumn[]): Promise<AsyncIterable<ExportedPost[]>>
  /** The same as a Parquet file. */
  parquet(filter: Filter, query: PostsQuery, columns: ExportColumn[]): Promise<AsyncIterable<Uint8Array>>
  /** The live posts of a filter in the order of their hashes: all, or the first `limit`, which are a fair sample. */
  sample(filter: Filter, limit: number): Promise<ScoredPost[]>
  /** The live posts of a filter that have one of these ids; their copies are not counted. */
  found(filter: Filter, ids: string[]): Promise<StoredPost[]>
  /** Two windows side by side, by account. */
  sides(filter: Omit<Filter, 'window'>, question: SidesQuestion): Promise<Sides>
  /** A window as a topic version and model read it, against another version or model. */
  retold(filter: Filter, question: RetoldQuestion): Promise<Retold>
  /** Differs whenever an answer about the filter may; the same posts in another topic version or model have the same. */
  fingerprint(filter: Filter): Promise<Fingerprint>
  /** Kept paragraphs of all versions of a topic, newest first. */
  editions(topic: string, limit: number): Promise<KeptEdition[]>
  /**
   * A person's own SELECT about the views in columns.ts. One at a time; throws QueryError or UserError where it is refused
   * or cut off, BusyError where too many wait. The signal takes it out of the queue, not out of the engine.
   */
  sql(statement: string, limits?: Partial<TableLimits>, signal?: AbortSignal): Promise<Table>
}

/** A kept paragraph of a topic. It refers to posts and holds no word of theirs, so that a deleted post leaves it too. */
export interface Edition {
  topic: TopicRef
  model: string
  window: Window
  /** When it was issued. */
  at: string
  /** JSON; posts stand in it by their place in `posts`. */
  body: string
  posts: { source: string; id: string }[]
}
export interface KeptEdition extends Omit<Edition, 'posts'> {
  /** null where no longer live in this topic. */
  posts: (StoredPost | null)[]
}
