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
