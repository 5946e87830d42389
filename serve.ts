// Connects the pipeline to its readers: perspectives and dashboards get questions and verbs, nothing more.
// The one place that knows both; binds the address and closes it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Window } from './answers.ts'
import { home } from './config.ts'
import { listen, type Server } from './dashboards/server.ts'
import type { Note } from './journal.ts'
import { campaigns } from './perspectives/campaigns.ts'
import { defaultWindow, openPerspectives } from './perspectives/perspectives.ts'
import { themes } from './perspectives/themes.ts'
import type { Pipeline } from './pipeline.ts'
import type { Topic } from './types.ts'

/** Serves the page and the API of a pipeline. Throws UserError when the address is taken. */
export async function serve(
  pipeline: Pipeline,
  { key, signal, note }: { key: string; signal: AbortSignal; note: Note },
): Promise<Server> {
  const { log, store, model, topics, config } = pipeline
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
  const { languages, modelError } = model.labels
  const write = openPerspectives(
    { ask: store.ask, model: model.id, modelError, languages, code: version },
    async () => (await log.status()).readers.analyze ?? 0,
  )
  const served = {
    log,
    topics,
    ask: store.ask,
    model,
    status: pipeline.status,
    removeSample: pipeline.removeSample,
    perspective: write,
    campaigns: (topic: Topic, window: Window) => campaigns(topic, window, { ask: store.ask, model: model.id }),
    themes: (topic: Topic, window: Window) =>
      themes(topic, window, { ask: store.ask, model: model.id, error: modelError }),
    defaultWindow: (topic: Topic) => defaultWindow(store.ask, topic),
    note,
    now: Date.now,
  }
  return listen(served, { host: config.host, port: config.port, hosts: config.server.hosts, key, signal })
}
