// Cards: what they say, that nothing overlaps or runs out whatever a box holds, that they are drawn once and kept within
// bounds, and that a browser shows them, light and dark, under the strictest rules.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Box, boxLanguages } from '../../dashboards/box.ts'
import { openCards, pngHeight, pngWidths } from '../../dashboards/boxCard.ts'
import { cardTextOf } from '../../dashboards/boxCardText.ts'
import { altOf, summaryOf, titleOf, wholeOf } from '../../dashboards/boxText.ts'
import { inXml } from '../../dashboards/picture.ts'
import { openPen, pen } from '../../dashboards/takumi.ts'
import { boxes, cyrillic, foreign, hostile, long, ordinary, refused, story } from './boxes.ts'
import { isWithout, openBrowser } from './browser.ts'

const cards = openCards()
const named = Object.entries(boxes)
const { has } = await pen()
const textOf = (box: Box) => cardTextOf(box, 'en', has)

describe('the text of a card', () => {
  it('has whose it is, the beginning, the share, what it rests on and where to check it', () => {
    const told = textOf(ordinary)
    expect(told.title).toBe('Night buses')
    expect(told.told).toEqual([ordinary.takeaway!.text, ...ordinary.sentences.map(({ text }) => text)])
    expect(told.claims.map(({ text }) => text)).toEqual([
      'A negative tone: 54% (48–60%)',
      'A positive tone: 18% (14–23%)',
    ])
    expect(told.basis).toContain('1,234 posts by 987 accounts')
    expect(told.caution).toMatch(/not a poll.*Sources: Bluesky, Mastodon/)
    expect(told.check).toBe('Every sentence can be checked at talk.example')
    expect(textOf(story).title).toBe(story.story!.headline)
    expect(textOf(story).about).toContain('Canadian energy policy')
    expect(textOf(story).updated).toContain('14:02')
  })

  it('of a refusal says why, and shows no share', () => {
    const { told, claims, check } = textOf({ ...refused, claims: ordinary.claims })
    expect(told).toEqual(['No paragraph: too few voices.', refused.refusal!.missing])
    expect([claims, check]).toEqual([[], 'talk.example'])
  })

  it('ends before the first sentence that cannot be drawn, and never skips one', () => {
    expect(textOf(cyrillic).told).toHaveLength(2)
    expect(textOf(foreign).told).toEqual(['Most posts are neutral.'])
    const [, second] = foreign.sentences
    expect(textOf({ ...foreign, sentences: [second!, ...foreign.sentences] }).told).toEqual([])
    expect(textOf({ ...foreign, takeaway: second! }).told).toEqual(['Most posts are neutral.'])
  })

  it('names what it is about even where the name cannot be drawn', () => {
    expect(textOf(foreign).title).toBe(foreign.evidence.replace('https://', ''))
    expect(textOf({ ...foreign, topic: { id: 'r', name: 'Fares 🚄' } }).title).toBe('Fares')
  })

  it.each(named)('%s: every character of it is in the fonts', (_, box) => {
    const { claims, told, ...rest } = textOf(box)
    for (const text of [...told, ...claims.map(({ text }) => text), ...Object.values(rest)])
      for (const char of text)
        expect(has(char.codePointAt(0)!), `${text}: ${char.codePointAt(0)!.toString(16)}`).toBe(true)
  })

  it('has the shares that are compared, and no third beside them', () => {
    const [first, second, third] = ordinary.claims.map(({ id }) => id)
    const texts = (box: Box) => textOf(box).claims.map(({ id }) => id)
    expect(texts({ ...ordinary, takeaway: { text: 'They differ.', claims: [first!, second!, third!] } })).toEqual([
      first,
      second,
    ])
    const sentences = [{ text: 'Three stand beside each other.', claims: [first!, second!, third!] }]
    expect(texts({ ...ordinary, takeaway: null, sentences })).toEqual([first, second, third])
    expect(texts({ ...ordinary, takeaway: { text: 'A quotation.', claims: ['night-bus@1.quote'] } })).toEqual([first])
    expect(texts({ ...ordinary, takeaway: { text: '運賃', claims: [second!] } })).toEqual([first])
  })

  it('a share that is none is not drawn', () => {
    const claims = ordinary.claims.map((claim) => ({ ...claim, share: { estimate: null, low: null, high: null } }))
    expect(textOf({ ...ordinary, claims }).claims).toEqual([])
  })
})

