// Making and changing a topic, as a client without script does it: the preview with its chart and twenty posts to mark, the
// count of marks with Wilson's interval, the form of a topic that exists, and its versions with what changed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { marksOf, tally } from '../../dashboards/preview.ts'
import { changesOf } from '../../dashboards/versions.ts'
import type { Topic } from '../../types.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(90)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const page = async (path: string, status = 200): Promise<string> => {
  const response = await world.get(path, { headers: { accept: 'text/html' } })
  expect(response.status).toBe(status)
  return response.text()
}
const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
const marksIn = (html: string) =>
  [...html.matchAll(/name="(about\.[0-9a-f]{10})" value="yes"/g)].map(([, mark]) => mark!)

describe('the preview', () => {
  test('has matches by the hour with the numbers behind them', async () => {
    const html = await page('/new?query=talks')
    const numbers = [...html.matchAll(/<tr><th scope="row">[^<]+<\/th><td>(\d+)<\/td><\/tr>/g)].map(([, n]) =>
      Number(n),
    )
    expect(numbers.reduce((sum, n) => sum + n, 0)).toBe(90)
    expect(numbers.length).toBeGreaterThanOrEqual(20)
    expect(html).toMatch(new RegExp(`viewBox="0 0 ${numbers.length} 100"`))
    expect(html).toContain(`up to ${Math.max(...numbers)} posts in one`)
  })

  test('shows twenty posts to mark, and counts the marks of the address', async () => {
    const html = await page('/new?query=talks')
    const marks = marksIn(html)
    expect(new Set(marks).size).toBe(20)
    expect(textOf(html)).toContain('Say of each whether it is about the topic')
    const said = marks.map((mark, nr): [string, string] => [mark, nr < 17 ? 'yes' : 'no'])
    const marked = await page(`/new?${new URLSearchParams([['query', 'talks'], ...said])}`)
    expect(textOf(marked)).toContain('17 of 20 about it: 64–95% (Wilson, 95%).')
    expect(marked.match(/value="yes" checked/g)).toHaveLength(17)
    expect(marked.match(/value="no" checked/g)).toHaveLength(3)
  })

  test('counts no mark of a post that the query does not draw', async () => {
    const [mark] = marksIn(await page('/new?query=talks'))
    expect(textOf(await page(`/new?query=neverusedword&${mark}=yes`))).toContain('Would match 0 of 90 kept posts')
    const strange = await page(`/new?query=talks&about.0123456789=yes&${mark}=perhaps`)
    expect(textOf(strange)).toContain('Say of each whether')
    expect(strange).not.toContain('checked')
  })

  test('shows where a typo is and what to write', async () => {
    const html = await page('/new?query=talks+AND+%22good')
    expect(textOf(html)).toContain('This quote is never closed (column 11). Add a closing')
    expect(html).toContain('<pre>talks AND &quot;good\n          ^</pre>')
    expect(html).toMatch(/<textarea id="query-new"[^>]* aria-invalid="true"/)
  })
})

describe('marks', () => {
  test.each([
    [17, 3, '17 of 20 about it: 64–95% (Wilson, 95%).'],
    [20, 0, '20 of 20 about it: 84–100% (Wilson, 95%).'],
    [0, 5, '0 of 5 about it: 0–43% (Wilson, 95%).'],
    [1, 0, '1 of 1 about it: 21–100% (Wilson, 95%).'],
  ])('%i for, %i against', (yes, no, said) => {
    expect(tally([...Array(yes).fill('yes'), ...Array(no).fill('no')])).toBe(said)
    // Wilson's interval holds every share that a test of the share at 5 % would not refuse: solved here by bisection.
    const [n, share] = [yes + no, yes / (yes + no)]
    const isRefused = (p: number) => Math.abs(share - p) > 1.959964 * Math.sqrt((p * (1 - p)) / n)
    const edge = (from: number, to: number) => {
      let [inside, outside] = [from, to]
      for (let turn = 0; turn < 60; turn++) {
        const middle = (inside + outside) / 2
        if (isRefused(middle)) outside = middle
        else inside = middle
      }
      return Math.round(inside * 100)
    }
    expect(said).toContain(`${edge(share, 0)}–${edge(share, 1)}%`)
  })

  test('are read from a form, and nothing else is', () => {
    const words = {
      'about.0123456789': 'yes',
      'about.abcdefabcd': 'no',
      'about.x': 'yes',
      'about.0123456788': '<b>',
      name: 'yes',
    }
    expect(marksOf(words)).toEqual({ 'about.0123456789': 'yes', 'about.abcdefabcd': 'no' })
    const many = Object.fromEntries(
      Array.from({ length: 900 }, (_, nr) => [`about.${String(nr).padStart(10, '0')}`, 'yes']),
    )
    expect(Object.keys(marksOf(many))).toHaveLength(100)
  })
})

