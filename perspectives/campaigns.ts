// Campaigns: near-copies of one text by many accounts. Said of the text alone: nothing here tells a coordinated crowd
// from one that passes on a good sentence, so it is never called false or fake. Counted, not estimated; names nobody.
import type { Filter, ScoredPost, Window } from '../answers.ts'
import { nearCopiesApart } from '../apart.ts'
import type { Campaign, Campaigns, Grounds } from '../conclusions.ts'
import { isCampaign, isPhrase, nearCopies } from '../copies.ts'
import type { Topic } from '../types.ts'

/** Posts of a window that are looked at, a fair sample beyond; and told of each campaign. */
const mostScanned = 20_000
const mostTold = 50

/**
 * A number for each post, the same for copies and near-copies of one text: the clusters of the view `cluster`
 * (store/clusters.ts), which compares one text for each fingerprint too.
 */
export function clustersOf(posts: readonly Texted[]): Int32Array {
  const { texts, clusters } = comparing(posts)
  return clusters(nearCopies(texts))
}

/** The same, on a thread of its own. */
export async function clustersApart(posts: readonly Texted[]): Promise<Int32Array> {
  const { texts, clusters } = comparing(posts)
  return clusters(await nearCopiesApart(texts))
}

type Texted = Pick<ScoredPost, 'copy' | 'text'>

/** The texts to compare, and what their numbers mean for the posts. */
function comparing(posts: readonly Texted[]): { texts: string[]; clusters: (near: Int32Array) => Int32Array } {
  const texts = new Map<string, string>()
  for (const { copy, text } of posts) {
    const before = texts.get(copy)
    if (before === undefined || text < before) texts.set(copy, text)
  }
  // Where a source's terms took the text away, the fingerprint is all there is.
  const compared = [...texts].filter(([, text]) => text !== '')
  return {
    texts: compared.map(([, text]) => text),
    clusters: (near) => {
      const numbers = new Map(compared.map(([copy], at) => [copy, near[at]!]))
      for (const copy of texts.keys()) if (!numbers.has(copy)) numbers.set(copy, numbers.size)
      return Int32Array.from(posts, ({ copy }) => numbers.get(copy)!)
    },
  }
}

/** The campaigns among a window's posts, the largest first. `clusters`: as clustersOf gives them. */
export function campaignsOf(posts: readonly ScoredPost[], clusters = clustersOf(posts)): Campaign[] {
  const groups = new Map<number, ScoredPost[]>()
  for (const [at, post] of posts.entries()) {
    const group = groups.get(clusters[at]!)
    if (group) group.push(post)
    else groups.set(clusters[at]!, [post])
  }
  return [...groups.values()]
    .filter((group) => isCampaign({ posts: group.length, authors: group.length, of: posts.length }))
    .map((group) => campaignOf(byWording(group), posts.length))
    .filter((campaign) => campaign !== null)
    .sort((a, b) => b.posts - a.posts || (a.id < b.id ? -1 : 1))
}

/** The posts of the commonest wording first; of one wording, the earliest. */
function byWording(group: ScoredPost[]): ScoredPost[] {
  const copies = new Map<string, number>()
  for (const { copy } of group) copies.set(copy, (copies.get(copy) ?? 0) + 1)
  const order = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)
  return group.toSorted(
    (a, b) =>
      copies.get(b.copy)! - copies.get(a.copy)! || order(a.copy, b.copy) || order(a.at, b.at) || order(a.id, b.id),
  )
}

/** null: too few accounts, or a phrase that many say by themselves (also where its text may not be kept). */
function campaignOf(group: ScoredPost[], all: number): Campaign | null {
  const authors = new Set(group.map(({ author }) => author)).size
  const [first] = group as [ScoredPost]
  if (!isCampaign({ posts: group.length, authors, of: all }) || isPhrase(first.text)) return null
  const times = group.map(({ at }) => at).sort()
  return {
    id: first.copy.slice(0, 12),
    posts: group.length,
    authors,
    window: { from: times[0]!, to: new Date(Date.parse(times.at(-1)!) + 1).toISOString() },
    members: group.map(({ id }) => id),
    share: group.length / all,
  }
}

/** The campaigns of a topic in a window, as the API tells them. */
export async function campaigns(
  topic: Topic,
  window: Window,
  { ask, model }: { ask: Grounds; model: string },
): Promise<Campaigns> {
  const filter: Filter = { topic: { topic: topic.id, version: topic.version }, model, window }
  const posts = await ask.sample(filter, mostScanned)
  const whole = posts.length < mostScanned ? posts.length : (await ask.coverage(filter)).posts
  const shown = new Set(posts.filter(({ quotable }) => quotable).map(({ id }) => id))
  const told = campaignsOf(posts, await clustersApart(posts)).map(({ members, ...campaign }) => ({
    ...campaign,
    example: members.find((id) => shown.has(id)) ?? null,
    members: members.slice(0, mostTold),
  }))
  return { window, posts: whole, scanned: posts.length, campaigns: told }
}