describe('a box as text', () => {
  it('is told in whole sentences as far as there is room', () => {
    expect(summaryOf(ordinary, 'en')).toMatch(/^Negative posts .* not a poll\.$/)
    expect(summaryOf(ordinary, 'fr')).toContain('1\u202f234 publications')
    for (const [, box] of named) {
      const kept = box.sentences.filter(({ text }) => altOf(box, 'en').includes(inXml(text, 20_000)))
      expect(kept).toEqual(box.sentences.slice(0, kept.length))
      expect(altOf(box, 'de').length).toBeLessThan(3_000)
      expect(summaryOf(box, 'en').length).toBeLessThan(2_500)
    }
    expect(altOf(refused, 'en')).toContain('No paragraph: too few voices. At least 3 more')
    expect(wholeOf(long, 'en')).toContain('what sentence 79 says.')
  })
})

/** Texts by their baselines, and rectangles, as the SVG places them. */
function placed(svg: string): { x: number; y: number }[] {
  return [...svg.matchAll(/<use href="#[^"]+" x="([-\d.]+)" y="([-\d.]+)"/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }))
}

describe('an SVG', () => {
  const all = named.flatMap(([name, box]) =>
    boxLanguages.flatMap((language) => [400, 1_200].map((width) => ({ name, box, language, width }))),
  )

  it.each(all)(
    '$name in $language at $width: nothing runs out, no line over another',
    async ({ box, language, width }) => {
      const svg = await cards.svg(box, { language, width })
      const [, wide, tall] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number)
      expect(tall).toBeLessThanOrEqual(wide! === 1_200 ? 630 : 1_100)
      const glyphs = placed(svg)
      expect(glyphs.length).toBeGreaterThan(50)
      const margin = wide === 1_200 ? 52 : 32
      for (const { x, y } of glyphs) {
        expect(x).toBeGreaterThan(margin - 5)
        expect(x).toBeLessThan(wide! - margin)
        expect(y).toBeGreaterThan(margin)
        expect(y).toBeLessThan(tall! - margin)
      }
      const lines = [...new Set(glyphs.map(({ y }) => y))].sort((a, b) => a - b)
      const steps = lines.slice(1).map((y, at) => y - lines[at]!)
      // Texts of two sizes beside each other stand a little apart.
      expect(steps.filter((step) => step > 6 && step < 24)).toEqual([])
    },
  )

  it('says everything in its title and description, and holds nothing but outlines', async () => {
    for (const [, box] of named) {
      const svg = await cards.svg(box, { language: 'fr' })
      expect(svg).not.toMatch(
        /<(?:text|script|image|foreignObject|a)\b|\bon\w+=|https?:(?!\/\/(?:www\.w3\.org\/2000\/svg|talk\.example|evil\.example|paper\.example))/,
      )
      for (const [, target] of svg.matchAll(/\bhref="([^"]*)"/g)) expect(target).toMatch(/^#u/)
      const ids = [...svg.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const [, target] of svg.matchAll(/\bhref="#([^"]*)"/g)) expect(ids).toContain(target)
    }
    expect(await cards.svg(ordinary)).toContain('They cancel the last bus and call it a timetable.')
    expect((await cards.svg(ordinary)).length).toBeLessThan(100_000)
  })

  it('follows the screen unless it is told not to, and is as wide as asked', async () => {
    const [auto, dark, light] = [
      await cards.svg(ordinary),
      await cards.svg(ordinary, { theme: 'dark' }),
      await cards.svg(ordinary, { theme: 'light' }),
    ]
    expect(auto).toContain('@media (prefers-color-scheme:dark)')
    expect(dark).not.toContain('<style')
    expect(light).not.toContain('#11181b')
    expect(dark).toContain('#11181b')
    expect(await cards.svg(ordinary, { width: 800 })).toContain('width="800" height="420"')
    expect(await cards.svg(ordinary, { width: 1 })).toContain('width="240"')
    expect(await cards.svg(ordinary, { width: 1e9 })).toContain('width="2400"')
  })

  it('draws the intervals of the shares where they are, under each other', async () => {
    const svg = await cards.svg(ordinary)
    const numbers = (pattern: RegExp) =>
      [...svg.matchAll(pattern)].map(([, x, width]) => ({ x: Number(x), width: Number(width) }))
    const bands = numbers(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="18" fill="#a9cdd5"/g)
    const [axis, other] = numbers(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="2" fill="#d5dadb"/g).filter(
      ({ x }) => x > 52,
    )
    expect(other).toEqual(axis)
    expect(axis!.width).toBeGreaterThan(400)
    const told = bands.map(({ x, width }) => [(x - axis!.x) / axis!.width, width / axis!.width])
    for (const [at, [from, wide]] of [
      [0.48, 0.12],
      [0.14, 0.09],
    ].entries()) {
      expect(told[at]![0]).toBeCloseTo(from!, 2)
      expect(told[at]![1]).toBeCloseTo(wide!, 2)
    }
  })
})

