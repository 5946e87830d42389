// Charts as pictures: well-formed whatever the names are, with the numbers of the summary on them, and without anything
// that a page's rules forbid.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../answers.ts'
import { inXml, sharesPicture, timePicture, volumePicture } from '../../dashboards/picture.ts'
import { shareOf } from '../../dashboards/words.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const caption = { title: 'A title', lines: ['one', 'two'], foot: 'the foot' }
const point = (nr: number, estimate: number | null, gap = false) => ({
  ...{
    at: new Date(Date.UTC(2026, 0, 1, nr)).toISOString(),
    posts: nr * 10,
    volume: nr * 10,
    authors: 12,
    gap,
    estimate,
  },
  ...{ low: estimate === null ? null : estimate - 0.05, high: estimate === null ? null : estimate + 0.05 },
})

/** Every tag closed in order and no bare `&` or `<`: what a strict reader of XML asks first. */
function isWellFormed(svg: string): boolean {
  const open: string[] = []
  for (const [, close, name, , self] of svg.matchAll(/<(\/?)([a-z]+)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>/g))
    if (close) {
      if (open.pop() !== name) return false
    } else if (!self) open.push(name!)
  const text = svg.replace(/<\/?[a-z]+(?:\s+[a-zA-Z-]+="[^"<]*")*\s*\/?>/g, '')
  return open.length === 0 && !/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/.test(text)
}

describe('text in a picture', () => {
  it('keeps what XML may hold and nothing else', () => {
    expect(inXml('a\u0000b\u0001c\ud800d\uffff😀é\u202e')).toBe('abc\ufffdd😀é\u202e')
    expect(inXml('x'.repeat(500))).toHaveLength(100)
    expect(Array.from(inXml('😀'.repeat(500), 10))).toHaveLength(10)
  })
})

describe('a picture', () => {
  const lines = [
    { name: 'negative', tone: 'negative', points: [point(0, 0.2), point(1, null, true), point(2, 0.3), point(3, 0.1)] },
  ]
  it('over time breaks where there is no estimate and greys what was not collected', async () => {
    const svg = String(await timePicture(caption, { stepMs: 3_600_000, lines }))
    expect(isWellFormed(svg)).toBe(true)
    expect(svg.match(/<path fill="none"[^>]* d="([^"]*)"/)![1]!.match(/M/g)).toHaveLength(2)
    expect(svg.match(/fill="#d5dadb"/g)).toHaveLength(1)
    for (const word of ['A title', 'one', 'two', 'the foot', '40%', '00:00', '04:00']) expect(svg).toContain(word)
  })

  it('of the volume has a bar for each step, as tall as its posts', async () => {
    const svg = String(await volumePicture(caption, { stepMs: 3_600_000, lines }))
    expect(isWellFormed(svg)).toBe(true)
    const heights = [...svg.match(/fill="#67737a" d="([^"]*)"/)![1]!.matchAll(/v-?(\d+)H/g)].map(([, tall]) => tall)
    expect(heights).toEqual(['0', '100', '200', '300'])
  })

  it('of nothing is still a picture', async () => {
    for (const drawn of [timePicture, volumePicture])
      expect(isWellFormed(String(await drawn(caption, { stepMs: 1_000, lines: [] })))).toBe(true)
    expect(isWellFormed(String(await sharesPicture(caption, [])))).toBe(true)
  })

  it('of shares says the same as the page, also where voices are too few', async () => {
    const share = { estimate: 0.4, low: 0.3, high: 0.5 }
    const nothing = { estimate: null, low: null, high: null }
    const rows = [share, nothing].map((one, nr) => ({ label: `row ${nr} <&>"'`, share: one, tone: 'joy' }))
    const svg = String(await sharesPicture(caption, [{ title: 'T', rows }]))
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).toContain('40% (30–50%)')
    expect(svg).toContain('too few voices')
    expect(svg.match(/<rect/g)).toHaveLength(2)
  })
})

describe('from the server', () => {
  let world: World
  const name = `Talks <script>"&'\u0001\u202e`
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', { ...talks, name })
    await world.write('POST', '/v1/posts', ndjson(debate(120)))
    await world.settled()
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const svgOf = async (path: string) => {
    const response = await world.get(path)
    expect(response.status, path).toBe(200)
    expect(response.headers.get('content-type')).toMatch('image/svg+xml')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    return response.text()
  }

  it.each(['time', 'volume', 'shares'])('chart=%s is well-formed and says what it rests on', async (chart) => {
    const svg = await svgOf(`/topics/talks/chart.svg?chart=${chart}`)
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).not.toMatch(/<script|<style|style=|href=/)
    expect(svg).toMatch(/[\d,]+ posts by \d+ authors, every post the same/)
    expect(svg).toContain('Model ')
  })

  it('has the numbers of the summary in its view', async () => {
    for (const view of ['post', 'author']) {
      const summary = await world.read<Summary>(`/v1/topics/talks/summary?view=${view}`)
      const svg = await svgOf(`/topics/talks/chart.svg?chart=shares&view=${view}`)
      for (const share of Object.values(summary.sentiment)) expect(svg).toContain(shareOf(share))
    }
  })

  it('is linked under each chart of the page, in the window that is shown', async () => {
    const page = await (await world.get('/topics/talks?hours=6&course=stance.free')).text()
    const links = [...page.matchAll(/href="([^"]*chart\.svg[^"]*)"/g)].map(([, href]) => href!.replaceAll('&amp;', '&'))
    expect(links.map((href) => new URL(href, world.url).searchParams.get('chart'))).toEqual([
      'shares',
      'time',
      'volume',
    ])
    for (const href of links) {
      const { searchParams } = new URL(href, world.url)
      expect(Date.parse(searchParams.get('to')!) - Date.parse(searchParams.get('from')!)).toBe(6 * 3_600_000)
      await svgOf(href)
    }
  })

  it('compares', async () => {
    const svg = await svgOf('/compare.svg?topics=talks&by=camp')
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).toContain('Negative tone')
  })

  it('refuses a chart that is none', async () => {
    expect((await world.get('/topics/talks/chart.svg?chart=pie')).status).toBe(404)
    expect((await world.get('/topics/nothing/chart.svg')).status).toBe(404)
  })
})
