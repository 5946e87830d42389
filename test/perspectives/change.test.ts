// What changed between two editions, and whether it was the world, the query, the model or our code.
import { describe, expect, test } from 'vitest'
import { changeBetween } from '../../perspectives/change.ts'
import { keepReasons, outlineOf, pauseMs, reasonToKeep } from '../../perspectives/outline.ts'
import { claimOf, toldOf } from './told.ts'

const share = (estimate: number) => claimOf('sentiment.negative', { estimate })
const joy = claimOf('emotion.joy')
const base = toldOf([
  ['58% are negative.', [share(0.58)]],
  ['Joy shows in 50%.', [joy]],
])

describe('a change', () => {
  test('of nothing is nothing', () => {
    expect(changeBetween(base, base)).toEqual({ cause: [], added: [], removed: [], changed: [], moved: [] })
  })

  test('tells sentences added, removed and changed, and shares that moved', () => {
    const after = toldOf([
      ['61% are negative.', [share(0.61)]],
      ['Anger shows in 50%.', [claimOf('emotion.anger')]],
    ])
    expect(changeBetween(base, after)).toEqual({
      cause: [],
      added: ['Anger shows in 50%.'],
      removed: ['Joy shows in 50%.'],
      changed: [{ before: '58% are negative.', after: '61% are negative.' }],
      moved: [{ kind: 'prevalence', measure: 'sentiment.negative', scope: '', before: 0.58, after: 0.61 }],
    })
  })

  test('finds what a sentence is about across topic versions', () => {
    const renamed = { ...share(0.58), id: 'buses@2:sentiment.negative' }
    const after = toldOf([['Most are negative.', [renamed]]])
    expect(changeBetween(base, after)).toMatchObject({
      changed: [{ before: '58% are negative.', after: 'Most are negative.' }],
      removed: ['Joy shows in 50%.'],
      moved: [],
    })
  })

  test('counts a sentence as often as it stands', () => {
    const twice = toldOf([
      ['Same.', [joy]],
      ['Same.', [joy]],
    ]) // prettier-ignore
    expect(changeBetween(toldOf([['Same.', [joy]]]), twice).added).toEqual(['Same.'])
  })

  test('less than a point is no move', () => {
    const after = toldOf([['58% are negative.', [share(0.584)]]])
    expect(changeBetween(base, after).moved).toEqual([])
  })
})

describe('its cause', () => {
  const issued = (more: object, to = base.window.to) =>
    toldOf([], { manifest: { ...base.manifest, ...more }, window: { ...base.window, to } })
  test.for([
    [{ hash: 'posts2-claims2' }, ['the world']],
    [{ hash: 'posts1-claims2', model: 'test@2' }, ['the model']],
    [{ hash: 'posts1-claims2', code: '0.2.0' }, ['our code']],
    [{ hash: 'posts1-claims2', topicVersion: 2 }, ['the query']],
    [{ hash: 'posts2-claims2', model: 'test@2', code: '0.2.0' }, ['the world', 'the model', 'our code']],
    // Another query finds other posts of the same world.
    [{ hash: 'posts2-claims2', topicVersion: 2 }, ['the query']],
  ] as const)('%j: %j', ([more, cause]) => {
    expect(changeBetween(base, issued(more)).cause).toEqual(cause)
  })

  test('may be the world beside the query where the window moved', () => {
    const later = issued({ hash: 'posts2-claims2', topicVersion: 2 }, '2026-01-03T00:00:00.000Z')
    expect(changeBetween(base, later).cause).toEqual(['the world', 'the query'])
  })
})

describe('an edition is kept', () => {
  const outline = (told = base) => outlineOf(told)
  const refused = toldOf([], { refusal: { reason: 'no posts', missing: '' }, text: '' })
  test.for([
    ['the first one', null, base, false, 'first'],
    ['not for the same text', base, base, false, null],
    ['at once when a quotation is gone, though the text is the same', base, base, true, 'withdrawn'],
    ['at once when it becomes a refusal', base, refused, false, 'withdrawn'],
    ['at once when it no longer is one', refused, base, false, 'withdrawn'],
    ['for another reason to refuse', refused, { ...refused, refusal: { reason: 'x', missing: '' } }, false, 'words'],
    ['for other words', base, toldOf([['Few are.', [share(0.58), joy]]]), false, 'words'],
    [
      'for a share that moved a point',
      base,
      toldOf([
        ['59% are negative.', [share(0.59)]],
        ['Joy shows in 50%.', [joy]],
      ]),
      false,
      'numbers',
    ],
    [
      'seldom for a count',
      base,
      toldOf([
        ['58% are negative.', [share(0.583)]],
        ['Joy shows in 51%.', [joy]],
      ]),
      false,
      'jitter',
    ],
  ] as const)('%s', ([, before, now, gone, reason]) => {
    expect(reasonToKeep(before && outline(before), outline(now), gone)).toBe(reason)
  })

  test('for other claims behind the same words', () => {
    const after = toldOf([
      ['58% are negative.', [share(0.58)]],
      ['Joy shows in 50%.', [claimOf('emotion.love')]],
    ]) // prettier-ignore
    expect(reasonToKeep(outline(), outline(after), false)).toBe('words')
  })

  test('at once for what was withdrawn, later for the rest, latest for jitter', () => {
    expect(keepReasons.map((reason) => pauseMs[reason])).toEqual([0, 0, 60_000, 60_000, 600_000])
  })
})
