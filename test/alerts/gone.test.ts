// What is over loses its numbers with its evidence, and goes with its topic; what is open, and what is ours, stays as it is.
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { goneDetail, goneOf, isGone } from '../../alerts/gone.ts'
import { wordsOf } from '../../alerts/words.ts'
import { alertOf } from './alert.ts'

const alert = (id: string, more: Partial<Alert> = {}) => alertOf({ id, state: 'closed', reason: 'back', ...more })
const nowMs = Date.UTC(2026, 10, 25)
const topics = new Set([alert('a').topic.topic])
const stands = async ({ id }: Alert) => id !== 'gone'

describe('an alert whose posts are gone', () => {
  it('keeps its times, its states and what was said of it, and no number', async () => {
    const ack = { verdict: 'right' as const, note: 'saw it', by: 'Ada', at: '2026-11-23T08:00:00.000Z' }
    const gone = alert('gone', { ack })
    const { emptied, forget } = await goneOf([gone, alert('a')], { topics, stands, nowMs })
    expect(emptied).toEqual([{ ...gone, shifts: [], perYear: 0, detail: goneDetail }])
    expect(forget).toEqual([])
    expect([isGone(emptied[0]!), isGone(gone)]).toEqual([true, false])
  })

  it('is emptied once', async () => {
    const { emptied } = await goneOf([alert('gone', { shifts: [], detail: goneDetail })], { topics, stands, nowMs })
    expect(emptied).toEqual([])
  })

  it('is told in words without a number', async () => {
    for (const kind of ['sentiment', 'theme', 'level', 'campaign', 'volume'] as const)
      for (const state of ['closed', 'withdrawn'] as const) {
        const { emptied } = await goneOf([alert('gone', { kind, state, detail: '41 posts.' })], {
          topics,
          stands,
          nowMs,
        })
        const { title, text, facts } = wordsOf(emptied[0]!)
        expect(title).toMatch(/^(Over|Withdrawn): a change in posts about night trains$/)
        expect(text).toContain(goneDetail)
        expect(`${title} ${text} ${facts.map(({ label }) => label)}`).not.toMatch(/\d+ ?%|voices|41/)
      }
  })
})

describe('what is left alone', () => {
  it('is what is early', async () => {
    const early = [alert('gone', { state: 'early' })]
    expect(await goneOf(early, { topics, stands, nowMs })).toEqual({ ended: [], emptied: [], forget: [] })
  })

  it('is what is about all topics', async () => {
    const ours = alert('gone', { kind: 'model', topic: { topic: '', version: 0, name: 'all topics' }, shifts: [] })
    expect(await goneOf([ours], { topics: new Set(), stands, nowMs })).toEqual({ ended: [], emptied: [], forget: [] })
  })
})

it('ends where it was sure, with its numbers', async () => {
  const sure = alert('gone', { state: 'confirmed', reason: '' })
  const { ended, emptied } = await goneOf([sure], { topics, stands, nowMs })
  expect(emptied).toEqual([])
  expect(ended).toHaveLength(1)
  expect(ended[0]).toMatchObject({ state: 'closed', reason: 'its posts are gone', shifts: [], detail: goneDetail })
  expect(wordsOf(ended[0]!).text).toMatch(/^Its posts are gone\./)
})

it('goes a day after its topic', async () => {
  const all = [alert('a'), alert('late', { at: new Date(nowMs - 3_600_000).toISOString() })]
  const told = await goneOf(all, { topics: new Set(), stands, nowMs })
  expect(told).toEqual({ ended: [], emptied: [], forget: ['a'] })
})
