// What a story page shows: a topic's paragraph with all a reader needs to judge it. Every embed (fragment, page, element,
// card, JSON) is a rendering of this and adds no word about what people say. Types only.
import type { Estimate, Window } from '../answers.ts'
import type { ClaimKind, Perspective, Refusal, Sentence } from '../conclusions.ts'

/** A claim as a reader checks it. */
export interface BoxClaim {
  id: string
  /** As in the API: which kind of claim, of what, and where within the topic ('' the whole, side:stance.<target>.favor). */
  kind: ClaimKind
  measure: string
  scope: string
  /** "A negative tone: 34% (29–40%)". */
  text: string
  /** The same share as numbers, for a bar; nulls where it is none (a quote, a campaign). */
  share: Estimate
  /** n posts and authors that it rests on. */
  posts: number
  authors: number
  /** What would make its sentence fail, in words; '' where nothing is known. */
  fails: string
}

/** Shares of the posts on either side of a target; nulls where too few voices stand behind them. */
export interface BoxCamp {
  /** Its id: claims about a side have it in their measure or scope. */
  target: string
  text: string
  favor: Estimate
  against: Estimate
}

/** What moved since the window before. */
export interface BoxMovement {
  measure: string
  /** Its claim in words. */
  text: string
  /** The share less that of the window before: -1..1. */
  difference: Estimate
  /** By how much it moved at least: the end of the interval that is nearer to none; above 0. Stories are ordered by it. */
  least: number
}

/** What a box says otherwise than the one published before: counts of sentences, and the difference itself. */
export interface BoxUpdate {
  at: string
  added: number
  removed: number
  changed: number
  /** The paragraph is gone: it says why instead. */
  isWithdrawn: boolean
  /** As it may be told now: a withdrawn sentence says that it was withdrawn. */
  lines: { before: string | null; after: string | null }[]
}

export interface Box {
  topic: { id: string; name: string }
  /** The story it stands beside; null in the box of a topic. */
  story: { id: string; url: string; headline: string } | null
  /** Set where the topic is broader than the story: the name of what the paragraph is about. */
  about: string | null
  window: Window
  /** '' exactly when refusal is set. */
  text: string
  refusal: Refusal | null
  sentences: Sentence[]
  claims: BoxClaim[]
  takeaway: Sentence | null
  /** What could not be seen, in sentences: stands beside the paragraph. */
  blindSpots: string[]
  camps: BoxCamp[]
  /** null: nothing moved for certain. */
  movement: BoxMovement | null
  posts: number
  authors: number
  /** Names of the sources for people. */
  sources: string[]
  /** The latest correction of what was published; null: none yet. */
  updated: BoxUpdate | null
  /** "Posts by people who post: this is not a poll." */
  note: string
  /** Absolute addresses: the claims with their posts, how this is made, the iframe page of this very box. */
  evidence: string
  method: string
  page: string
  manifest: Perspective['manifest']
}

/** Languages of the chrome; the paragraph itself is in English. */
export const boxLanguages = ['en', 'fr', 'de', 'es'] as const
export type BoxLanguage = (typeof boxLanguages)[number]
