// The conclusions drawn from the answers: claims, themes, campaigns, and the perspective that tells them. Prose is only
// ever a rendering of claims. Imports types only, holds no behaviour.
import type { Estimate, Questions, Window } from './answers.ts'
import type { Topic } from './types.ts'

/** What conclusions are drawn from. */
export type Grounds = Pick<Questions, 'sample' | 'summary' | 'audited' | 'gaps' | 'otherModels' | 'coverage' | 'live'>

export const claimKinds = [
  'prevalence', // the share of posts with a tone
  'emotion', // the share of posts that show a feeling
  'stance', // the share of posts on a side of a target
  'theme', // the share of posts that bring something up
  'feeling', // what shows more (or less) where a theme is brought up than where it is not
  'contrast', // a share in one part of the posts (a platform, a language, a camp) against the others
  'change', // a share now against the window before
  'common', // a theme that both sides bring up
  'minority', // one voice against the lean of the rest
  'campaign', // near-copies of one text
  'quote', // one voice, word for word
] as const
export type ClaimKind = (typeof claimKinds)[number]

/** One checkable statement. */
export interface Claim extends Estimate {
  id: string
  kind: ClaimKind
  /** What it is a share of, in words: "A negative tone where “night line” comes up". */
  says: string
  /** As in the API: sentiment.negative, emotion.fear, stance.<target>.favor; theme.<id>, campaign.<id>. */
  measure: string
  /** What it is about within the topic: '' the whole window; source:bluesky, lang:en, theme:<id>, side:<target>.favor. */
  scope: string
  /** The estimate less that of the window before (change), of the other posts (feeling, contrast, common: the sides). */
  difference?: Estimate
  /** Posts, authors and clusters of near-copies that the estimate rests on. */
  posts: number
  authors: number
  clusters: number
  /** The strongest word of the published table that its interval allows; null: the number alone must do. */
  word: string | null
  /** How many authors would have to vanish before that word, or the direction of the difference, fails; null: a bare quote. */
  fragility: number | null
  /** Live posts that show it, most typical first. */
  evidence: string[]
  quotes: { post: string; text: string }[]
  model: string
  topicVersion: number
}

/** What several people bring up, found by meaning, named by words of theirs, counted by those words. */
export interface Theme {
  /** Made of its phrase: stable while the phrase is. */
  id: string
  /** One to three words as most of its posts write them; at least k authors use it. */
  phrase: string
  /** Spellings that count as it (plural, hyphen), lower case. */
  forms: string[]
  posts: number
  authors: number
  /** Share of the posts that bring it up: clustered by author, no model in it. */
  share: Estimate
  /** Its posts, most central first. */
  members: string[]
  /** Shares within its posts, by label; with the model-error term. Null estimates where fewer than k authors. */
  emotion: Record<string, Estimate>
  sentiment: Record<string, Estimate>
  stance: Record<string, Record<string, Estimate>>
  /** Posts fit to be quoted that state it best (coverage and brevity), best first. */
  best: string[]
}

/** Near-copies of one text: by how many accounts, over what time. */
export interface Campaign {
  id: string
  posts: number
  authors: number
  window: Window
  /** Its posts; the first is the wording most of them share. */
  members: string[]
  /** Share of the window's posts, 0..1: counted, not estimated. */
  share: number
}

/** The campaigns of a window, as the API tells them. */
export interface Campaigns {
  window: Window
  /** Live posts of the window, and how many of them were looked at: all, or a fair sample that shares refer to. */
  posts: number
  scanned: number
  /** `example`: the first member whose author lets it be shown. `members`: the first 50. */
  campaigns: (Campaign & { example: string | null })[]
}

/** The themes of a window, as the API tells them. */
export interface Themes {
  window: Window
  /** Live posts of the window, how many of them were looked at (all, or a fair sample), and how many of those were read. */
  posts: number
  scanned: number
  readable: number
  /** `members`: the first 50. */
  themes: Theme[]
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

/** All claims of one topic and window, most salient first, and what prose may call things. */
export interface Ledger {
  topic: Topic
  window: Window
  claims: Claim[]
  themes: Theme[]
  campaigns: Campaign[]
  /** What the window before is called: "the day before". */
  before: string
}

export interface Perspective {
  topic: string
  window: Window
  /** '' exactly when refusal is set. */
  text: string
  refusal: Refusal | null
  sentences: Sentence[]
  claims: Claim[]
  /** One sentence for who reads no more; null when nothing stands out. It passes the same gate. */
  takeaway: Sentence | null
  /** What we could not see, from counters. */
  blindSpots: string[]
  /** How this was made, in sentences. */
  made: string[]
  /** Where the four views of the same posts disagree. */
  disagreements: string[]
  /** `writer`: who phrased it, 'built-in' or the model of the chat endpoint. */
  manifest: { topicVersion: number; model: string; code: string; writer: string; posts: number; hash: string }
}

/** Why a paragraph changed: other posts, another query, another model, another version of this code. */
export type Cause = 'the world' | 'the query' | 'the model' | 'our code'

export interface EditionChange {
  /** Every cause that the two manifests allow. */
  cause: Cause[]
  /** Sentences, as they may be told now. */
  added: string[]
  removed: string[]
  changed: { before: string; after: string }[]
  /** Told shares that read otherwise. */
  moved: { kind: ClaimKind; measure: string; scope: string; before: number; after: number }[]
}

/** A paragraph as it was issued, less what was withdrawn since. */
export interface ToldEdition {
  /** 1, 2, ... within its topic. */
  number: number
  at: string
  told: Perspective
  /** How many of its sentences were withdrawn since, with the posts behind them. */
  withdrawn: number
  /** Against the edition before it; null where that is not kept. */
  change: EditionChange | null
}

/** An edition was kept; withdrawn: a paragraph turned into a refusal. */
export interface News {
  topic: string
  version: number
  kind: 'updated' | 'withdrawn'
}

/** Claims become sentences. What it returns passes the gate (perspectives/check.ts) or is dropped. */
export type Narrate = (ledger: Ledger, signal: AbortSignal) => Promise<Sentence[]>
