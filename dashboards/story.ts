// One story of a site: what is told of it, how it is known, and what it becomes. Pure. Its words are hostile: an address
// may be shown as a link only because it was checked here to be one of the web.
import { createHash } from 'node:crypto'
import type { Proposal, StoryText } from '../given.ts'
import { isTracking } from '../tracking.ts'

export const hourMs = 3_600_000
/**
 * A proposal waits so long for somebody to approve it: what came at night is there in the morning. A story that too little
 * is said about is looked for again for as long; what ended is remembered, so that its box can say so.
 */
export const keepMs = { suggested: 24 * hourMs, refused: 24 * hourMs, ended: 7 * 24 * hourMs }
/** The posts of a proposal are read and scored for so long before it is approved: nobody looks at most of them. */
export const draftMs = hourMs

export interface StoryWords extends StoryText {
  url: string
  /** When it was published; null: not said. */
  at: string | null
  /** The topic it belongs to, where its site knows; null: to be found. */
  topic: string | null
  /** The site says that this topic is broader than the story. */
  isBroader?: boolean
}

export interface Story extends StoryWords {
  /** Made of its address: the same address is the same story. */
  id: string
  /** refused: too little is said about it; ended: its time is over, and its box says so. */
  state: 'suggested' | 'approved' | 'refused' | 'ended'
  /** The topic is broader than the story: its box says what it is about. */
  isBroader: boolean
  /** To be approved as soon as there is something to tell. */
  isAwaited: boolean
  receivedAt: string
  /** When its posts were last looked for. */
  lookedAt: string
  /** When its site last told other words of it; absent: never. */
  correctedAt?: string
  /** From then on it has ended. */
  expires: string
  /** How its topic was found; null: its site named it. */
  proposal: Omit<Proposal, 'preview'> | null
  /** Kept posts that the proposed query matches, as far as was looked. */
  matched: number | null
}

/** An editor's own words for what was proposed. */
export interface StoryChanges {
  name?: string | undefined
  query?: string | undefined
  targets?: string[] | undefined
}

export function changed(story: Story, { query, targets, name }: StoryChanges): Story {
  if (query === undefined && targets === undefined && name === undefined) return story
  const proposal = story.proposal ?? nothingProposed
  const words = { query: query ?? proposal.query, targets: targets ?? proposal.targets, name: name ?? proposal.name }
  return { ...story, proposal: { ...proposal, ...words, choice: { kind: 'new' } }, isBroader: false }
}

const nothingProposed = { name: '', query: '', targets: [], terms: [], fits: [], choice: { kind: 'new' as const } }

interface Found {
  proposal: Proposal | null
  isAwaited: boolean
  nowMs: number
}

export function storyOf(given: StoryWords, { proposal, isAwaited, nowMs }: Found): Story {
  const iso = (ms: number) => new Date(ms).toISOString()
  const { preview, ...rest } = proposal ?? { preview: null }
  const choice = proposal?.choice
  const state = choice?.kind === 'thin' ? 'refused' : 'suggested'
  const found = choice?.kind === 'covered' || choice?.kind === 'parent' ? choice.topic : null
  const isBroader = choice?.kind === 'parent' || (given.topic !== null && given.isBroader === true)
  return {
    ...given,
    url: new URL(given.url).href,
    id: storyIdOf(given.url),
    topic: given.topic ?? found,
    state,
    ...{ isBroader, isAwaited, matched: preview?.estimate ?? null },
    ...{ receivedAt: iso(nowMs), lookedAt: iso(nowMs), expires: iso(nowMs + keepMs[state]) },
    proposal: proposal && (rest as Omit<Proposal, 'preview'>),
  }
}

/** With what its site says of it by now; the same story where that is nothing else. Topic and end stay. */
export function corrected(story: Story, { headline, summary, tags, at }: StoryWords, nowMs: number): Story {
  const words = { headline, summary, tags, at: at ?? story.at }
  const isSame = Object.entries(words).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(story[name as keyof typeof words]),
  )
  return isSame ? story : { ...story, ...words, correctedAt: new Date(nowMs).toISOString() }
}

/** The headline as a topic is called: cut between two words. */
export function nameOf(headline: string): string {
  if (headline.length <= 80) return headline
  const cut = headline.slice(0, 80).replace(/\s+\S*$/u, '')
  return `${cut.replace(/[\ud800-\udbff]$/, '')} …`
}

/** Why nothing can be told; both parts are for a person. */
export function refusalOf({ proposal }: Story): { reason: string; missing: string } {
  const choice = proposal?.choice
  if (choice?.kind === 'thin') return { reason: choice.reason, missing: choice.missing }
  return { reason: 'it has no topic', missing: 'Name one, or give a query.' }
}

/** Its topic was made for it, and not for another story whose topic covers it. */
export const isOwn = (story: Story): boolean => story.topic?.endsWith(`-${story.id}`) === true

/** "story-floods-cut-off-three-1f3a9c0b7d2e4f60"; stays what it is when the headline is corrected. */
export function topicIdOf(story: Story): string {
  if (isOwn(story)) return story.topic!
  const { headline } = story
  const words = headline
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g)
  const slug = (words ?? []).slice(0, 5).join('-').slice(0, 37).replace(/-$/, '')
  return ['story', slug, story.id].filter(Boolean).join('-')
}

/** Only addresses of the web, and none that holds a name and a password. */
export function isWeb(url: string): boolean {
  const parsed = URL.parse(url)
  return !!parsed && /^https?:$/.test(parsed.protocol) && !parsed.username && !parsed.password
}

/** The address by which a story is known: without fragment and campaign words. */
export function canonical(url: string): string {
  const parsed = new URL(url)
  parsed.hash = ''
  for (const name of [...parsed.searchParams.keys()]) if (isTracking(name)) parsed.searchParams.delete(name)
  parsed.searchParams.sort()
  return parsed.href
}

export const storyIdOf = (url: string): string => createHash('sha256').update(canonical(url)).digest('hex').slice(0, 16)
