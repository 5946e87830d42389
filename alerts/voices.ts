// What accounts said on two sides, by number, as it is counted over and over. Pure. Accounts and sources of which there are too
// few to be told of go with others here, so that no part of a change rests on them.
import { leastAuthors } from '../estimate.ts'

/** What an account said in one text: how much it counts, the measure times that, and how far labels scatter about it. */
export interface Voice {
  account: number
  isAfter: boolean
  source: string
  /** null: no campaign's text. */
  campaign: string | null
  /** Of the account's day; absent: its weight. Smaller than that where its source is read in part. */
  seen?: number
  weight: number
  sum: number
  noise: number
}

export interface Table {
  account: Int32Array
  side: Uint8Array
  source: Int32Array
  campaign: Int32Array
  weight: Float64Array
  sum: Float64Array
  noise: Float64Array
  accounts: number
  sources: number
  campaigns: number
  /** By account: whether it speaks on both sides, and its source. */
  stays: Uint8Array
  home: Int32Array
  hasStayers: boolean
  hasOthers: boolean
}

export function tableOf(voices: Voice[]): Table {
  const account = numbered(voices.map((one) => String(one.account)))
  const source = numbered(grouped(voices))
  const campaigns = numbered(voices.flatMap((one) => one.campaign ?? []))
  const sides = new Uint8Array(account.count)
  const home = new Int32Array(account.count)
  for (const [at, { isAfter }] of voices.entries()) {
    sides[account.of[at]!]! |= isAfter ? 2 : 1
    home[account.of[at]!] = source.of[at]!
  }
  const stays = sides.map((both) => (both === 3 ? 1 : 0))
  const staying = stays.reduce((sum, one) => sum + one, 0)
  // Too few to be told of are counted with the others.
  const hasStayers = staying >= leastAuthors
  const hasOthers = !hasStayers || account.count - staying >= leastAuthors
  return {
    ...{ account: account.of, side: Uint8Array.from(voices, ({ isAfter }) => Number(isAfter)), source: source.of },
    campaign: Int32Array.from(voices, (one) => (one.campaign === null ? -1 : campaigns.names.get(one.campaign)!)),
    weight: Float64Array.from(voices, ({ weight }) => weight),
    sum: Float64Array.from(voices, ({ sum }) => sum),
    noise: Float64Array.from(voices, ({ noise }) => noise),
    ...{ accounts: account.count, sources: source.count, campaigns: campaigns.count, stays, home },
    ...{ hasStayers, hasOthers },
  }
}

function numbered(names: string[]) {
  const known = new Map<string, number>()
  for (const name of names) if (!known.has(name)) known.set(name, known.size)
  return { of: Int32Array.from(names, (name) => known.get(name)!), names: known, count: known.size }
}

/** Sources of fewer than ten accounts are one; if that is too few as well, they go with the largest. */
function grouped(voices: Voice[]): string[] {
  const people = new Map<string, Set<number>>()
  for (const { source, account } of voices) people.set(source, (people.get(source) ?? new Set()).add(account))
  const few = new Set([...people].filter(([, those]) => those.size < leastAuthors).map(([source]) => source))
  const together = [...few].reduce((sum, source) => sum + people.get(source)!.size, 0)
  const largest = [...people].sort((a, b) => b[1].size - a[1].size || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? ''
  const other = together >= leastAuthors ? '\0' : largest
  return voices.map(({ source }) => (few.has(source) ? other : source))
}