describe('a PNG', () => {
  it.each(pngWidths)('is %i pixels wide and always the same', async (width) => {
    const bytes = Buffer.from(await cards.png(story, { width }))
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([width, pngHeight(width)])
    expect(Buffer.from(await openCards().png(story, { width })).equals(bytes)).toBe(true)
  })

  it('has the next smaller of its widths, and another face in the dark', async () => {
    const bytes = Buffer.from(await cards.png(ordinary, { width: 700 }))
    expect(bytes.readUInt32BE(16)).toBe(600)
    expect(Buffer.from(await cards.png(ordinary, { width: 1 })).readUInt32BE(16)).toBe(300)
    expect(Buffer.from(await cards.png(ordinary, { theme: 'dark', width: 600 })).equals(bytes)).toBe(false)
  })
})

describe('drawing', () => {
  const counted = async () => {
    const own = await pen()
    const drawings: number[] = []
    const png = async (...asked: Parameters<typeof own.png>) => {
      drawings.push(1)
      return own.png(...asked)
    }
    return { drawings, open: async () => ({ ...own, png }) }
  }

  it('happens once for all who ask, and again when the box says otherwise', async () => {
    const { drawings, open } = await counted()
    const own = openCards({ open })
    await Promise.all([own.png(ordinary), own.png(ordinary), own.png(structuredClone(ordinary))])
    expect(drawings).toHaveLength(1)
    await own.png({ ...ordinary, posts: 1_235 })
    await own.png(ordinary, { language: 'de' })
    expect(drawings).toHaveLength(3)
  })

  it('keeps no more than it may', async () => {
    const { drawings, open } = await counted()
    const own = openCards({ open, mostBytes: 60_000 })
    for (const posts of [1, 2, 3, 3, 1]) await own.png({ ...ordinary, posts })
    expect(drawings).toHaveLength(4)
  })

  it('is not asked for without end', async () => {
    const own = openCards({ mostWaiting: 2 })
    const asked = await Promise.allSettled([1, 2, 3].map((posts) => own.png({ ...ordinary, posts })))
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect((asked[2] as PromiseRejectedResult).reason).toMatchObject({ status: 429, afterMs: 2_000 })
    await own.png({ ...ordinary, posts: 3 })
  })

  it('that failed is tried again', async () => {
    const own = await pen()
    let isBroken = true
    const broken = openCards({ open: async () => (isBroken ? Promise.reject(new Error('no pen')) : own) })
    await expect(broken.png(ordinary)).rejects.toThrow('no pen')
    isBroken = false
    expect((await broken.png(ordinary)).length).toBeGreaterThan(1_000)
  })

  it('on a machine that has no renderer says so', async () => {
    const missing = () => Promise.reject(new Error('no such file: core.node'))
    await expect(openCards({ open: () => openPen(missing) }).svg(ordinary)).rejects.toMatchObject({
      status: 501,
      name: 'UserError',
    })
  })

  it('loads the renderer when the first card is asked for, and not before', () => {
    const source = readFileSync(new URL('../../dashboards/takumi.ts', import.meta.url), 'utf8')
    expect(source.match(/from '@takumi|import\('@takumi/g)).toEqual(["import('@takumi"])
  })
})