describe('changing a topic', () => {
  const post = (words: Record<string, string>) =>
    world.get('/topics', {
      method: 'POST',
      body: new URLSearchParams(words),
      headers: { authorization: `Bearer ${key}` },
    })

  test('has a form with its words and a preview; an address changes what is typed, never which topic', async () => {
    const html = await page('/topics/talks/edit')
    expect(html).toContain('<input type="hidden" name="id" value="talks">')
    expect(html).toContain('>talks</textarea>')
    expect(html).toContain('>a truce now</textarea>')
    expect(html).toContain('data-preview="/topics/talks/edit"')
    expect(textOf(html)).toContain('Would match 90 of 90 kept posts')
    const typed = await page('/topics/talks/edit?query=talks+AND+good&id=other')
    expect(typed).toContain('<input type="hidden" name="id" value="talks">')
    expect(typed).toContain('>talks AND good</textarea>')
    expect(textOf(typed)).toContain('makes version 2')
    await page('/topics/none/edit', 404)
    await page('/topics/none/versions', 404)
  })

  test('a mistake leads back to its form', async () => {
    const answer = await post({ id: 'talks', name: 'Peace talks', query: 'talks AND', targets: 'a truce now' })
    expect(answer.status).toBe(422)
    const html = await answer.text()
    expect(textOf(html)).toContain('Change “Peace talks”')
    expect(html).toContain('data-preview="/topics/talks/edit"')
  })

  test('its versions tell what changed, when, with how many posts, and lead to their numbers', async () => {
    const before = textOf(await page('/topics/talks/versions'))
    expect(before).toMatch(/Version 1 Made .* by a person; 90 posts by 90 authors, the latest/)
    expect(before).toContain('The first that is known.')
    await post({ id: 'talks', name: 'Peace talks', query: 'talks AND good', targets: 'a truce now\nelections' })
    await world.settled()
    const html = await page('/topics/talks/versions')
    const good = (await world.read<{ posts: number }>('/v1/topics/talks/summary?version=2')).posts
    const text = textOf(html)
    expect(text.indexOf('Version 2')).toBeLessThan(text.indexOf('Version 1'))
    expect(text).toContain(`by a person; ${good} posts by ${good} authors`)
    expect(text).toContain('The query was talks .')
    expect(text).toContain('Target added: “elections”.')
    for (const version of [1, 2]) {
      expect(html).toContain(`<a href="/topics/talks?version=${version}">Version ${version}</a>`)
      expect(textOf(await page(`/topics/talks?version=${version}`))).toContain(`${version === 1 ? 90 : good} posts by`)
    }
    expect(await page('/topics/talks')).toContain('href="/topics/talks/versions"')
  })

  test('changes are told in words', () => {
    const topic: Topic = {
      ...{ id: 't', name: 'T', query: 'a', public: false, tags: [], version: 1, at: '', origin: 'user' as const },
      targets: [
        { id: 'x', text: 'one' },
        { id: 'y', text: 'two' },
      ],
    }
    const after = {
      ...topic,
      version: 2,
      targets: [
        { id: 'x', text: 'won' },
        { id: 'y', text: 'two' },
      ],
    }
    expect(changesOf(topic, after)).toEqual(['Target added: “won”.', 'Target taken away: “one”.'])
    expect(changesOf(topic, { ...topic, version: 2 })).toEqual([])
    expect(String(changesOf(topic, { ...topic, query: '<b>' })[0])).toBe('The query was <code>a</code>.')
    expect(String(changesOf({ ...topic, query: '<b>' }, topic)[0])).toContain('&lt;b&gt;')
  })
})

describe('a topic that was just made', () => {
  test.each([
    [
      { histories: [{ topic: 'late', version: 1, done: 40, total: 90 }] },
      /Filling in its history: .*40 of 90 kept changes/,
    ],
    [{ histories: [] }, /Its history is about to be read/],
  ])('shows how far its history is in the place of an empty chart', async (more, said) => {
    await world.write('POST', '/v1/topics', { id: 'late', name: 'Late', query: 'neverusedword' })
    const { status } = world.served
    const settled = await status()
    world.served.status = async () => ({ ...settled, lag: 1, ...more })
    const html = await page('/topics/late')
    world.served.status = status
    const time = html.slice(html.indexOf('id="time"'), html.indexOf('id="posts"'))
    expect(textOf(time)).toMatch(said)
    expect(textOf(time)).toContain('The chart appears here as soon as posts are read')
    expect(time).not.toContain('No posts in this window to draw')
    expect(time).toMatch(/<p class="notice" data-busy>/)
    await world.settled()
    expect(textOf(await page('/topics/late'))).toContain('No posts in this window to draw')
  })
})
