// The questions behind "why did it change": two windows of a topic side by side, by account; and one window as two versions
// of a topic, or two models, read it. And behind "has it changed": voices in steps. A part of answers.ts, split off for length; imports types only, holds no behaviour.
// An account is a number that means something in one answer only: no name and no hash leaves the store with these.
import type { Filter, Share, TopicRef, Window } from './answers.ts'

export interface SidesQuestion {
  /** They may not overlap. */
  before: Window
  after: Window
  /** Labels of one map, whose probabilities are summed; null: posts alone. */
  share: (Pick<Share, 'kind' | 'target'> & { labels: string[] }) | null
  /** What one account says within so long is told as one; from the beginning of its window. */
  stepMs: number
  /** Accounts that are looked at, at most; beyond, a fair sample of them. Absent: 4,000. */
  most?: number
}

/** What one account said in one text (with its exact copies) within a step. */
export interface Said {
  account: number
  isAfter: boolean
  /** Steps since the beginning of its window. */
  step: number
  source: string
  /** Fingerprint of the text, and its beginning; '' where its source's terms took it away. */
  copy: string
  text: string
  posts: number
  /** What those stand for: more where their source is read in part. */
  volume: number
  /** Posts that have the labels; their probabilities summed; and how far a person's labels would scatter about them. */
  scored: number
  sum: number
  noise: number
  /** When its first and its last post were posted. */
  first: string
  last: string
}

export interface Sides {
  /** Accounts in the windows, and how many of them were looked at. */
  accounts: number
  looked: number
  /** By account. Of one account a hundred texts at most on either side. */
  said: Said[]
}

export interface RetoldQuestion {
  /** What is held against the filter's own version and model. */
  former: Pick<Filter, 'topic' | 'model'>
  share: NonNullable<SidesQuestion['share']>
}

/** Sums of one account over its scored posts: those that both read, and those that only one of them has. */
export interface RetoldAccount {
  posts: { both: number; former: number; now: number }
  sums: { bothFormer: number; bothNow: number; former: number; now: number }
}

export interface Retold {
  accounts: RetoldAccount[]
}

/** A model that has read posts which the present one has not; each is counted for the one that read it last. */
export interface OtherModel {
  model: string
  posts: number
}

/** A topic version as a model reads it, against the other model that read posts of it last. */
export interface RemodelledQuestion {
  model: string
  /** Posts before this time are left out; '' none are. */
  from: string
}
/** What changed because another model read the very same posts: nothing of it is of the world, or of which posts were seen. */
export interface Remodelled extends TopicRef {
  model: string
  former: string
  /** Posts that both have, and of those the ones that both could score. */
  posts: number
  scored: number
  /** Posts that have scores of the former alone: kept without their words, and all others (most have left the log). */
  left: { wordless: number; other: number }
  /** By measure as in the API, and irony, offensive, hate: over the posts where both have it, by the models alone. */
  shares: { measure: string; posts: number; before: number; after: number }[]
  /** How many of how many posts have another leading label: sentiment, and stance.<target>. */
  turned: { measure: string; posts: number; of: number }[]
}

/** What only the model changed; null where no other model has read posts of the topic version. */
export type Remodelling = (topic: TopicRef, question: RemodelledQuestion) => Promise<Remodelled | null>

/** A topic version in equal steps of a model's reading, and the measures and phrases to tally. */
export interface TallyQuestion {
  model: string
  window: Window
  stepMs: number
  /** As in the API: sentiment.negative, emotion.fear, stance.<target>.favor; polarisation: not neutral. */
  measures: string[]
  /** theme.<id>: posts that hold one of its spellings as whole words, lower case. */
  phrases: { id: string; forms: string[] }[]
}
/**
 * Voices by step, oldest first. A voice is the first post of an account in its hour, and of a copied text in its day: what
 * one says ten times, or ten say in the same words, is one voice. Hours and days begin for each at a moment of its own.
 */
export interface Tallies extends TopicRef {
  from: string
  stepMs: number
  /** Where its posts come from; absent: not asked. */
  sources?: string[]
  /** Accounts that post, each counted once an hour; where a source is read in part, as many as those seen stand for. */
  accounts: number[]
  /** Where a source is read in part, voices weigh by what they stand for, and are as many as would tell as much were all equal. */
  voices: number[]
  /** Of them, those that carry scores. */
  scored: number[]
  /** Part of the step that was collected, 0..1. */
  collected: number[]
  /** By measure, probabilities of scored voices, and their squares, summed. */
  sums: Record<string, number[]>
  squares: Record<string, number[]>
}
