// Which of what was said is a campaign: near-copies of one text by many accounts, on either side of a change. Pure. Said of
// texts alone, and named by them as perspectives name them; a source that took its text away has exact copies only.
import type { Explanation } from '../alarms.ts'
import { isCampaign, isPhrase, nearCopies } from '../copies.ts'
import { leastAuthors } from '../estimate.ts'
import type { Said } from '../sides.ts'

type Told = Explanation['campaigns'][number]

export interface Texts {
  /** The campaign that a fingerprint belongs to; null: none. */
  campaignOf(copy: string): string | null
  /** Those that were not there before, the largest first, as far as they stand after the change. */
  fresh: Told[]
}

export function textsOf(said: Said[]): Texts {
  const copies = clustersOf(said)
  const groups = Map.groupBy(said, ({ copy }) => copies.get(copy)!)
  const of = { before: postsIn(onSide(said, false)), after: postsIn(onSide(said, true)) }
  const names = new Map<number, string>()
  const fresh: Told[] = []
  for (const [nr, group] of groups) {
    const [before, after] = [onSide(group, false), onSide(group, true)]
    const there = { before: isOne(before, of.before), after: isOne(after, of.after) }
    if (!there.before && !there.after) continue
    const first = commonest(group)
    if (isPhrase(first.text)) continue
    names.set(nr, nameOf(first))
    if (there.after && accountsIn(before) < leastAuthors) fresh.push(toldOf(nameOf(first), after))
  }
  fresh.sort((a, b) => b.posts - a.posts || (a.id < b.id ? -1 : 1))
  return { campaignOf: (copy) => names.get(copies.get(copy) ?? -1) ?? null, fresh }
}

const onSide = (said: Said[], isAfter: boolean) => said.filter((one) => one.isAfter === isAfter)
const postsIn = (said: Said[]) => said.reduce((sum, { posts }) => sum + posts, 0)
const accountsIn = (said: Said[]) => new Set(said.map(({ account }) => account)).size
const isOne = (side: Said[], of: number) => isCampaign({ posts: postsIn(side), authors: accountsIn(side), of })
/** As perspectives/campaigns.ts does. */
const nameOf = ({ copy }: Said) => copy.slice(0, 12)

/** A cluster number for each fingerprint. One text is compared for each, ever the same one. */
function clustersOf(said: Said[]): Map<string, number> {
  const texts = new Map<string, string>()
  for (const { copy, text } of said) {
    const before = texts.get(copy)
    if (before === undefined || text < before) texts.set(copy, text)
  }
  const compared = [...texts].filter(([, text]) => text !== '')
  const near = nearCopies(compared.map(([, text]) => text))
  const numbers = new Map(compared.map(([copy], at) => [copy, near[at]!]))
  for (const copy of texts.keys()) if (!numbers.has(copy)) numbers.set(copy, texts.size + numbers.size)
  return numbers
}

/** The wording most of its posts share. */
function commonest(group: Said[]): Said {
  const posts = new Map<string, number>()
  for (const one of group) posts.set(one.copy, (posts.get(one.copy) ?? 0) + one.posts)
  return group.reduce((best, one) => {
    const more = posts.get(one.copy)! - posts.get(best.copy)!
    return more > 0 || (more === 0 && one.copy < best.copy) ? one : best
  })
}

function toldOf(id: string, said: Said[]): Told {
  const [from] = said.map(({ first }) => first).sort()
  const last = said
    .map((one) => one.last)
    .sort()
    .at(-1)!
  const to = new Date(Date.parse(last) + 1).toISOString()
  return { id, posts: postsIn(said), authors: accountsIn(said), window: { from: from!, to } }
}
