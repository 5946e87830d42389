// Articles of feeds between the log and the readers: what the store is told of them, and what it answers. Split off from
// answers.ts for length; imports nothing but seams, holds no behaviour. An article is never a post and is counted apart.
import type { TopicRef, Window } from './answers.ts'
import type { ArticleChange, Position } from './types.ts'

/** An article as it was told last, and the topic versions it is about now; none: it leaves all of them. */
export interface ArticleSeen {
  article: ArticleChange
  arrival: Position
  receivedAt: string
  topics: TopicRef[]
}

export interface ArticlesAsked {
  topic: TopicRef
  window: Window
  /** Only those that were here by then. */
  receivedBy?: string | undefined
  /** Leaves out what this site wrote. */
  notOf?: string | undefined
  cursor?: string | undefined
  /** 0: only count. */
  limit?: number | undefined
}

/** Hostile words; the address was checked to be one of the web. */
export interface Article {
  url: string
  site: string
  headline: string
  at: string
}

/** How many there are in all, on how many sites, and a page of them, the newest first. */
export interface Articles {
  articles: number
  sites: number
  newest: Article[]
  next: string | null
}
