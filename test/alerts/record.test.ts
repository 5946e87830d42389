// From turns to alerts and back: a walk that is lost is made anew of what was kept, in whatever state it was.
import { describe, expect, test } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { errorsOf, watchedBy } from '../../alerts/look.ts'
import { unlearntPool } from '../../alerts/pool.ts'
import { alertOf, walkOf } from '../../alerts/record.ts'
import { ruleOf } from '../../alerts/rule.ts'
import { thresholdsOf } from '../../alerts/verdict.ts'
import { newWalk, type WalkState, walk } from '../../alerts/walk.ts'
import { seeded } from '../doubles/posts.ts'
import { stepMs, talliesOf, topicOf } from '../doubles/tallies.ts'
import { start, tones, usual } from './looping.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const topic = topicOf('talks')
const until = start + 4 * dayMs

/** A past in which the share goes to another level every few hours or days. */
function world(seed: number) {
  const random = seeded(seed)
  const levels = Array.from({ length: 40 }, () => ({ share: 0.1 + 0.7 * random(), hours: 4 + 40 * random() }))
  const at: { fromMs: number; share: number }[] = []
  let ms = start - 3 * dayMs
  for (const { share, hours } of levels) {
    at.push({ fromMs: ms, share })
    ms += hours * hourMs
  }
  return {
    bornMs: start - 3 * dayMs,
    share: (_: string, time: number) => at.findLast(({ fromMs }) => fromMs <= time)?.share ?? 0.3,
  }
}

function walking(seed: number, forMs: number) {
  const rule = ruleOf({ ...usual, id: 'tones', forMs, cooldownMs: (seed % 3) * 3 * hourMs }, { origin: 'user', at: '' })
  const asked = {
    ...{ model: 'm', stepMs, measures: ['sentiment.negative', 'sentiment.positive'], phrases: [] },
    window: { from: new Date(start - 4 * dayMs).toISOString(), to: new Date(until).toISOString() },
  }
  const tallies = talliesOf({ topic: 'talks', version: 1 }, asked, world(seed))
  const measures = watchedBy(rule, topic, { labels: tones, phrases: [] })
  const learning = { priorOf: unlearntPool, errorOf: errorsOf(tones), baselineMs: 14 * dayMs }
  const recording = { rule, topic, topics: 1, model: 'm', nowMs: until, stepMs, phraseOf: () => null }
  return { rule, recording, given: { tallies, measures, rule, thresholds: thresholdsOf(rule, 1), ...learning } }
}

/** What matters of a state to what is told next. */
const essence = ({ open, told, floorMs, quietMs }: WalkState, atMs: number) => ({
  open: open && { ...open, by: Math.round(open.by * 1e6) },
  told: told.toSorted((a, b) => a.toMs - b.toMs),
  floorMs: Math.max(0, floorMs),
  isQuiet: quietMs > atMs ? quietMs : 0,
})

describe('a walk made anew of what was kept', () => {
  test.each(Array.from({ length: 12 }, (_, seed) => seed))('is where it was (%i)', (seed) => {
    const { rule, recording, given } = walking(seed, seed % 2 ? 2 * hourMs : 0)
    const state = newWalk(start)
    const kept = new Map<string, Alert>()
    let open: Alert | null = null
    let turns = 0
    for (let to = start; to < until; to += 7 * stepMs) {
      for (const walked of walk(state, { ...given, untilMs: to })) {
        const alert = alertOf(walked, open, recording)
        kept.set(alert.id, alert)
        open = ['early', 'confirmed'].includes(alert.state) ? alert : null
        turns++
      }
      // As a log gives it back.
      const known = JSON.parse(JSON.stringify([...kept.values()])) as Alert[]
      const anew = walkOf(known, state.atMs, rule.cooldownMs)
      expect(anew.atMs).toBe(state.atMs)
      expect(essence(anew, state.atMs)).toEqual(essence(state, state.atMs))
    }
    expect(turns).toBeGreaterThan(2)
  })
})

describe('an alert', () => {
  const { recording, given } = walking(1, 0)
  const turns = [...walk(newWalk(start), { ...given, untilMs: until })]

  test('says what was compared, and about when it began', () => {
    for (const walked of turns.filter(({ turn }) => turn.readings.length)) {
      const { before, after, began, at } = alertOf(walked, null, recording)
      expect(before.from >= new Date(start - 3 * dayMs).toISOString()).toBe(true)
      expect(before.to).toBe(after.from)
      expect(after.to).toBe(at)
      expect(began.from <= after.from && after.from <= began.to && began.to <= at).toBe(true)
    }
  })

  test('keeps its id, its beginning and what was said of it through all its states', () => {
    const [first, second] = turns
    const opened = { ...alertOf(first!, null, recording), ack: { verdict: 'known' as const, note: '', by: '', at: '' } }
    const next = alertOf(second!, opened, recording)
    expect(next).toMatchObject({ id: opened.id, openedAt: opened.openedAt, ack: opened.ack })
    expect(next.history).toEqual([...opened.history, { state: second!.turn.state, at: next.at }])
    expect(alertOf(first!, null, recording).id).toBe(opened.id)
    expect(alertOf(first!, null, { ...recording, model: 'n' }).id).not.toBe(opened.id)
  })
})
