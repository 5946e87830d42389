// Phrases and campaigns that were not there before, of windows made by hand and found by the real themes and campaigns.
import { describe, expect, it } from 'vitest'
import { newCampaigns, newThemes } from '../../alerts/fresh.ts'
import type { ScoredPost, Window } from '../../answers.ts'
import type { Campaigns, Themes } from '../../conclusions.ts'
import { campaignsOf } from '../../perspectives/campaigns.ts'
import { themesOf } from '../../perspectives/themes.ts'
import { topic, voice, voices } from '../perspectives/voices.ts'
import { noError } from '../store/scores.ts'

const at = (hour: number, minute = 0) => new Date(Date.UTC(2026, 0, 2, hour, minute)).toISOString()
const window = { from: at(12), to: at(18) }
const spread = (posts: ScoredPost[], from: number, hours: number) =>
  posts.map((post, nr) => ({
    ...post,
    id: `${from} ${post.id}`,
    at: at(from, Math.floor((nr * hours * 60) / posts.length)),
  }))

describe('phrases that may be new', () => {
  const themes =
    (held: ScoredPost[]) =>
    async (_: unknown, { from, to }: Window) => ({
      themes: themesOf(
        held.filter((post) => post.at >= from && post.at < to),
        { topic, error: noError },
      ),
    })
  const fares = { phrase: 'ferry fares', share: 0.2 }
  const strike = { phrase: 'dock strike', share: 0.2 }

  it('are themes of a window that the window before had not, with every spelling', async () => {
    const before = spread(voices({ planted: [fares], seed: 3 }), 6, 6)
    const after = spread(voices({ planted: [fares, strike], seed: 4 }), 12, 6)
    const found = await newThemes(topic, window, themes([...before, ...after]))
    expect(found.map(({ phrase }) => phrase)).toEqual(['dock strike'])
    expect(found[0]!.forms).toContain('dock strike')
    expect(found[0]!.authors).toBeGreaterThanOrEqual(10)
    expect(Object.keys(found[0]!).sort()).toEqual(['authors', 'forms', 'id', 'phrase'])
  })

  it('are none where a spelling was there under another name', async () => {
    const told = (forms: string[]) =>
      ({ id: forms[0], phrase: forms[0], forms, authors: 20 }) as Themes['themes'][number]
    const found = await newThemes(topic, window, async (_, { from }) => ({
      themes: [from === window.from ? told(['night line', 'night lines']) : told(['night lines'])],
    }))
    expect(found).toEqual([])
  })
})

describe('campaigns that began', () => {
  const call = 'All who live along this harbour ask the council to open the gates before the summer'
  const copies = (count: number, from: number) =>
    Array.from({ length: count }, (_, nr) =>
      voice(`${from} copy ${nr}`, call, { at: at(from, nr), author: `bot ${from} ${nr}` }),
    )
  const campaigns =
    (held: ScoredPost[]) =>
    async (_: unknown, { from, to }: Window): Promise<Campaigns> => {
      const posts = held.filter((post) => post.at >= from && post.at < to)
      return {
        ...{ window: { from, to }, posts: posts.length, scanned: posts.length },
        campaigns: campaignsOf(posts).map((one) => ({ ...one, example: null })),
      }
    }
  const talk = [
    ...spread(voices({ planted: [], seed: 5, posts: 200 }), 12, 6),
    ...spread(voices({ planted: [], seed: 6, posts: 200 }), 6, 6),
  ]
  const asked = (held: ScoredPost[], known = new Set<string>()) =>
    newCampaigns(topic, window, { campaigns: campaigns([...talk, ...held]), known })

  it('are told with accounts, posts and share, and no post', async () => {
    const [begun] = await asked(copies(30, 14))
    expect(begun).toMatchObject({ posts: 30, authors: 30, share: 30 / 230 })
    expect(begun!.window).toEqual({ from: at(14), to: '2026-01-02T14:29:00.001Z' })
    expect(begun!.members).toContain('14 copy 0')
    expect(JSON.stringify(begun)).not.toMatch(/council|bot/)
  })

  it('are none that are small, were told, or ran before', async () => {
    expect(await asked(copies(5, 14))).toEqual([])
    const [begun] = await asked(copies(30, 14))
    expect(await asked(copies(30, 14), new Set([begun!.id]))).toEqual([])
    expect(await asked([...copies(3, 8), ...copies(30, 14)])).toEqual([])
  })
})
