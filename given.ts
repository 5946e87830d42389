// What the dashboards are given beside the answers of the store: the topics, a query tried out, the state of everything.
// The last part of types.ts, split off for length; imports nothing else, holds no behaviour.
import type { DropReason, LogStatus, Position, SourceStatus, Topic, TopicDefinition } from './types.ts'

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
