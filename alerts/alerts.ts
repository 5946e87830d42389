// Alerts, as pages and API have them: what was told, what somebody says of it, rules, channels, back-tests; and the loop that
// looks (loop.ts). May assume one process that looks; a second one would find the same and keep it under the same ids.
import type { Alert, AlertNews, Alerts } from '../alarms.ts'
import { UserError } from '../errors.ts'
import { backtest } from './backtest.ts'
import { keepAck, keptAlerts } from './kept.ts'
import { type AlertsParts, openLoop } from './loop.ts'

export function openAlerts(parts: AlertsParts): Alerts & { run(signal: AbortSignal): Promise<void> } {
  const { rules, notify, now = Date.now } = parts
  const listeners = new Set<(news: AlertNews) => void>()
  const loop = openLoop(parts, (alert) => {
    for (const listener of listeners) listener({ alert })
  })
  return {
    ...verbs(parts, now),
    wordsOf: parts.wordsOf,
    explain: parts.explain,
    ...{ rules: rules.list, putRule: rules.put, dropRule: rules.drop, checkRule: rules.check },
    ...{ testRule: notify.test, channels: notify.channels, putChannel: notify.putChannel },
    ...{ dropChannel: notify.dropChannel, deliveries: notify.deliveries },
    backtest: oneAtATime((rule, window, signal) => backtest({ ...parts, pool: loop.pool() }, { rule, window }, signal)),
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    lookedUntil: () => {
      const untilMs = loop.lookedUntil()
      return untilMs === null ? null : new Date(untilMs).toISOString()
    },
    run: loop.run,
  }
}

/** It is much work: who asks meanwhile is asked to come again. */
function oneAtATime(run: Alerts['backtest']): Alerts['backtest'] {
  let isRunning = false
  return async (...asked) => {
    if (isRunning) throw new UserError('another rule is being tried', 'Try again in a minute.', 429)
    isRunning = true
    try {
      return await run(...asked)
    } finally {
      isRunning = false
    }
  }
}

/** What people ask of alerts that are kept. */
function verbs({ log }: AlertsParts, now: () => number): Pick<Alerts, 'list' | 'get' | 'ack' | 'scorecard'> {
  const all = async () => (await keptAlerts(log)).sort((a, b) => b.at.localeCompare(a.at) || a.id.localeCompare(b.id))
  const get = async (id: string) => (await all()).find((alert) => alert.id === id) ?? null
  return {
    get,
    list: async ({ topic, state, limit = 100 } = {}) => {
      const found = (await all()).filter(
        (alert) => (!topic || alert.topic.topic === topic) && (!state || alert.state === state),
      )
      return found.slice(0, limit)
    },
    ack: async (id, ack) => {
      const alert = await get(id)
      if (!alert) throw new UserError('there is no such alert', 'GET /v1/alerts lists them.', 404)
      const said = { ...ack, at: new Date(now()).toISOString() }
      await keepAck(log, id, said)
      return { ...alert, ack: said }
    },
    scorecard: async (topic) => {
      const own = (await all()).filter((alert) => alert.topic.topic === topic)
      const count = (of: (alert: Alert) => boolean) => own.filter(of).length
      const said = (verdict: 'right' | 'wrong' | 'known') => count(({ ack }) => ack?.verdict === verdict)
      return {
        ...{ right: said('right'), wrong: said('wrong'), known: said('known') },
        ...{ unanswered: count(({ ack }) => !ack), withdrawn: count(({ state }) => state === 'withdrawn') },
      }
    },
  }
}
