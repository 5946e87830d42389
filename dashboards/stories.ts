// Stories of a site, and the topic whose paragraph may stand beside each. A story is only a proposal until somebody
// approves it; it ends by itself, and a topic that was made for stories alone ends with the last of them.
import { UserError } from '../errors.ts'
import type { Proposal } from '../given.ts'
import { sleep } from '../retry.ts'
import type { Place } from './boxOf.ts'
import type { Served } from './served.ts'
import {
  changed,
  hourMs,
  keepMs,
  refusalOf,
  type Story,
  type StoryChanges,
  type StoryWords,
  storyIdOf,
  storyOf,
  topicIdOf,
} from './story.ts'
import { openStoryLog, type StoryLog } from './storyLog.ts'

export interface Stories {
  /** The newest first. */
  list(): Promise<Story[]>
  get(id: string): Promise<Story | undefined>
  /** The story at an address, whatever campaign words it carries. */
  at(url: string): Promise<Story | undefined>
  /** Those whose boxes tell of a topic. */
  of(topic: string): Promise<Story[]>
  /** Finds or proposes a topic for each; with `approve` what can be told is at once. One answer each, in order. */
  take(given: StoryWords[], options: { approve: boolean; signal: AbortSignal }): Promise<(Story | UserError)[]>
  /** Lets its box be read. Throws UserError where there is nothing to tell. */
  approve(id: string, changes?: StoryChanges): Promise<Story>
  drop(id: string): Promise<boolean>
  /** Ends what is over, and the topics made for nothing else; looks again for what too little was said about. */
  sweep(signal: AbortSignal): Promise<void>
  /** Where its box stands; null: it has none. */
  placeOf(story: Story): Place | null
}

export const mostStories = 2_000
/** A broader query is not read before somebody wants it: every one of its posts has to be scored. */
const mostDraftPosts = 10_000
const mostDrafts = 20
const againMs = hourMs / 2
const mostAgain = 50

interface Shelf {
  kept: StoryLog
  topics: Served['topics']
  now: () => number
  livesMs: number
}

/** `livesMs`: how long an approved story lives. */
export function openStories(
  { log, topics, now }: Pick<Served, 'log' | 'topics' | 'now'>,
  livesMs = 48 * hourMs,
): Stories {
  const kept = openStoryLog({ log })
  const shelf: Shelf = { kept, topics, now, livesMs }
  return {
    list: async () => [...(await kept.all()).values()].sort((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1)),
    get: async (id) => (await kept.all()).get(id),
    at: async (url) => (URL.canParse(url) ? (await kept.all()).get(storyIdOf(url)) : undefined),
    of: async (topic) =>
      [...(await kept.all()).values()].filter((one) => one.topic === topic && one.state === 'approved'),
    take: (given, options) => take(shelf, given, options),
    approve: (id, changes = {}) => approve(shelf, id, changes),
    drop: async (id) => {
      if (!(await kept.all()).has(id)) return false
      await kept.write(id, null)
      await endTopics(shelf)
      return true
    },
    sweep: async (signal) => {
      await sweep(shelf)
      await lookAgain(shelf, signal)
    },
    placeOf: ({ id, url, headline, isBroader, topic, state }) => {
      const found = topic && state === 'approved' ? topics.get(topic) : undefined
      return found ? { topic: found, story: { id, url, headline, isBroader } } : null
    },
  }
}

const later = ({ now }: Shelf, ms: number): string => new Date(now() + ms).toISOString()

async function keep({ kept }: Shelf, story: Story): Promise<Story> {
  await kept.write(story.id, story)
  return story
}

async function take(
  shelf: Shelf,
  given: StoryWords[],
  { approve: isApproved, signal }: Parameters<Stories['take']>[1],
): Promise<(Story | UserError)[]> {
  const all = await shelf.kept.all()
  if (all.size + given.length > mostStories)
    throw new UserError(`${mostStories} stories are kept`, 'DELETE /v1/stories/ID, or wait until some end.', 409)
  const live = ({ url }: StoryWords) => {
    const story = all.get(storyIdOf(url))
    return story?.state === 'approved' ? story : undefined
  }
  const asked = given.filter((words) => !words.topic && !live(words))
  const proposed = asked.length ? await shelf.topics.proposeAll(asked, signal) : []
  const told: (Story | UserError)[] = []
  for (const words of given) {
    const found = { proposal: proposed[asked.indexOf(words)] ?? null, isAwaited: isApproved }
    const one = live(words) ?? (await suggest(shelf, words, found).catch(mistakeOnly))
    const isReady = isApproved && !(one instanceof UserError) && one.state === 'suggested'
    told.push(isReady ? await approve(shelf, one.id, {}).catch(mistakeOnly) : one)
  }
  return told
}

