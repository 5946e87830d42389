// What is over loses its numbers with its evidence, and goes with its topic; what is open, and what is ours, stays as it is.
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { goneDetail, goneOf, isGone } from '../../alerts/gone.ts'
import { wordsOf } from '../../alerts/words.ts'
import { alertOf } from './alert.ts'

const alert = (id: string, more: Partial<Alert> = {}) => alertOf({ id, state: 'closed', reason: 'back', ...more })
const topics = new Set([alert('a').topic.topic])
const stands = async ({ id }: Alert) => id !== 'gone'

describe('an alert whose posts are gone', () => {
  it('keeps its times, its states and what was said of it, and no number', async () => {
    const ack = { verdict: 'right' as const, note: 'saw it', by: 'Ada', at: '2026-11-23T08:00:00.000Z' }
    const gone = alert('gone', { ack })
    const { emptied, forget } = await goneOf([gone, alert('a')], { topics, stands })
    expect(emptied).toEqual([{ ...gone, shifts: [], detail: goneDetail }])
    expect(forget).toEqual([])
    expect([isGone(emptied[0]!), isGone(gone)]).toEqual([true, false])
  })

  it('is emptied once', async () => {
    const { emptied } = await goneOf([alert('gone', { shifts: [], detail: goneDetail })], { topics, stands })
    expect(emptied).toEqual([])
  })

  it('is told in words without a number', async () => {
    for (const kind of ['sentiment', 'theme', 'level', 'campaign', 'volume'] as const)
      for (const state of ['closed', 'withdrawn'] as const) {
        const { emptied } = await goneOf([alert('gone', { kind, state, detail: '41 posts.' })], { topics, stands })
        const { title, text, facts } = wordsOf(emptied[0]!)
        expect(title).toMatch(/^(Over|Withdrawn): a change in posts about night trains$/)
        expect(text).toContain(goneDetail)
        expect(`${title} ${text} ${facts.map(({ label }) => label)}`).not.toMatch(/\d+ ?%|voices|41/)
      }
  })
})

describe('what is left alone', () => {
  it('is what is open', async () => {
    const open = [alert('gone', { state: 'early' }), alert('gone', { state: 'confirmed' })]
    expect(await goneOf(open, { topics: new Set(), stands })).toEqual({ emptied: [], forget: [] })
  })

  it('is what is about all topics', async () => {
    const ours = alert('gone', { kind: 'model', topic: { topic: '', version: 0, name: 'all topics' }, shifts: [] })
    expect(await goneOf([ours], { topics: new Set(), stands })).toEqual({ emptied: [], forget: [] })
  })
})

it('goes with its topic', async () => {
  expect(await goneOf([alert('a'), alert('gone')], { topics: new Set(), stands })).toEqual({
    emptied: [],
    forget: ['a', 'gone'],
  })
})
