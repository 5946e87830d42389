// How a story comes in: known already, or a topic found or proposed for it, and approved. What is known at its address is
// corrected and never begun anew by a feed, which forgets what it told. May assume that words were checked; a story names
// its topic before that is made, and nothing becomes public that nobody approved.
import { UserError } from '../errors.ts'
import type { Proposal } from '../given.ts'
import type { Topic } from '../types.ts'
import type { Served } from './served.ts'
import {
  changed,
  corrected,
  isOwn,
  nameOf,
  refusalOf,
  type Story,
  type StoryChanges,
  type StoryWords,
  storyIdOf,
  storyOf,
  topicIdOf,
} from './story.ts'
import type { StoryLog } from './storyLog.ts'

/** What became of a story. */
export interface StoryNews {
  story: Story
  state: 'approved' | 'ended'
}

export interface Keeping {
  kept: StoryLog
  topics: Served['topics']
  now: () => number
  livesMs: number
  tell: (news: StoryNews) => void
  /** One change after the other: each decides by what the one before made. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

export interface TakeOptions {
  /** What can be told is approved at once. */
  approve: boolean
  /** Nobody asks for it by hand: what ended, or is older than a story lives, is left alone. */
  isFeed?: boolean
  signal: AbortSignal
}

export const mostStories = 2_000
/** A broader query is not read before somebody wants it: every one of its posts has to be scored. */
const mostDraftPosts = 10_000
const mostDrafts = 20

export const later = ({ now }: Pick<Keeping, 'now'>, ms: number): string => new Date(now() + ms).toISOString()

export async function keep({ kept }: Pick<Keeping, 'kept'>, story: Story): Promise<Story> {
  await kept.write(story.id, story)
  return story
}

/** A mistake in one story of many is its answer. */
export function mistakeOnly(error: unknown): UserError {
  if (error instanceof UserError) return error
  throw error
}

/** One answer each, in order. */
export async function take(
  keeping: Keeping,
  given: StoryWords[],
  { approve: isApproved, isFeed = false, signal }: TakeOptions,
): Promise<(Story | UserError)[]> {
  const { kept, topics } = keeping
  const known = await kept.all()
  const open = given.filter((words) => !isSettled(keeping, words, { story: known.get(storyIdOf(words.url)), isFeed }))
  await makeRoom(keeping, open)
  const asked = open.filter(({ topic }) => !topic)
  const proposed = asked.length ? await topics.proposeAll(asked, signal) : []
  const answer = async (words: StoryWords): Promise<Story | UserError> => {
    // Looked at again: somebody may have approved or dropped it meanwhile, and one address may be given twice.
    const story = (await kept.all()).get(storyIdOf(words.url))
    if (!open.includes(words) || isSettled(keeping, words, { story, isFeed }))
      return story ? correct(keeping, story, words) : tooOld
    const found = { proposal: proposed[asked.indexOf(words)] ?? null, isAwaited: isApproved }
    const one = await suggest(keeping, words, found).catch(mistakeOnly)
    const isReady = isApproved && !(one instanceof UserError) && one.state === 'suggested'
    return isReady ? approve(keeping, one.id, {}).catch(mistakeOnly) : one
  }
  const told: (Story | UserError)[] = []
  for (const words of given) told.push(await keeping.inTurn(() => answer(words)))
  return told
}

const tooOld = new UserError('it is older than a story lives', 'POST /v1/stories begins it all the same.', 409)

/** No topic is looked for: its box is there already, or it is none of those that a feed may begin. */
function isSettled(
  { topics, now, livesMs }: Keeping,
  { at }: StoryWords,
  { story, isFeed }: { story: Story | undefined; isFeed: boolean },
): boolean {
  // One whose topic somebody dropped has no box, and begins anew.
  if (story?.state === 'approved') return topics.get(story.topic!) !== undefined
  return isFeed && (story ? story.state === 'ended' : at !== null && Date.parse(at) < now() - livesMs)
}

/** The oldest of those that have ended make room for new ones. */
async function makeRoom({ kept }: Keeping, given: StoryWords[]): Promise<void> {
  const all = await kept.all()
  const ids = new Set(given.map(({ url }) => storyIdOf(url)))
  const fresh = [...ids].filter((id) => !all.has(id)).length
  const over = fresh && all.size + fresh - mostStories
  if (over <= 0) return
  const ended = [...all.values()].filter(({ id, state }) => state === 'ended' && !ids.has(id))
  if (ended.length < over)
    throw new UserError(`${mostStories} stories are kept`, 'DELETE /v1/stories/ID, or wait until some end.', 409)
  const oldest = ended.sort((a, b) => a.expires.localeCompare(b.expires)).slice(0, over)
  for (const { id } of oldest) await kept.write(id, null)
}

