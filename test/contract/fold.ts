// What a careful consumer makes of changes: the latest version of every live post. Written for tests from the contract
// in types.ts alone, so that log, store and sources can be compared with it. Repeats and rewinds must not move it.
import type { Change } from '../../types.ts'
import { rankOf, voidedRank } from '../../versions.ts'

export interface Fold {
  apply(changes: Change[]): void
  /** id → text of the live posts, and id → headline of the articles. */
  live(): Map<string, string>
  gaps: { from: string; to: string }[]
  /** Author → may be quoted. */
  wishes: Map<string, boolean>
  counts: Map<string, string>
}

interface Kept {
  author: string | null
  at: string
  rank: bigint
  text: string
}

export function createFold(): Fold {
  const posts = new Map<string, Kept>()
  const voids = new Map<string, bigint>()
  const left = new Map<string, string>()
  const headlines = new Map<string, string>()
  const fold: Fold = { apply, live, gaps: [], wishes: new Map(), counts: new Map() }
  let arrival = 0

  function apply(changes: Change[]): void {
    for (const change of changes) applyOne(change)
  }

  function applyOne(change: Change): void {
    arrival++
    if (change.op === 'create' || change.op === 'update') {
      const rank = rankOf({ revision: change.revision, arrival })
      const isOut = change.author !== null && change.at <= (left.get(change.author) ?? '')
      const known = posts.get(change.id)
      if (isOut || rank <= (voids.get(change.id) ?? 0n) || (known && known.rank > rank)) return
      posts.set(change.id, { author: change.author, at: change.at, rank, text: change.text })
    } else if (change.op === 'delete') {
      const rank = voidedRank(change.revision)
      if (rank > (voids.get(change.id) ?? 0n)) voids.set(change.id, rank)
      if ((posts.get(change.id)?.rank ?? 0n) <= rank) posts.delete(change.id)
    } else if (change.op === 'withdraw') {
      if (change.at > (left.get(change.author) ?? '')) left.set(change.author, change.at)
      for (const [id, { author, at }] of posts) if (author === change.author && at <= change.at) posts.delete(id)
    } else if (change.op === 'article') {
      if (change.headline) headlines.set(change.id, change.headline)
      else headlines.delete(change.id)
    } else if (change.op === 'gap') fold.gaps.push({ from: change.from, to: change.to })
    else if (change.op === 'display') fold.wishes.set(change.author, change.quotable)
    else if (change.op === 'counts') fold.counts.set(change.id, `${change.likes} ${change.reposts}`)
  }

  function live(): Map<string, string> {
    return new Map([...headlines, ...[...posts].map(([id, { text }]) => [id, text] as const)])
  }

  return fold
}
