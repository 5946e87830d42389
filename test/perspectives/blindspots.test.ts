// What could not be seen, in words: from counters, most telling first, and never more than they say.
import { describe, expect, test } from 'vitest'
import type { Coverage } from '../../answers.ts'
import type { ReadSince } from '../../given.ts'
import { blindSpots } from '../../perspectives/blindspots.ts'

const covered: Coverage = {
  posts: 640,
  authors: 417,
  scored: 612,
  unscored: {},
  bySource: { bluesky: { posts: 640, volume: 640, authors: 417, latest: '2026-01-01T23:00:00.000Z' } },
  byLang: { en: 640 },
  gaps: [],
  otherModels: [],
}
const spotsOf = (coverage: Coverage, languages: string[], untold: string[] = []) =>
  blindSpots({ coverage, languages, untold })

const from = (posts: number) => ({ posts, volume: posts, authors: posts, latest: '2026-01-01T00:00:00.000Z' })
const poll = 'People who post are not the public: this is not a poll.'

describe('blind spots', () => {
  test('always say that this is no poll, last', () => {
    const two = { bluesky: from(1), x: from(1) }
    expect(blindSpots({ coverage: { ...covered, bySource: two }, languages: ['en'] })).toEqual([poll])
  })

  test('name the only platform there is', () => {
    expect(spotsOf(covered, ['en'])[0]).toBe('All posts come from Bluesky; other platforms are not in.')
    const forum = { ...covered, bySource: { 'some-forum': from(2) } }
    expect(spotsOf(forum, ['en'])[0]).toBe('All posts come from some-forum; other platforms are not in.')
  })

  test('no platform is named where there is no post', () => {
    expect(spotsOf({ ...covered, posts: 0, bySource: {}, byLang: {} }, ['en'])).toEqual([poll])
  })

  test('say which posts another model alone has read', () => {
    const told = spotsOf({ ...covered, otherModels: [{ model: 'tiny@1', posts: 60 }] }, ['en'])
    expect(told).toContain('60 of 700 posts were scored by another model alone (tiny@1) and are in no number here.')
  })

  test('say which source was read in part, and how many posts those seen stand for', () => {
    const bySource = { x: { ...from(800), volume: 7_912 }, bluesky: from(40) }
    expect(spotsOf({ ...covered, bySource }, ['en'])).toEqual([
      'X was read in part: 800 posts stand for about 7,912.',
      poll,
    ])
  })

  test('say since when a source is read for this topic, why it is not, and that its words are not here', () => {
    const bySource = { x: from(800), bluesky: from(40) }
    const of = (readSince: ReadSince[], window = '2026-01-01T00:00:00.000Z') =>
      blindSpots({ coverage: { ...covered, bySource }, languages: ['en'], readSince, from: window }).slice(0, -1)
    const x = { source: 'x', since: '2026-01-01T08:30:00.000Z', why: null, rule: 'ferry', wordless: false }
    expect(of([x])).toEqual([
      'X has been read for this topic since 2026-01-01 08:30 UTC; what was said before is not in.',
    ])
    expect(of([x], '2026-01-02T00:00:00.000Z')).toEqual([])
    expect(of([{ ...x, since: null, why: 'X has no operator for sanction*' }])).toEqual([
      'X has no operator for sanction*.',
    ])
    expect(of([{ ...x, since: null }])).toEqual(['X is not read for this topic.'])
    expect(of([{ ...x, wordless: true }], x.since)).toEqual([
      'Posts of X are counted without their words: none is quoted, and subjects come from elsewhere.',
    ])
  })

  test('say first what is the sample and not real', () => {
    const bySource = { sample: from(1200), bluesky: from(3) }
    const [first] = spotsOf({ ...covered, bySource }, ['en'])
    expect(first).toBe('1,200 of these posts are the bundled sample: invented, not real opinion.')
  })

  test('name the languages that were not read, most first, three at most', () => {
    const byLang = { en: 900, 'ja-JP': 5, uk: 9, de: 7, fr: 2, '': 40 }
    const spots = spotsOf({ ...covered, unscored: { language: 1023 }, byLang }, ['en'])
    expect(spots).toContain(
      '1,023 posts are in languages the model does not read: mostly Ukrainian, German and Japanese (Japan).',
    )
  })

  test('an odd language tag is told as it is; without any, only the number is told', () => {
    const odd = spotsOf({ ...covered, unscored: { language: 2 }, byLang: { '!!': 2 } }, ['en'])
    expect(odd).toContain('2 posts are in languages the model does not read: mostly !!.')
    const none = spotsOf({ ...covered, unscored: { language: 2 }, byLang: { '': 2 } }, ['en'])
    expect(none).toContain('2 posts are in languages the model does not read.')
  })

  test('one is one', () => {
    const spots = spotsOf({ ...covered, unscored: { language: 1, empty: 1 }, byLang: { uk: 1 } }, ['en'])
    expect(spots).toContain('1 post is in a language the model does not read: mostly Ukrainian.')
    expect(spots).toContain('1 post holds no readable text.')
  })

  test('posts the model failed on are not passed over', () => {
    expect(spotsOf({ ...covered, unscored: { model_failed: 3 } }, ['en'])).toContain('3 posts could not be scored.')
  })

  test('tell why a stretch is missing, where its source gives a reason that says something to a reader', () => {
    const gap = (source: string, reason: string) => {
      return { source, reason, from: '2026-01-01T10:00:00.000Z', to: '2026-01-01T18:20:00.000Z' }
    }
    const told = (source: string, reason: string) => spotsOf({ ...covered, gaps: [gap(source, reason)] }, ['en']).at(-2)
    const when = 'from 2026-01-01 10:00 UTC to 2026-01-01 18:20 UTC'
    expect(told('x', 'spend')).toBe(`X was not read ${when}: its limit of spending was reached.`)
    expect(told('bluesky', 'away for longer than the host keeps')).toBe(
      `Bluesky was not collected ${when}: we were away for longer than can be read back.`,
    )
    expect(told('hackernews', '<b>odd</b>')).toBe(`Hacker News was not collected ${when}.`)
  })

  test('tell two gaps by their times, and how many more there are', () => {
    const gap = (hour: string) => ({
      ...{
        source: 'bluesky',
        from: `2026-01-01T${hour}:00:00.000Z`,
        to: `2026-01-01T${hour}:30:00.000Z`,
        reason: 'down',
      },
    })
    const spots = spotsOf({ ...covered, gaps: [gap('01'), gap('05'), gap('09')] }, ['en'])
    expect(spots).toContain('Bluesky was not collected from 2026-01-01 01:00 UTC to 2026-01-01 01:30 UTC.')
    expect(spots.filter((spot) => spot.includes('was not collected'))).toHaveLength(2)
    expect(spots).toContain('1 more gap in collection lies in this window.')
  })
})