/** What its site says of a live story by now. A topic that bears its headline is called by the new one. */
async function correct(keeping: Keeping, story: Story, words: StoryWords): Promise<Story> {
  const { topics, now } = keeping
  const next = story.state === 'approved' ? corrected(story, words, now()) : story
  if (next === story) return story
  const topic = isOwn(story) ? topics.get(story.topic!) : undefined
  const isCalled = topic && story.headline.startsWith(topic.name.replace(/ …$/, ''))
  if (isCalled) await topics.put({ ...definitionOf(topic), name: nameOf(next.headline) }, 'story')
  return keep(keeping, next)
}

const definitionOf = ({ id, name, query, targets, public: isPublic, tags }: Topic) => ({
  ...{ id, name, query, targets, public: isPublic, tags },
})

/** Makes its topic one that everybody may read. */
export const openTopic = async (topics: Served['topics'], topic: Topic): Promise<void> =>
  void (await topics.put({ ...definitionOf(topic), public: true }, topic.origin))

interface Found {
  proposal: Proposal | null
  isAwaited: boolean
}

export async function suggest(keeping: Keeping, given: StoryWords, { proposal, isAwaited }: Found): Promise<Story> {
  const { topics, now } = keeping
  const story = storyOf(given, { proposal, isAwaited, nowMs: now() })
  if (story.topic && !topics.get(story.topic)) {
    const hint = 'GET /v1/topics lists them; leave it out to find one.'
    throw new UserError(`there is no topic "${story.topic}"`, hint, 404)
  }
  if (proposal?.choice.kind !== 'new') return keep(keeping, story)
  // Its posts are read and scored before anybody approves it, so that its paragraph can be judged.
  const isDraft = ({ id, origin, public: isPublic }: Topic) =>
    origin === 'story' && !isPublic && id !== topicIdOf(story)
  const isRead = topics.list().filter(isDraft).length < mostDrafts && (story.matched ?? 0) <= mostDraftPosts
  return isRead ? withTopic(keeping, story, false) : keep(keeping, story)
}

/** A topic of its own. The story names it first, as of now: a topic that no story uses is taken away. */
async function withTopic(keeping: Keeping, story: Story, isPublic: boolean): Promise<Story> {
  const { name, query, targets } = story.proposal!
  const id = topicIdOf(story)
  const proposal = { ...story.proposal!, choice: { kind: 'new' as const } }
  const own = await keep(keeping, { ...story, proposal, topic: id, lookedAt: later(keeping, 0) })
  const wanted = targets.map((text) => ({ id: '', text }))
  const called = name || nameOf(story.headline)
  const there = keeping.topics.get(id)
  // A person made it theirs: it is used as it is, and does not end with the story.
  if (there && there.origin !== 'story') return own
  await keeping.topics.put({ id, name: called, query, targets: wanted, public: isPublic, tags: [] }, 'story')
  return own
}

/** Lets its box be read. Throws UserError where there is nothing to tell. */
export async function approve(keeping: Keeping, id: string, changes: StoryChanges): Promise<Story> {
  const { kept, topics, livesMs } = keeping
  const known = (await kept.all()).get(id)
  if (!known) throw new UserError(`there is no story "${id}"`, 'GET /v1/stories lists them.', 404)
  const story = changed(known, changes)
  if (story.state === 'ended') throw new UserError('this story has ended', 'POST it again to begin anew.', 409)
  const topic = story.topic ? topics.get(story.topic) : undefined
  if (!topic) checkQuery(story)
  const isMade = !topic || story.proposal?.choice.kind === 'new'
  const placed = isMade ? await withTopic(keeping, story, true).catch(undo(keeping, known)) : story
  // A topic that was made for another story is read by everybody with the first box that shows it.
  if (!isMade && topic.origin === 'story' && !topic.public) await openTopic(topics, topic)
  const approved = await keep(keeping, { ...placed, state: 'approved', expires: later(keeping, livesMs) })
  keeping.tell({ story: approved, state: 'approved' })
  return approved
}

/** A query that does not parse leaves the story as it was. */
const undo = (keeping: Keeping, known: Story) => async (error: unknown) => {
  await keep(keeping, known)
  throw error
}

/** Whether a topic may be made of what was proposed. The one that covered the story may have ended since. */
function checkQuery(story: Story): void {
  const { query = '', choice } = story.proposal ?? {}
  if (query && (choice?.kind === 'new' || choice?.kind === 'covered')) return
  if (story.state === 'refused') {
    const { reason, missing } = refusalOf(story)
    throw new UserError(`nothing can be told of this story: ${reason}`, missing, 409)
  }
  throw new UserError('the topic of this story is not watched any more', 'POST the story again to find another.', 409)
}
