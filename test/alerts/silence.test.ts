// What is not here yet must not be told as a fall of accounts. Twenty days of twenty accounts a step, always; what a topic
// shows of it is what was read so far. None of these may tell anything.
import { beforeEach, expect, test } from 'vitest'
import type { WantedRule } from '../../alarms.ts'
import { keptBulletins } from '../../alerts/kept.ts'
import type { Status } from '../../given.ts'
import { topicOf } from '../doubles/tallies.ts'
import { sourceOf, start, statusOf, usual } from './looping.ts'
import { begin, hourMs, log, looping } from './loops.ts'

const minuteMs = 60_000
beforeEach(() => {
  here = Number.POSITIVE_INFINITY
})
const everything: WantedRule = { ...usual, id: 'all', measures: [] }
const iso = (ms: number) => new Date(ms).toISOString()
const bornMs = start - 20 * 86_400_000

/** Of [start, untilMs) there is what is before `read`; all else is here at once. */
let read = start
let untilMs = start
/** Nothing is written after now, whatever a clock says. */
let here = Number.POSITIVE_INFINITY
const voices = (_: string, ms: number) => ((ms >= start && ms < untilMs && ms >= read) || ms >= here ? 0 : 20)
const open = async (nowMs: number, status: Status) => {
  await begin({
    status,
    log,
    topics: [topicOf('talks')],
    world: { bornMs, voices, sources: ['sea'] },
    rules: [everything],
    nowMs,
  })
}
const told = async () =>
  (await looping!.alerts.list()).map((one) => [
    one.kind,
    one.shifts[0]?.direction,
    one.history.map(({ state }) => state).join(' '),
  ])
const sources = (state: 'live' | 'catching up' | 'connecting', latestMs: number) => ({
  sources: [sourceOf('sea', { state, latest: iso(latestMs) })],
})
const at = (head: number, position: number, more: Partial<Status>): Status =>
  statusOf({
    lag: head - position,
    readers: { analyze: { position, lag: head - position } },
    log: { ...statusOf().log, head },
    ...more,
  })

/** Ordinary days until `start`. */
async function day(): Promise<void> {
  read = untilMs = start
  await open(start - hourMs, at(1, 1, sources('live', start - hourMs)))
  for (let nr = 0; nr < 6; nr++) {
    await looping!.step(0)
    looping!.given.status = at(1, 1, sources('live', looping!.now()))
    await looping!.step(10 * minuteMs)
  }
  expect(await told()).toEqual([])
}

/** Away for so long; then caught up with in `minutes`, of which the analyzer reads a part in the same time. */
async function caughtUpWith(
  awayMs: number,
  {
    minutes,
    part,
    isRestarted = true,
    isConnecting = true,
  }: { minutes: number; part: number; isRestarted?: boolean; isConnecting?: boolean },
) {
  await day()
  untilMs = start + awayMs
  if (isRestarted) {
    await looping!.stop()
    // Where it is not read to the end yet when it starts, nothing is looked at before the source is there.
    await open(untilMs, at(2, isConnecting ? 2 : 1, { sources: [sourceOf('sea', { state: 'connecting' })] }))
    await looping!.step(5_000)
  } else await looping!.step(awayMs)
  const latest = (minute: number) => Math.min(looping!.now(), start + (awayMs * minute) / minutes)
  const seen: string[] = []
  for (let minute = 0; minute * part <= minutes + 5; minute++) {
    read = start + (awayMs * Math.min(minutes, minute * part)) / minutes
    const state = minute < minutes ? ('catching up' as const) : ('live' as const)
    const head = 10 + 1_000 * Math.min(minute, minutes)
    looping!.given.status = at(
      head,
      10 + Math.floor(1_000 * Math.min(minute * part, minutes)),
      sources(state, latest(minute)),
    )
    await looping!.step(minuteMs)
    for (const one of await told()) if (!seen.includes(one.join(' '))) seen.push(one.join(' '))
  }
  read = untilMs
  looping!.given.status = at(90_000, 90_000, sources('live', looping!.now()))
  for (let nr = 0; nr < 12; nr++) await looping!.step()
  for (const one of await told()) if (!seen.includes(one.join(' '))) seen.push(one.join(' '))
  return seen
}

test('a night that is caught up with in forty minutes, read half as fast', async () => {
  expect(await caughtUpWith(8 * hourMs, { minutes: 40, part: 0.5 })).toEqual([])
})

test('a night that is caught up with in forty minutes, read as fast', async () => {
  expect(await caughtUpWith(8 * hourMs, { minutes: 40, part: 1 })).toEqual([])
})

test('a machine that slept for eight hours: its source says "live" until it notices', async () => {
  expect(await caughtUpWith(8 * hourMs, { minutes: 10, part: 1, isRestarted: false })).toEqual([])
  expect(await keptBulletins(log)).toEqual([])
})

test('sixty hours that are caught up with in forty minutes, read as fast', async () => {
  expect(await caughtUpWith(60 * hourMs, { minutes: 40, part: 1 })).toEqual([])
})

test('a night, where the source was connected before the log was read', async () => {
  expect(await caughtUpWith(8 * hourMs, { minutes: 40, part: 0.5, isConnecting: false })).toEqual([])
})

test('the same, read as fast', async () => {
  expect(await caughtUpWith(8 * hourMs, { minutes: 40, part: 1, isConnecting: false })).toEqual([])
})

test('sixty hours that take two hours, where the source was connected before the log was read', async () => {
  expect(await caughtUpWith(60 * hourMs, { minutes: 120, part: 1, isConnecting: false })).toEqual([])
})

test('a clock that is eight hours ahead for a minute', async () => {
  await day()
  here = looping!.now()
  await looping!.step(8 * hourMs)
  here = Number.POSITIVE_INFINITY
  await looping!.step(-8 * hourMs)
  expect(await told()).toEqual([])
})

const dayMs = 24 * hourMs
const midnight = (ms: number) => Math.floor(ms / dayMs) * dayMs

test('posts that are brought once a night, by file or API, are no fall of accounts by day', async () => {
  // Nobody reads a source: what there is goes to the last midnight.
  const nightly = (_: string, ms: number) => (ms < midnight(looping ? looping.now() : start - dayMs) ? 20 : 0)
  const nowMs = start - 3 * dayMs
  await begin({
    ...{ log, topics: [topicOf('talks')], rules: [everything], nowMs, status: statusOf() },
    world: { bornMs, voices: nightly, sources: ['import'] },
  })
  for (let nr = 0; nr < 3 * 144; nr++) await looping!.step()
  expect(await told()).toEqual([])
})

test('a file of the last two days, brought to a topic that a source reads too, makes no change of accounts', async () => {
  let isThere = false
  const more = (_: string, ms: number) => (isThere && ms >= start - 2 * dayMs && ms < start ? 40 : 10)
  await begin({
    ...{
      log,
      topics: [topicOf('talks')],
      rules: [everything],
      nowMs: start - hourMs,
      status: at(1, 1, sources('live', start)),
    },
    world: { bornMs, voices: more, sources: ['sea', 'import'] },
  })
  for (let nr = 0; nr < 6; nr++) await looping!.step()
  isThere = true
  for (let nr = 0; nr < 200; nr++) await looping!.step()
  expect(await told()).toEqual([])
})