/** What a page finds of its pictures: a pixel of their paper. */
const shownOf = `Array.from(document.images, (image) => {
  const context = document.createElement('canvas').getContext('2d')
  context.drawImage(image, 0, 0)
  return { alt: image.alt, wide: image.naturalWidth, pixel: [...context.getImageData(4, 4, 1, 1).data.slice(0, 3)] }
})`
const readStrictly = (svg: string) => `{
  const parsed = new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml')
  const [title, desc] = ['title', 'desc'].map((tag) => parsed.querySelector(tag)?.textContent)
  const tags = [...new Set(Array.from(parsed.querySelectorAll('*'), (one) => one.tagName))]
  ;({ isBroken: parsed.querySelector('parsererror') !== null, title, desc, tags })
}`

describe.skipIf(isWithout)('in a browser', () => {
  const open = new AsyncDisposableStack()
  let url = ''
  let browser: Awaited<ReturnType<typeof openBrowser>>
  beforeAll(async () => {
    const server = createServer(async ({ url: path = '' }, response) => {
      const [, name = '', kind] = /^\/(\w+)\.(svg|png)$/.exec(path) ?? []
      const box = boxes[name as keyof typeof boxes]
      response.setHeader('content-security-policy', "default-src 'none'; img-src 'self'")
      if (kind) response.setHeader('content-type', kind === 'svg' ? 'image/svg+xml' : 'image/png')
      if (kind === 'svg') return response.end(await cards.svg(box))
      if (kind === 'png') return response.end(Buffer.from(await cards.png(box)))
      response.setHeader('content-type', 'text/html')
      response.end(
        `<!doctype html><meta name="color-scheme" content="light dark"><title>t</title>${named.map(([name]) => `<img alt="${name}" src="/${name}.svg"><img alt="" src="/${name}.png">`).join('')}`,
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.defer(() => void server.close())
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await openBrowser()
    open.defer(() => browser.close())
  })
  afterAll(() => open.disposeAsync())

  it.each([
    ['light', [251, 251, 249]],
    ['dark', [17, 24, 27]],
  ] as const)('every card is shown, and follows a %s screen', async (colorScheme, paper) => {
    const page = await browser.newPage({ colorScheme })
    await page.goto(url, { waitUntil: 'load' })
    const seen = (await page.evaluate(shownOf)) as { alt: string; wide: number; pixel: number[] }[]
    expect(seen.map(({ wide }) => wide)).toEqual(seen.map(() => 1_200))
    for (const { alt, pixel } of seen) if (alt) expect(pixel, alt).toEqual(paper)
    await page.close()
  })

  it('every SVG is XML to a strict reader, its description the whole text', async () => {
    const page = await browser.newPage()
    for (const [name, box] of named) {
      const read = readStrictly(await cards.svg(box))
      const told = (await page.evaluate(read)) as { isBroken: boolean; title: string; desc: string; tags: string[] }
      expect(told.isBroken, name).toBe(false)
      expect([told.title, told.desc], name).toEqual([titleOf(box), wholeOf(box, 'en')])
      expect(told.tags, name).toEqual(['svg', 'title', 'desc', 'style', 'rect', 'g', 'use', 'defs', 'path'])
    }
    expect(hostile.sentences[0]!.text).toContain('<script>')
    await page.close()
  })
})
