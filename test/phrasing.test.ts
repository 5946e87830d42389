// Numbers, times and measures as a person reads them, for pages and alerts; and whole words as themes are counted.
import { describe, expect, it } from 'vitest'
import { isCampaign } from '../copies.ts'
import { holding, mentions } from '../holding.ts'
import { byOthers, measureName, missedIn, plural, shareOf, sourceName, spanOf } from '../phrasing.ts'

describe('phrasing', () => {
  it('writes a share with its interval, or says that there are too few voices', () => {
    expect(shareOf({ estimate: 0.344, low: 0.29, high: 0.401 })).toBe('34% (29–40%)')
    expect(shareOf({ estimate: null, low: null, high: null })).toBe('too few voices')
  })

  it('names measures by a topic’s targets, whose ids may hold dots', () => {
    const targets = [{ id: 'a.b', text: 'more trams' }]
    expect(measureName('stance.a.b.against', { targets })).toBe('against “more trams”')
    expect(measureName('stance.other.favor', { targets })).toBe('for “other”')
    expect(measureName('emotion.optimism', { targets })).toBe('hope')
    expect(measureName('sentiment.negative', { targets })).toBe('negative tone')
  })

  it.each([
    ['x', 'X'],
    ['feeds', 'News feeds'],
    ['mastodon:social.example', 'Mastodon, social.example'],
    ['mastodon-looks:social.example', 'Another look at Mastodon, social.example'],
    ['x-deletes', 'Deletions on X'],
    ['else:where', 'else:where'],
    ['constructor', 'constructor'],
    ['constructor:x', 'constructor:x'],
  ])('calls the source %s %s', (source, name) => {
    expect(sourceName(source)).toBe(name)
  })

  it('says why something was missed where that tells a reader something', () => {
    expect(missedIn('spend')).toEqual({ was: 'was not read', why: ': its limit of spending was reached' })
    expect(missedIn('away for longer than is read back from a.example').why).toContain('longer than can be read back')
    expect(missedIn('anything else')).toEqual({ was: 'was not collected', why: '' })
  })

  it('says which posts another model alone has read, and nothing where there are none', () => {
    expect(byOthers({ posts: 5, otherModels: [] })).toBe('')
    expect(byOthers({ posts: 1_199, otherModels: [{ model: 'tiny@1', posts: 1 }] })).toBe(
      '1 of 1,200 posts was scored by another model alone (tiny@1) and is in no number here.',
    )
    const several = [4, 3, 2, 1].map((posts) => ({ model: `tiny@${posts}`, posts }))
    expect(byOthers({ posts: 0, otherModels: several })).toBe(
      '10 of 10 posts were scored by other models alone (tiny@4, tiny@3, tiny@2) and are in no number here.',
    )
  })

  it('counts and tells times in UTC', () => {
    expect([plural(1, 'voice'), plural(1_200, 'voice')]).toEqual(['1 voice', '1,200 voices'])
    const span = { from: '2026-11-21T13:05:00.000Z', to: '2026-11-22T01:00:00.000Z' }
    expect(spanOf(span)).toBe('21 Nov 2026, 13:05 to 22 Nov 2026, 01:00 UTC')
  })
})

describe('whether a text holds a phrase', () => {
  it('goes by whole words, whatever case and apostrophe', () => {
    const has = mentions({ forms: ['night line', "driver's"] })
    expect(['the Night Line is late', 'a driver’s word', 'NIGHT LINE'].map(has)).toEqual([true, true, true])
    expect(['a night liner', 'midnight line', 'night  line', 'drivers'].map(has)).toEqual([false, false, false, false])
  })

  it('takes no sign for a pattern, and holds nothing where there is nothing to hold', () => {
    expect(mentions({ forms: ['a.b(c)*'] })('so a.b(c)* it is')).toBe(true)
    expect(mentions({ forms: ['a.b'] })('axb')).toBe(false)
    expect(holding([]).test('')).toBe(false)
  })
})

describe('a campaign', () => {
  it('has ten accounts, and twenty posts or two in a hundred', () => {
    expect(isCampaign({ posts: 20, authors: 10, of: 10_000 })).toBe(true)
    expect(isCampaign({ posts: 10, authors: 10, of: 500 })).toBe(true)
    expect(isCampaign({ posts: 19, authors: 19, of: 10_000 })).toBe(false)
    expect(isCampaign({ posts: 500, authors: 9, of: 500 })).toBe(false)
  })
})
