// The thread of concluding.ts. What it counts is counted in the main one.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Fingerprint, Window } from './answers.ts'
import { openCalls } from './calls.ts'
import type { Grounding } from './concluding.ts'
import type { ReadSince } from './given.ts'
import { countElsewhere, type countHere } from './metrics.ts'
import { campaigns } from './perspectives/campaigns.ts'
import { openChat } from './perspectives/chat.ts'
import { written } from './perspectives/perspectives.ts'
import { themes } from './perspectives/themes.ts'
import { borrow, type Lent } from './store/lent.ts'
import type { Topic } from './types.ts'

// On Linux, whoever waits for an answer comes first; elsewhere it would slow down the whole process.
if (process.platform === 'linux') setPriority(0, 10)

const { model, modelError, languages, code, narrator } = workerData as Grounding
const { signal } = new AbortController()

const verbs = {
  written: (topic: Topic, window: Window, from: { print: Fingerprint; readSince: ReadSince[] }) =>
    written(topic, window, {
      sources: { ...grounds, readSince: () => from.readSince },
      ...{ signal, print: from.print },
    }),
  themes: (topic: Topic, window: Window, of: string) => themes(topic, window, { ask, model: of, error: modelError }),
  campaigns: (topic: Topic, window: Window) => campaigns(topic, window, { ask, model }),
}
export type Verbs = typeof verbs

const { they, tell } = openCalls<Lent & { count: typeof countHere }>(parentPort!, verbs)
const ask = borrow(they)
const writer = narrator ? { narrator: openChat(narrator) } : {}
const grounds = { ask, model, modelError, languages, code, ...writer }
countElsewhere((name, args) => tell('count', name, args))
