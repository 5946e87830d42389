// Conclusions over a window's posts (its paragraph, themes, campaigns) are drawn on a thread of their own: seconds of work
// that nobody who asks for something else has to wait for. It has no store: it asks ours. Started by the first who asks;
// where it ends, what was asked of it fails, and who asks next gets another one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Fingerprint, Window } from './answers.ts'
import { openCalls } from './calls.ts'
import type { Verbs } from './concludingWorker.ts'
import type { Campaigns, Themes } from './conclusions.ts'
import { home } from './config.ts'
import type { ReadSince } from './given.ts'
import { countHere } from './metrics.ts'
import type { ChatOptions } from './perspectives/endpoint.ts'
import type { Written } from './perspectives/perspectives.ts'
import type { Pipeline } from './pipeline.ts'
import type { Lent } from './store/lent.ts'
import type { ModelErrors, Topic } from './types.ts'

/** What the thread is started with. */
export interface Grounding {
  model: string
  modelError: ModelErrors
  languages: string[]
  /** Version of this code, for manifests. */
  code: string
  narrator: ChatOptions | null
}

export interface Concluding extends Disposable {
  written(topic: Topic, window: Window, from: { print: Fingerprint; readSince: ReadSince[] }): Promise<Written>
  /** `model`: as that one reads the posts. */
  themes(topic: Topic, window: Window, model?: string): Promise<Themes>
  campaigns(topic: Topic, window: Window): Promise<Campaigns>
}

/** `code`: what the thread runs (tests put one there that ends). */
export function openConcluding(
  pipeline: Pick<Pipeline, 'store' | 'model' | 'config'>,
  code = new URL('./concludingWorker.ts', import.meta.url),
): Concluding {
  const grounding = groundingOf(pipeline)
  let thread: Thread | null = null
  let isClosed = false
  const forget = (over: Thread) => {
    if (thread === over) thread = null
  }
  const at = async <Told>(work: (they: Thread['calls']['they']) => Promise<Told>): Promise<Told> => {
    if (isClosed) throw ended()
    const mine = thread ?? start({ code, grounding, lent: pipeline.store.lent }, forget)
    thread = mine
    // It holds the process only while somebody waits.
    if (!mine.waiting++) mine.worker.ref()
    try {
      return await work(mine.calls.they)
    } finally {
      if (!--mine.waiting) mine.worker.unref()
    }
  }
  return {
    written: (topic, window, from) => at((they) => they.written(topic, window, from)),
    themes: (topic, window, model) => at((they) => they.themes(topic, window, model ?? grounding.model)),
    campaigns: (topic, window) => at((they) => they.campaigns(topic, window)),
    [Symbol.dispose]: () => {
      isClosed = true
      thread?.calls.end(ended())
      thread?.worker.terminate()
    },
  }
}

/** What conclusions are drawn with. `offline` asks no chat endpoint. */
function groundingOf({ model, config }: Pick<Pipeline, 'model' | 'config'>): Grounding {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
  const { languages, modelError } = model.labels
  const { narrator: chat, narratorKey: key, offline } = config
  const narrator = chat && !offline ? { url: chat.url, model: chat.model, timeoutMs: chat.timeout, key } : null
  return { model: model.id, modelError, languages, code: version, narrator }
}

const ended = () => new DOMException('the thread that draws conclusions ended', 'AbortError')

interface Thread {
  worker: Worker
  calls: ReturnType<typeof openCalls<Verbs>>
  waiting: number
}

interface Starting {
  code: URL
  grounding: Grounding
  lent: Lent
}

function start({ code, grounding, lent }: Starting, over: (thread: Thread) => void): Thread {
  const worker = new Worker(code, { workerData: grounding })
  const calls = openCalls<Verbs>(worker, { ...lent, count: countHere })
  const thread: Thread = { worker, calls, waiting: 0 }
  const end = (error: unknown) => {
    over(thread)
    calls.end(new Error('the thread that draws conclusions ended', { cause: error }))
  }
  worker.on('error', end)
  // What cannot be read is nobody's answer: who waits for it would wait for ever.
  worker.on('messageerror', () => worker.terminate())
  worker.on('exit', end)
  return thread
}
