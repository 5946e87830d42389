// A story as the API and the pages tell it: its topic, how that was found, what its box would say, and where the box is.
// Adds nothing that a reader could not check, and hides nothing that an editor has to know before approving.
import type { Perspective } from '../conclusions.ts'
import { UserError } from '../errors.ts'
import { sleep } from '../retry.ts'
import { evidencePath, type Named, pathOf } from './boxAt.ts'
import { type Served, windowOf } from './served.ts'
import type { Stories } from './stories.ts'
import { refusalOf, type Story } from './story.ts'

export interface StoryTold extends Omit<Story, 'topic' | 'isBroader'> {
  topic: { id: string; name: string; public: boolean } | null
  /** Set where the topic is broader than the story: what the paragraph is about instead. */
  about: string | null
  /** Why there is nothing to tell; null where there is. */
  refusal: { reason: string; missing: string } | null
  /** Absolute addresses of its box in every form; null before it is approved. */
  embed: Record<'html' | 'json' | 'svg' | 'png' | 'evidence', string> | null
}

/** What its box says, or would say once it is approved; `reading`: its posts are still being read. */
export interface StoryPreview extends Pick<Perspective, 'text' | 'refusal' | 'sentences'> {
  posts: number
  reading: { done: number; total: number } | null
}

/** Where readers find us: as configured, else where we were asked. */
export const originOf = ({ url }: Pick<Served, 'url'>, asked: string): string => url ?? new URL(asked).origin

export function toldStory(served: Pick<Served, 'topics'>, story: Story, origin: string): StoryTold {
  const { topic: id, isBroader, ...rest } = story
  const topic = id ? served.topics.get(id) : undefined
  return {
    ...rest,
    topic: topic ? { id: topic.id, name: topic.name, public: topic.public } : null,
    about: isBroader && topic ? topic.name : null,
    refusal: story.state === 'refused' ? refusalOf(story) : null,
    embed: story.state === 'approved' && topic ? formsAt({ topic, story }, origin) : null,
  }
}

function formsAt(place: Named, origin: string): NonNullable<StoryTold['embed']> {
  const at = (path: string) => new URL(path, origin).href
  const form = (kind: string) => at(`/embed/${pathOf(place)}.${kind}`)
  const forms = { html: form('html'), json: form('json'), svg: form('svg'), png: form('png') }
  return { ...forms, evidence: at(evidencePath(place)) }
}

/** How long somebody who posted a story waits for its posts to be read. */
const patienceMs = 5_000

/** The paragraph of its topic. Waits a little for a topic that was just made. Null where it has none yet. */
export async function previewOf(served: Served, story: Story, signal: AbortSignal): Promise<StoryPreview | null> {
  const topic = story.topic ? served.topics.get(story.topic) : undefined
  if (!topic) return null
  const until = performance.now() + patienceMs
  let reading = await readingOf(served, topic.id)
  while (reading && performance.now() < until && !signal.aborted) {
    await sleep(100, signal)
    reading = await readingOf(served, topic.id)
  }
  const told = await served.perspective(topic, await windowOf(served, topic, {}), signal)
  const { text, refusal, sentences, manifest } = told
  return { text, refusal, sentences, posts: manifest.posts, reading }
}

/** A topic whose history is read, or will be: what was made a moment ago is behind the head of the log. */
async function readingOf({ status }: Served, topic: string): Promise<StoryPreview['reading']> {
  const { lag, histories } = await status()
  const own = histories.find((one) => one.topic === topic)
  if (own) return { done: own.done, total: own.total }
  return lag > 0 ? { done: 0, total: lag } : null
}

/** The story, or a 404 that says where to look. */
export async function storyOfId(stories: Stories, id: string): Promise<Story> {
  const story = await stories.get(id)
  if (story) return story
  throw new UserError(`there is no story "${id.slice(0, 80)}"`, 'GET /v1/stories lists them.', 404)
}
