// Invented alerts, bulletins, words and channels, and a real log. Needs no test runner: processes of tests use it, too.
import { join } from 'node:path'
import type { Alert, Bulletin, ChannelKind } from '../../alarms.ts'
import type { OpenChannel } from '../../alerts/channels.ts'
import type { Words } from '../../alerts/letter.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { Log } from '../../types.ts'

export const start = Date.UTC(2026, 4, 1, 12)
export const iso = (ms: number): string => new Date(ms).toISOString()
const window = (fromMs: number, hours: number) => ({ from: iso(fromMs), to: iso(fromMs + hours * 3_600_000) })

export function alert(id: string, made: Partial<Alert> = {}): Alert {
  const at = made.at ?? iso(start)
  return {
    ...{
      id,
      rule: 'shifts',
      ruleName: 'Shifts',
      severity: 'warning',
      model: 'tiny',
      kind: 'sentiment',
      state: 'early',
    },
    topic: { topic: `topic-${id}`, version: 1, name: `Night trains ${id}` },
    ...{ at, openedAt: at, history: [], began: window(start - 7_200_000, 1), before: window(start - 86_400_000, 12) },
    ...{ after: window(start - 3_600_000, 1), seenAt: at, perYear: 0.5, detail: '', reason: '', ack: null },
    shifts: [
      {
        ...{ measure: 'sentiment.negative', phrase: null, direction: 'up', voices: { before: 400, after: 120 } },
        before: { estimate: 0.31, low: 0.28, high: 0.34 },
        after: { estimate: 0.44, low: 0.38, high: 0.5 },
        difference: { estimate: 0.13, low: 0.07, high: 0.19 },
      },
    ],
    ...made,
  }
}

export const bulletin = (id: string, alerts: Alert[], made: Partial<Bulletin> = {}): Bulletin => ({
  ...{ id, rule: 'shifts', at: alerts[0]!.at, notBefore: null, channels: ['hook'] },
  alerts: alerts.map((one) => ({ id: one.id, state: one.state })),
  ...made,
})

export const words: Words = {
  wordsOf: ({ id, topic, state }) => ({
    title: `Negative tone about ${topic.name} rose from 31 % to 44 %`,
    text: `It is ${state}. Of 120 accounts, 44 % were negative.`,
    facts: [{ label: 'Before', value: '31 %' }],
    path: `/alerts/${id}`,
  }),
  bulletinWords: (alerts) => ({
    ...{ title: `${alerts.length} topics changed at once`, text: 'The strongest are named.', facts: [] },
    path: '/alerts',
  }),
}

export const channel = (id: string, kind: ChannelKind, made: Partial<OpenChannel> = {}): OpenChannel => ({
  ...{ id, kind, url: '', from: '', to: [], origin: 'config', secret: null },
  ...{ user: null, password: null },
  ...made,
})

export const openLog = (folder: string): Promise<Log> =>
  openSqliteLog({
    path: join(folder, 'log.db'),
    retention: { hours: 48, bytes: 1e9 },
    hashKey: Buffer.alloc(32, 1),
  })
