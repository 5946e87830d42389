// Stories of a site, and the topic whose paragraph may stand beside each. A story is only a proposal until somebody
// approves it; it ends by itself, and a topic that was made for stories alone ends with the last of them.
import type { UserError } from '../errors.ts'
import { sleep } from '../retry.ts'
import type { Place } from './boxOf.ts'
import type { Served } from './served.ts'
import { hourMs, type Story, type StoryChanges, type StoryWords, storyIdOf } from './story.ts'
import { drop, forget, lookAgain, sweep } from './storyEnds.ts'
import { openStoryLog } from './storyLog.ts'
import { approve, type Keeping, type StoryNews, type TakeOptions, take } from './storyTake.ts'

export interface Stories {
  /** The newest first. */
  list(): Promise<Story[]>
  get(id: string): Promise<Story | undefined>
  /** The story at an address, whatever campaign words it carries. */
  at(url: string): Promise<Story | undefined>
  /** Those whose boxes tell of a topic. */
  of(topic: string): Promise<Story[]>
  /** Finds or proposes a topic for each, and corrects those that have a box. One answer each, in order. */
  take(given: StoryWords[], options: TakeOptions): Promise<(Story | UserError)[]>
  /** Lets its box be read. Throws UserError where there is nothing to tell. */
  approve(id: string, changes?: StoryChanges): Promise<Story>
  /** Ends it; what has ended is forgotten. False where there is none. */
  drop(id: string): Promise<boolean>
  /** Leaves nothing of it, as if it had never been told. */
  forget(id: string): Promise<void>
  /** Ends what is over, and the topics made for nothing else; looks again for what too little was said about. */
  sweep(signal: AbortSignal): Promise<void>
  /** Where its box stands; null: it has none. */
  placeOf(story: Story): Place | null
  /** Tells of approvals and ends until the returned function is called. */
  listen(listener: (news: StoryNews) => void): () => void
  /** How long an approved one has a box. */
  livesMs: number
}

/** `livesMs`: how long an approved story lives. */
export function openStories(
  { log, topics, now }: Pick<Served, 'log' | 'topics' | 'now'>,
  livesMs = 48 * hourMs,
): Stories {
  const kept = openStoryLog({ log })
  const listeners = new Set<(news: StoryNews) => void>()
  const tell: Keeping['tell'] = (news) => {
    for (const listener of listeners) listener(news)
  }
  const inTurn = openTurn()
  const keeping: Keeping = { kept, topics, now, livesMs, tell, inTurn }
  return {
    list: async () => [...(await kept.all()).values()].sort((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1)),
    get: async (id) => (await kept.all()).get(id),
    at: async (url) => (URL.canParse(url) ? (await kept.all()).get(storyIdOf(url)) : undefined),
    of: async (topic) =>
      [...(await kept.all()).values()].filter((one) => one.topic === topic && one.state === 'approved'),
    take: (given, options) => take(keeping, given, options),
    approve: (id, changes = {}) => inTurn(() => approve(keeping, id, changes)),
    drop: (id) => inTurn(() => drop(keeping, id)),
    forget: (id) => inTurn(() => forget(keeping, id)),
    sweep: async (signal) => {
      await inTurn(() => sweep(keeping))
      await lookAgain(keeping, signal)
    },
    placeOf: ({ id, url, headline, isBroader, topic, state }) => {
      const found = topic && state === 'approved' ? topics.get(topic) : undefined
      return found ? { topic: found, story: { id, url, headline, isBroader } } : null
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    livesMs,
  }
}

/** One after the other. */
function openTurn(): Keeping['inTurn'] {
  let turn: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = turn.then(work)
    turn = next.catch(() => {}) // its own caller hears of it
    return next
  }
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
