// The stories of the log in memory: settings under one beginning of a key. What is written here is known at once, what
// another process wrote within seconds. A story that does not parse was not written by us.
import { CorruptionError } from '../errors.ts'
import { set, settingsUnder } from '../settings.ts'
import type { Served } from './served.ts'
import type { Story } from './story.ts'

const prefix = 'story.'
/** Another process may have written: so often the log is looked at again. */
const lookMs = 2_000

export type StoryLog = ReturnType<typeof openStoryLog>

export function openStoryLog({ log }: Pick<Served, 'log'>) {
  let seen: { at: number; stories: Promise<Map<string, Story>> } | undefined
  let writes = 0
  const load = async (): Promise<Map<string, Story>> => {
    const before = writes
    const settings = await settingsUnder(log, prefix)
    // Something was written meanwhile: this reading may not know of it.
    if (before !== writes) return load()
    return new Map([...settings].map(([id, value]) => [id, parse(id, value)]))
  }
  return {
    all: (): Promise<Map<string, Story>> => {
      if (!seen || performance.now() - seen.at > lookMs) seen = { at: performance.now(), stories: load() }
      return seen.stories
    },
    /** Durable before it is known. */
    write: async (id: string, story: Story | null): Promise<void> => {
      await set(log, { [prefix + id]: story && JSON.stringify(story) })
      writes++
      const stories = await seen?.stories
      if (story) stories?.set(id, story)
      else stories?.delete(id)
    },
  }
}

function parse(id: string, value: string): Story {
  try {
    return JSON.parse(value) as Story
  } catch (cause) {
    throw new CorruptionError(`story ${id} in the log is not what this version wrote`, { cause })
  }
}
