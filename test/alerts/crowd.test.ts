// Nine accounts are too few on either side, however many voices they are; a fall in how many post may end at none.
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { crowdOf } from '../../alerts/crowd.ts'
import type { Filter, Summary } from '../../answers.ts'
import { alertOf, shiftOf } from './alert.ts'

interface Sides {
  before: number
  after: number
  /** Of each side so many were not scored. */
  unscored?: number
}

async function stands(about: Partial<Alert>, { before, after, unscored = 0 }: Sides): Promise<boolean> {
  const one = alertOf(about)
  const asked: Filter[] = []
  const summary = async (filter: Filter, kinds: unknown) => {
    asked.push(filter)
    expect(kinds).toEqual(['sentiment'])
    const authors = filter.window.from === one.before.from ? before : after
    return { authors, scoredAuthors: authors - unscored } as Summary
  }
  const is = await crowdOf({ summary })(one)
  for (const { topic, model } of asked)
    expect([topic, model]).toEqual([{ topic: one.topic.topic, version: one.topic.version }, one.model])
  return is
}
const volume = (direction: 'up' | 'down') => ({
  kind: 'volume' as const,
  shifts: [shiftOf({ measure: 'volume', direction })],
})

describe('enough accounts', () => {
  it('are ten that were scored, before and after', async () => {
    expect(await stands({}, { before: 10, after: 10 })).toBe(true)
    expect(await stands({}, { before: 9, after: 500 })).toBe(false)
    expect(await stands({}, { before: 500, after: 9 })).toBe(false)
    expect(await stands({}, { before: 500, after: 12, unscored: 3 })).toBe(false)
  })

  it('are ten on the larger side of a number of accounts, scored or not', async () => {
    expect(await stands(volume('down'), { before: 40, after: 0 })).toBe(true)
    expect(await stands(volume('up'), { before: 2, after: 10, unscored: 2 })).toBe(true)
    expect(await stands(volume('down'), { before: 9, after: 0 })).toBe(false)
  })

  it('are ten in the window of a bound, but for a bound from below on how many post', async () => {
    expect(await stands({ kind: 'level' }, { before: 0, after: 10 })).toBe(true)
    expect(await stands({ kind: 'level' }, { before: 500, after: 9 })).toBe(false)
    const quiet = { ...volume('down'), kind: 'level' as const }
    expect(await stands(quiet, { before: 0, after: 0 })).toBe(true)
    expect(await stands({ ...volume('up'), kind: 'level' }, { before: 0, after: 9 })).toBe(false)
  })
})
