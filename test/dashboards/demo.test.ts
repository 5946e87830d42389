// The demo over HTTP: both sites are whole without script, hold nothing about what people say but what the public boxes
// tell, follow them when posts are deleted, and are in the order of what moves. Beyond loopback they need no key and get
// nothing that is not public; without the sample they say so kindly.
import { html as markup } from 'hono/html'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Claim } from '../../conclusions.ts'
import type { PublicBox } from '../../dashboards/demo.ts'
import { demoSite, endDemo, tellDemo } from '../../dashboards/demoSite.ts'
import { byMovement } from '../../dashboards/demoStories.ts'
import { saidBy } from '../../dashboards/demoStory.ts'
import { listen } from '../../dashboards/server.ts'
import { shell } from '../../dashboards/shell.ts'
import { storyIdOf } from '../../dashboards/story.ts'
import { set } from '../../settings.ts'
import { ordinary } from './boxes.ts'
import { type DemoWorld, openDemoWorld } from './demoWorld.ts'
import { key, ndjson } from './world.ts'

let world: DemoWorld
beforeAll(async () => {
  world = await openDemoWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const page = async (path: string) => {
  const answer = await world.get(path)
  expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=UTF-8'])
  return answer.text()
}
const idOf = (word: string) => storyIdOf(world.given.find(({ url }) => url.includes(word))!.url)
const boxAt = (word: string) => world.read<PublicBox>(`/embed/stories/${idOf(word)}.json`)
/** Text as a reader sees it. */
const words = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(
      /&(lt|gt|amp|quot|#39);/g,
      (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" })[name]!,
    )
    .replace(/\s+/g, ' ')

describe('both sites', () => {
  test.each(['/demo', '/demo/story', '/demo/stories'])(
    '%s is marked as invented and has nothing inline',
    async (path) => {
      const html = await page(path)
      expect(html).toContain('<strong>Invented.</strong>')
      expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/)
      expect([...html.matchAll(/<script[^>]*>([^<]*)/g)].map(([, inside]) => inside).join('')).toBe('')
      expect(html).toContain('<meta name="robots" content="noindex">')
      expect(html).not.toContain('/page.css')
    },
  )

  test('stand on /demo, which the sample’s banner leads to', async () => {
    const html = await page('/demo')
    const status = { ...(await world.served.status()), sample: true }
    expect(String(await shell({ title: 'x', status, main: markup`` }))).toContain('href="/demo"')
    for (const path of ['/demo/story', '/demo/stories']) expect(html).toContain(`href="${path}"`)
    for (const path of ['/demo.css', '/demo.js']) expect((await world.get(path)).status).toBe(200)
  })

  test('hold no word of a post and no share in their own files', async () => {
    const { readFileSync } = await import('node:fs')
    for (const file of ['demo.ts', 'demoStory.ts', 'demoStories.ts', 'demoSite.ts', 'web/demo.js']) {
      const text = readFileSync(new URL(`../../dashboards/${file}`, import.meta.url), 'utf8')
      expect([file, text.match(/\.ask\b|perspective\(|\bshelf\b|\d+ ?%(?! interval)/)?.[0]]).toEqual([file, undefined])
    }
  })
})

/** The page and the box it shows: an edition may be kept between two questions, and then both are asked for again. */
async function together(): Promise<{ html: string; box: PublicBox }> {
  for (let tries = 0; tries < 10; tries++) {
    const before = await boxAt('lantern')
    const html = await page('/demo/story')
    const box = await boxAt('lantern')
    if (JSON.stringify(before) === JSON.stringify(box)) return { html, box }
  }
  throw new Error('the box never stood still')
}

describe('the story page', () => {
  test('is whole without script: its own words, the box, and everything that the box tells beside it', async () => {
    const { html, box } = await together()
    const story = world.given.find(({ url }) => url.includes('lantern'))!
    expect(html).toContain(`<h1>${story.headline}</h1>`)
    expect(html).toContain(`<undercurrent-perspective story="${box.story!.id}" >${box.html}</undercurrent-perspective>`)
    const text = words(html)
    for (const name of ['Context', 'Evidence', 'Narratives by camp', 'Blind spots', 'Takeaway', 'Potential outcomes'])
      expect(text).toContain(name)
    expect(box.blindSpots.length).toBeGreaterThan(0)
    for (const told of [box.takeaway!.text, ...box.blindSpots, ...box.claims.map((claim) => claim.text)])
      expect(text).toContain(told)
  })

  test('puts to each camp what the paragraph says of it alone, and its share', async () => {
    const { html, box } = await together()
    const [camp] = box.camps
    expect(camp).toMatchObject({ target: 'aim', text: 'a truce <now>' })
    // Of the very window of the box: the last day is another one a minute later.
    const summary = await world.read<{ stance: Record<string, Record<string, object>> }>(
      `/v1/topics/peace-talks/summary?${new URLSearchParams({ ...box.window })}`,
    )
    expect(camp).toMatchObject({ favor: summary.stance.aim!.favor, against: summary.stance.aim!.against })
    expect(html).toContain('“a truce &lt;now&gt;”')
    // Which posts are quoted hangs on the keys of accounts, and so whether one of a side is.
    for (const side of ['favor', 'against'] as const) {
      const part = html.slice(html.indexOf(`class="side ${side}"`)).split('</div>')[0]!
      expect(words(part)).toContain(`${Math.round(camp![side].estimate! * 100)}% (`)
      for (const text of saidBy(box, camp!, side)) expect(words(part)).toContain(text)
    }
  })

  test('a sentence about both sides is put to neither', () => {
    const [claim] = ordinary.claims
    const camp = { ...ordinary.camps[0]!, target: 'a.b' }
    const claims = [
      { ...claim!, id: 'f', measure: 'stance.a.b.favor' },
      { ...claim!, id: 'a', measure: 'stance.a.b.against' },
      { ...claim!, id: 's', measure: 'theme.x', scope: 'side:stance.a.b.against' },
      { ...claim!, id: 'c', measure: 'theme.y', scope: 'stance.a.b.favor|stance.a.b.against' },
    ]
    const sentences = ['f', 'a', 's', 'c', 'f a'].map((ids) => ({ text: ids, claims: ids.split(' ') }))
    const box = { ...ordinary, claims, sentences, html: '' }
    expect([saidBy(box, camp, 'favor'), saidBy(box, camp, 'against')]).toEqual([['f'], ['a', 's']])
  })
})

describe('the aggregator', () => {
  test('orders by what moves at least, as the box tells it, and not by how much is posted', async () => {
    const [talks, phones] = await Promise.all([boxAt('c/istanbul'), boxAt('c/school')])
    expect(phones.posts).toBeGreaterThan(talks.posts)
    expect(phones.movement).toBe(null)
    const { claims } = await world.read<{ claims: Claim[] }>('/v1/topics/peace-talks/perspective')
    const changes = claims.flatMap(({ kind, difference }) => (kind === 'change' && difference ? [difference] : []))
    const least = Math.max(...changes.map(({ low, high }) => Math.max(low!, -high!)))
    expect(talks.movement!.least).toBe(least)
    expect(least).toBeGreaterThan(0)
    const html = await page('/demo/stories')
    const order = [...html.matchAll(/id="c-(\w+)"/g)].map(([, id]) => id!)
    const told = await Promise.all(
      (await demoSite(world.served, world.given))!.stories
        .filter(({ url }) => url.includes('roundup'))
        .map(async (story) => {
          const answer = await world.get(`/embed/stories/${story.id}.json`)
          return { story, box: answer.ok ? ((await answer.json()) as PublicBox) : null }
        }),
    )
    expect(order).toEqual(told.toSorted(byMovement).map(({ story }) => story.id))
    expect(order[0]).toBe(idOf('c/istanbul'))
    // Where nothing moved, the newest comes first.
    const rest = told.filter(({ box }) => !box?.movement).map(({ story }) => story)
    expect(order.slice(-rest.length)).toEqual(rest.toSorted((a, b) => (a.at < b.at ? 1 : -1)).map(({ id }) => id))
    expect(words(html)).toContain(talks.movement!.text.slice(1))
  })

  test('says what is about a wider topic, what cannot be told and why, and leads on where there is no box', async () => {
    const [html, spill, trains] = await Promise.all([page('/demo/stories'), boxAt('spill'), boxAt('night')])
    const cluster = (word: string) =>
      html.slice(html.indexOf(`id="c-${idOf(word)}"`)).split('<article class="cluster')[0]!
    expect(spill.about).toBe('what is said of pipeline')
    expect(words(cluster('spill'))).toContain('About the wider topic “ what is said of pipeline ”')
    expect(trains.refusal!.reason).toBe('too few voices')
    expect(words(cluster('night'))).toContain(`Nothing can be told: too few voices. ${trains.refusal!.missing}`)
    // Its topic is gone, and so its story was never approved.
    expect((await world.get(`/embed/stories/${idOf('steel')}.json`)).status).toBe(404)
    expect(cluster('steel')).toContain(`href="/embed/stories/${idOf('steel')}.html"`)
  })

  test('counts the stories of 42 hours, and shows those with a tag', async () => {
    const html = words(await page('/demo/stories'))
    const roundup = world.given.filter(({ url }) => url.includes('roundup'))
    const recent = roundup.flatMap(({ articles }) => articles.filter(({ hoursAgo }) => hoursAgo <= 42))
    expect(html).toContain(`${recent.length} stories from`)
    const energy = await page('/demo/stories?tag=energy')
    expect([...energy.matchAll(/id="c-/g)]).toHaveLength(roundup.filter(({ tags }) => tags.includes('energy')).length)
    const hostile = await page(`/demo/stories?tag=${encodeURIComponent('"><script>alert(1)</script>')}`)
    expect(hostile).not.toContain('<script>alert')
    expect(words(hostile)).toContain('No story has the tag')
  })
})

describe('whoever sees it', () => {
  test('beyond loopback needs no key, and gets nothing that is not public', async () => {
    const { signal } = new AbortController()
    await using server = await listen({ ...world.served }, { host: '0.0.0.0', port: 0, hosts: [], key, signal })
    const at = (path: string) => fetch(`http://127.0.0.1:${new URL(server.url).port}${path}`)
    const text = await (await at('/demo/stories')).text()
    expect(text).toContain('class="undercurrent"')
    for (const path of ['/demo', '/demo/story', '/demo.css', '/demo.js'])
      expect([path, (await at(path)).status]).toEqual([path, 200])
    await world.write('PUT', '/v1/topics/coastal-pipeline', {
      ...world.served.topics.get('coastal-pipeline'),
      public: false,
      tags: [],
    })
    const closed = await (await at('/demo/stories')).text()
    expect(closed).not.toContain('pipeline are')
    expect(closed).toContain(`<a href="/embed/stories/${idOf('c/coastal')}.html">`)
  })

  test('gets what is deleted no more: nothing is kept beside the boxes', async () => {
    const { claims } = await world.read<{ claims: Claim[] }>('/v1/topics/peace-talks/perspective')
    const quotes = claims.flatMap((claim) => claim.quotes)
    expect(quotes.length).toBeGreaterThan(0)
    const before = words(await page('/demo/story'))
    expect(quotes.some(({ text }) => before.includes(text))).toBe(true)
    await world.write('POST', '/v1/posts', ndjson(quotes.map(({ post }) => ({ op: 'delete', id: post }))))
    await world.settled()
    const after = words(await page('/demo/story'))
    const other = words(await page('/demo/stories'))
    for (const { text } of quotes) expect([after.includes(text), other.includes(text)]).toEqual([false, false])
    const box = await boxAt('lantern')
    expect(after).toContain(box.takeaway!.text)
  })
})

describe('the stories of the sample', () => {
  test('are told once: one that a person dropped does not come back', async () => {
    const id = idOf('c/school')
    expect((await world.write('DELETE', `/v1/stories/${id}`)).status).toBe(204)
    await tellDemo(world.served, world.given)
    expect(await world.served.stories.get(id)).toMatchObject({ state: 'ended' })
    expect((await world.get('/demo/stories')).status).toBe(200)
  })

  test('a site may say itself that the topic it names is broader', async () => {
    const story = {
      url: 'https://a.example/1',
      headline: 'A small thing',
      topic: 'peace-talks',
      broader: true,
      approve: true,
    }
    const told = (await (await world.write('POST', '/v1/stories', story)).json()) as { about: string }
    expect(told.about).toBe('what is said of talks')
    const alone = (await (
      await world.write('POST', '/v1/stories', { ...story, url: 'https://a.example/2', broader: false })
    ).json()) as { about: string | null }
    expect(alone.about).toBe(null)
  })

  test('end with the sample, and the demo says so', async () => {
    await endDemo(world.served.stories, world.given)
    await set(world.served.log, { sample: 'removed' })
    expect((await world.served.stories.list()).filter(({ url }) => url.includes('roundup'))).toEqual([])
    for (const path of ['/demo', '/demo/story', '/demo/stories']) {
      const html = await page(path)
      expect(html).toContain('The demo left with its sample')
      expect(html).not.toContain('undercurrent-perspective')
    }
    await tellDemo(world.served, world.given)
    expect(await demoSite(world.served, world.given)).toBe(null)
  })
})
