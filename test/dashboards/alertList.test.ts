// An empty list of alerts says up to when its silence can be relied on.
import { expect, test } from 'vitest'
import { alertList, filteredOf } from '../../dashboards/alertList.ts'
import type { Served } from '../../dashboards/served.ts'
import { sourceOf, statusOf } from '../alerts/looping.ts'
import { fakeAlerts } from '../doubles/alerts.ts'
import { topicOf } from '../doubles/tallies.ts'

const minutes = (count: number) => new Date(Date.now() - count * 60_000).toISOString()

test.each([
  [minutes(30), /Posts until .+ UTC.* were looked at/, /posted since|since the start/],
  [
    '2026-11-22T13:40:00.000Z',
    /what was posted since 22 Nov 2026, 13:40 UTC has not been looked at/,
    /since the start/,
  ],
  [null, /nothing has been looked at since the start/, /were looked at/],
])('looked until %s', async (lookedUntil, says, never) => {
  const served = {
    alerts: fakeAlerts({ lookedUntil }),
    topics: { list: () => [topicOf('talks')], get: () => undefined },
    status: async () => statusOf({ sources: [sourceOf('bluesky')] }),
  } as unknown as Served
  const text = String(await alertList(served, filteredOf({})))
  expect(text).toContain('Nothing is open')
  expect(text).toMatch(says)
  expect(text).not.toMatch(never)
  expect(text.includes('It means less now')).toBe(/posted since|since the start/.test(text))
})
