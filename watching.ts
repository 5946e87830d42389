// Connects alerts to the rest: what they ask of the store, what perspectives and stories know, and where they are told.
// Beside serve.ts, which opens it; knows the configuration and no page.
import type { Alert, Alerts } from './alarms.ts'
import { openAlerts } from './alerts/alerts.ts'
import { bulletinWords } from './alerts/bulletinWords.ts'
import { explain, type KnownStory } from './alerts/explain.ts'
import { openNotify } from './alerts/notify.ts'
import { openRules } from './alerts/rules.ts'
import { wordsOf } from './alerts/words.ts'
import type { TopicRef, Window } from './answers.ts'
import type { Concluding } from './concluding.ts'
import { type Config, openChannels } from './config.ts'
import type { Dial } from './dial.ts'
import type { Note } from './journal.ts'
import type { Pipeline } from './pipeline.ts'
import type { Topic } from './types.ts'

export interface Around {
  dial: Dial
  note: Note
  concluding: Pick<Concluding, 'themes' | 'campaigns'>
  now?: () => number
  /** Those that a reader may see. */
  stories: () => Promise<KnownStory[]>
}

/** Alerts of a pipeline. Throws UserError on rules and channels of the configuration that are none. */
export async function watchTopics(
  pipeline: Pipeline,
  around: Around,
): Promise<Alerts & { run(signal: AbortSignal): Promise<void> }> {
  const { log, model, topics, config, status } = pipeline
  const ask = pipeline.store.askLater
  const { themes, campaigns } = around.concluding
  const topicOf = (id: string, version: number) => topics.versions(id).find((one) => one.version === version)
  const why = {
    ...{ ask, errors: model.labels.modelError, topicOf, stories: around.stories },
    themes: async (topic: Topic, window: Window, read: string) => (await themes(topic, window, read)).themes,
    topics: () => topics.list(),
    formerOf: ({ former }: Alert, topic: TopicRef) => (former ? { topic, model: former } : null),
  }
  const explained = (alert: Alert, signal: AbortSignal) => explain(alert, why, signal)
  const targetsOf = ({ topic }: Alert) => ({ targets: topicOf(topic.topic, topic.version)?.targets ?? [] })
  const worded: Alerts['wordsOf'] = (alert, explanation) =>
    wordsOf(alert, { ...targetsOf(alert), ...(explanation ? { explanation } : {}) })
  const notify = openNotify({
    ...{ log, dial: around.dial, note: around.note, origin: originOf(config), channels: openChannels(config) },
    words: {
      wordsOf: (alert) => worded(alert),
      bulletinWords: (alerts) => bulletinWords(alerts, targetsOf),
      explained: async (alert, signal) => worded(alert, await explained(alert, signal)),
    },
  })
  return openAlerts({
    ...{ log, ask, model, status, notify, explain: explained, wordsOf: worded },
    ...{ note: around.note, topics: () => topics.list(), now: around.now ?? Date.now },
    rules: await openRules(log, config.alerts, { labels: model.labels }),
    themes,
    campaigns,
  })
}

const originOf = ({ server, host, port }: Config): string =>
  server.url ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`
