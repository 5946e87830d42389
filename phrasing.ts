// How a person reads numbers, times, names and measures: for pages and for alerts. Pure; everything it returns is plain text,
// escaped where it is used. A share is never written without its interval here, and a missing one says why.
import type { Coverage, Estimate, Window } from './answers.ts'
import type { Topic } from './types.ts'

export const count = (n: number): string => n.toLocaleString('en-US')
export const percent = (share: number): string => `${Math.round(share * 100)}%`
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

/** "34% (29–40%)"; "too few voices" where fewer than ten authors stand behind it. */
export function shareOf({ estimate, low, high }: Estimate): string {
  if (estimate === null || low === null || high === null) return 'too few voices'
  return `${percent(estimate)} (${Math.round(low * 100)}–${percent(high)})`
}

/** The first letter large, as errors and labels need it at the start of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** "22 Nov 2026", "22 Nov" or "13:05" of an ISO time, in UTC. */
export const dayOf = (at: string): string => `${Number(at.slice(8, 10))} ${months[Number(at.slice(5, 7)) - 1]}`
export const clockOf = (at: string): string => at.slice(11, 16)
export const momentOf = (at: string): string => `${dayOf(at)} ${at.slice(0, 4)}, ${clockOf(at)} UTC`

/** "21 Nov 2026, 13:05 to 22 Nov 2026, 13:05 UTC". */
export function spanOf({ from, to }: Window): string {
  return `${momentOf(from).replace(' UTC', '')} to ${momentOf(to)}`
}

const sources: Record<string, string> = {
  bluesky: 'Bluesky',
  x: 'X',
  mastodon: 'Mastodon',
  hackernews: 'Hacker News',
  reddit: 'Reddit',
  feeds: 'News feeds',
  sample: 'Bundled sample',
  import: 'Imported posts',
  'bluesky-counts': 'Likes and reposts on Bluesky',
  'x-deletes': 'Deletions on X',
  'mastodon-looks': 'Another look at Mastodon',
}
/** "mastodon:social.example" is one instance of many. */
export function sourceName(source: string): string {
  const [, name, place] = /^([a-z-]+):(.+)$/s.exec(source) ?? [source, source]
  // The name may be anybody's: an import calls its source as it likes.
  if (!Object.hasOwn(sources, name!)) return source
  return place ? `${sources[name!]}, ${place}` : sources[name!]!
}

const lacks: [RegExp, string][] = [
  [/^away for longer/, 'we were away for longer than can be read back'],
  [/^the host started later/, 'its host no longer had it'],
  [/^could not be looked up/, 'it could not be looked up afterwards'],
]

/** What became of a stretch that was not seen, to stand before its times and behind them; `reason`: as its source says it. */
export function missedIn(reason: string): { was: string; why: string } {
  if (reason === 'spend') return { was: 'was not read', why: ': its limit of spending was reached' }
  const why = lacks.find(([form]) => form.test(reason))?.[1]
  return { was: 'was not collected', why: why ? `: ${why}` : '' }
}

/**
 * Posts that are in no number because the present model has not read them; '' where there are none. Shares of two models do
 * not add up.
 */
export function byOthers({ posts, otherModels }: Pick<Coverage, 'posts' | 'otherModels'>): string {
  const unread = otherModels.reduce((sum, other) => sum + other.posts, 0)
  if (!unread) return ''
  const names = otherModels.slice(0, 3).map(({ model }) => model)
  const whose = otherModels.length === 1 ? 'another model' : 'other models'
  const were = unread === 1 ? ['was', 'is'] : ['were', 'are']
  return `${count(unread)} of ${plural(posts + unread, 'post')} ${were[0]} scored by ${whose} alone (${names.join(', ')}) and ${were[1]} in no number here.`
}

const feelings: Record<string, string> = { optimism: 'hope' }
export const feeling = (label: string): string => feelings[label] ?? label.replaceAll('_', ' ')
const sides: Record<string, string> = { favor: 'for', against: 'against', neither: 'neither' }
export const side = (label: string): string => sides[label] ?? label

/** A measure as a reader says it: "negative tone", "hope", "for “a ceasefire now”". */
export function measureName(measure: string, topic: Pick<Topic, 'targets'>): string {
  // A target's id may hold dots, a label never does.
  const [, kind, first = '', second = ''] = /^([^.]*)\.?(.*?)(?:\.([^.]*))?$/s.exec(measure)!
  if (kind === 'sentiment') return `${first} tone`
  if (kind === 'emotion') return feeling(first)
  if (kind === 'stance') {
    const about = topic.targets.find(({ id }) => id === first)?.text ?? first
    return second === 'neither' ? `neither for nor against “${about}”` : `${side(second)} “${about}”`
  }
  return measure
}
