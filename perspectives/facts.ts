// What a window's posts tell, gathered once: tables of the window and of the one before it, themes, campaigns. Everything
// a claim may be made of, and nothing that is not an answer of the store. Other work of the process, the next question to
// the store first, gets its turn between the steps.
import type { Estimate, Filter, ScoredPost, Summary, Window } from '../answers.ts'
import type { Campaign, Grounds, Theme } from '../conclusions.ts'
import { breathe, breathing } from '../steps.ts'
import type { ModelErrors, Topic } from '../types.ts'
import { campaignsOf, clustersApart } from './campaigns.ts'
import { everyRow, sharesIn, type Table, tableOf } from './shares.ts'
import { themesIn } from './themes.ts'
import { periodBefore } from './words.ts'

/** Beyond this many posts of the two windows together, themes and parts rest on a fair sample of them. */
export const mostPosts = 6_000

export interface Facts {
  topic: Topic
  window: Window
  /** Of equal length, just before. */
  before: Window
  /** What the window before is called: less where only a part of it was collected. */
  beforeName: string
  model: string
  error: ModelErrors
  /** Scored posts of the window, and of the one before. */
  now: Table
  then: Table
  /** Shares by measure, as `ask.summary` tells them. */
  shares: Map<string, Estimate>
  sharesThen: Map<string, Estimate>
  /** Scored posts and their authors; more than the table's where that is a sample. */
  scored: number
  scoredAuthors: number
  /** Near-copies of a text share a number, by row of `now`. */
  clusters: number[]
  themes: Theme[]
  /** Rows of `now` that hold a theme, by the theme's id. */
  themeRows: Map<string, number[]>
  /** Posts of the window by measure, the most certain first: found when first asked for (claims.ts). */
  typical: Map<string, ScoredPost[]>
  campaigns: Campaign[]
}

export interface Gathering {
  ask: Grounds
  topic: Topic
  filter: Filter
  error: ModelErrors
  /** false: the topic is known to have no labels by people. */
  labelled?: boolean
}

const noLabels = { sentiment: {}, emotion: {}, stance: {} }

/** All live posts of the window (unscored ones too), and what they tell. */
export async function gather({
  ask,
  topic,
  filter,
  error,
  labelled = true,
}: Gathering): Promise<{ posts: ScoredPost[]; facts: Facts; whole: boolean }> {
  const { window } = filter
  const before = windowBefore(window)
  const both = await ask.sample({ ...filter, window: { from: before.from, to: window.to } }, mostPosts)
  const whole = both.length < mostPosts
  const posts = both.filter(({ at }) => at >= window.from)
  const [now, then] = [
    tableOf(posts, error),
    tableOf(
      both.filter(({ at }) => at < window.from),
      error,
    ),
  ]
  const told = whole ? null : await Promise.all([ask.summary(filter), ask.summary({ ...filter, window: before })])
  const audited = labelled ? await ask.audited(filter) : noLabels
  await breathe()
  const copies = await clustersApart(posts)
  await breathe()
  const shares = new Map([...(told ? flat(told[0]) : sharesIn(now)), ...flat(audited)])
  const clusters = posts.flatMap(({ skipped }, at) => (skipped === null ? [copies[at]!] : []))
  const themes = await breathing(themesIn(now, { topic, clusters }))
  await breathe()
  const facts: Facts = {
    ...{ topic, window, before, error, now, then, shares, model: filter.model },
    beforeName: nameOf(before, both),
    sharesThen: told ? flat(told[1]) : sharesIn(then),
    scored: told ? told[0].scored : now.posts.length,
    scoredAuthors: told ? told[0].scoredAuthors : now.authors,
    clusters,
    themes,
    typical: new Map(),
    themeRows: new Map(themes.map(({ id, members }) => [id, rowsWith(now, members)])),
    // Of a sample no size of a campaign can be told.
    campaigns: whole ? campaignsOf(posts, copies) : [],
  }
  return { posts, facts, whole }
}

/** "the day before"; "the hours before" where its first tenth, or more, holds no post: nothing was collected yet. */
function nameOf(before: Window, posts: readonly ScoredPost[]): string {
  const first = [before.to, ...posts.map(({ at }) => at)].sort()[0]!
  const [from, to] = [Date.parse(before.from), Date.parse(before.to)]
  return Date.parse(first) - from > (to - from) / 10 ? 'the hours before' : periodBefore(before)
}

export function windowBefore({ from, to }: Window): Window {
  const length = Date.parse(to) - Date.parse(from)
  return { from: new Date(Date.parse(from) - length).toISOString(), to: from }
}

type Told = Pick<Summary, 'sentiment' | 'emotion' | 'stance'>

/** By measure, as the API names them. */
export function flat({ sentiment, emotion, stance }: Told): Map<string, Estimate> {
  return new Map([
    ...Object.entries(sentiment).map(([label, share]) => [`sentiment.${label}`, share] as const),
    ...Object.entries(emotion).map(([label, share]) => [`emotion.${label}`, share] as const),
    ...Object.entries(stance).flatMap(([target, sides]) =>
      Object.entries(sides).map(([label, share]) => [`stance.${target}.${label}`, share] as const),
    ),
  ])
}

/** Rows of a table that hold these posts. */
export function rowsWith(now: Table, members: string[]): number[] {
  const ids = new Set(members)
  return everyRow(now).filter((row) => ids.has(now.posts[row]!.id))
}