/** A mistake in one story of many is its answer. */
function mistakeOnly(error: unknown): UserError {
  if (error instanceof UserError) return error
  throw error
}

interface Found {
  proposal: Proposal | null
  isAwaited: boolean
}

async function suggest(shelf: Shelf, given: StoryWords, { proposal, isAwaited }: Found): Promise<Story> {
  const { kept, topics } = shelf
  const story = storyOf(given, { proposal, isAwaited, nowMs: shelf.now() })
  if (story.topic && !topics.get(story.topic)) {
    const hint = 'GET /v1/topics lists them; leave it out to find one.'
    throw new UserError(`there is no topic "${story.topic}"`, hint, 404)
  }
  if (proposal?.choice.kind !== 'new') return keep(shelf, story)
  // Its posts are read and scored before anybody approves it, so that its paragraph can be judged.
  const drafts = [...(await kept.all()).values()].filter(
    ({ id, state, topic }) => state === 'suggested' && topic && id !== story.id,
  )
  const isRead = drafts.length < mostDrafts && (story.matched ?? 0) <= mostDraftPosts
  return isRead ? withTopic(shelf, story, false) : keep(shelf, story)
}

/** A topic of its own. The story names it first: a topic that no story names is taken away. */
async function withTopic(shelf: Shelf, story: Story, isPublic: boolean): Promise<Story> {
  const { name, query, targets } = story.proposal!
  const id = topicIdOf(story)
  const own = await keep(shelf, { ...story, topic: id })
  const wanted = targets.map((text) => ({ id: '', text }))
  await shelf.topics.put({ id, name: name || story.headline, query, targets: wanted, public: isPublic }, 'story')
  return own
}

async function approve(shelf: Shelf, id: string, changes: StoryChanges): Promise<Story> {
  const known = (await shelf.kept.all()).get(id)
  if (!known) throw new UserError(`there is no story "${id}"`, 'GET /v1/stories lists them.', 404)
  const story = changed(known, changes)
  if (story.state === 'ended') throw new UserError('this story has ended', 'POST it again to begin anew.', 409)
  if (!story.topic && !story.proposal?.query) {
    const { reason, missing } = refusalOf(story)
    throw new UserError(`nothing can be told of this story: ${reason}`, missing, 409)
  }
  const isOwn = story.proposal?.choice.kind === 'new'
  const placed = isOwn ? await withTopic(shelf, story, true) : story
  return keep(shelf, { ...placed, state: 'approved', expires: later(shelf, shelf.livesMs) })
}

/** People post about a story after it is out: one that was too thin is looked for again, for as long as it is kept. */
async function lookAgain(shelf: Shelf, signal: AbortSignal): Promise<void> {
  const isDue = ({ state, lookedAt }: Story) => state === 'refused' && shelf.now() - Date.parse(lookedAt) >= againMs
  const due = [...(await shelf.kept.all()).values()].filter(isDue).slice(0, mostAgain)
  const proposed = due.length ? await shelf.topics.proposeAll(due, signal) : []
  for (const [nr, { receivedAt, expires, ...story }] of due.entries()) {
    const again = await suggest(
      shelf,
      { ...story, topic: null },
      { proposal: proposed[nr]!, isAwaited: story.isAwaited },
    )
    const isReady = again.state === 'suggested' && again.isAwaited
    if (isReady) await approve(shelf, again.id, {})
    // As long as nothing is found it is as old as it was.
    else await keep(shelf, { ...again, receivedAt, ...(again.state === 'refused' && { expires }) })
  }
}

async function sweep(shelf: Shelf): Promise<void> {
  for (const story of (await shelf.kept.all()).values()) {
    if (Date.parse(story.expires) > shelf.now()) continue
    if (story.state !== 'approved') await shelf.kept.write(story.id, null)
    else await keep(shelf, { ...story, state: 'ended', expires: later(shelf, keepMs.ended) })
  }
  await endTopics(shelf)
}

/** Topics that were made for stories, and that no story uses any more. */
async function endTopics({ kept, topics }: Shelf): Promise<void> {
  const used = new Set(
    [...(await kept.all()).values()].flatMap(({ state, topic }) => (state === 'ended' ? [] : [topic])),
  )
  for (const { id, origin } of topics.list()) if (origin === 'story' && !used.has(id)) await topics.drop(id)
}

const sweepMs = 60_000

/** Ends stories when their time is over, until the signal aborts. What failed is tried again at the next turn. */
export async function endStories(
  stories: Pick<Stories, 'sweep'>,
  { signal, note }: { signal: AbortSignal; note: Served['note'] },
): Promise<void> {
  while (!signal.aborted) {
    await stories
      .sweep(signal)
      .catch((error: unknown) => note('stories were not ended, will be tried again', { error }))
    await sleep(sweepMs, signal)
  }
}
