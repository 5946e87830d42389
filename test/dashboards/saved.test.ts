// Saved views over a real socket: kept in the log and so after a restart, one per address, only of our own pages, and
// the forms on the pages without script. Names are hostile text.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageHref, type SavedView, savedViews } from '../../dashboards/saved.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import { openKeys } from '../../store/keys.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/topics', { id: 'good', name: 'Good talks', query: 'good' })
  await world.write('POST', '/v1/posts', ndjson(debate(60)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const listed = async () => (await world.read<{ views: SavedView[] }>('/v1/views')).views
const save = async (name: string, href: string) => world.write('POST', '/v1/views', { name, href })
const removeAll = async () => {
  for (const { id } of await listed()) await world.write('DELETE', `/v1/views/${id}`)
}

describe('the API', () => {
  test('saves, lists by name, renames and removes', async () => {
    const first = await save('Of the week', '/topics/talks?hours=168&sentiment=negative')
    expect(first.status).toBe(201)
    const view = (await first.json()) as SavedView
    expect(view).toMatchObject({ name: 'Of the week', href: '/topics/talks?hours=168&sentiment=negative' })
    await save('Both', '/compare?topics=talks,good')
    expect((await listed()).map(({ name }) => name)).toEqual(['Both', 'Of the week'])
    // The same address in another order, with an empty word: the same view.
    const again = await save('A bad week', '/topics/talks?sentiment=negative&q=&hours=168')
    expect([again.status, ((await again.json()) as SavedView).id]).toEqual([200, view.id])
    expect((await listed()).map(({ name }) => name)).toEqual(['A bad week', 'Both'])
    expect((await world.write('DELETE', `/v1/views/${view.id}`)).status).toBe(204)
    expect((await world.write('DELETE', `/v1/views/${view.id}`)).status).toBe(404)
    expect((await listed()).map(({ name }) => name)).toEqual(['Both'])
    await removeAll()
  })

  test('changing needs the key', async () => {
    const body = JSON.stringify({ name: 'x', href: '/topics/talks' })
    const headers = { 'content-type': 'application/json' }
    expect((await world.get('/v1/views', { method: 'POST', headers, body })).status).toBe(401)
    expect((await world.get('/v1/views/x', { method: 'DELETE' })).status).toBe(401)
    expect((await world.get('/views', { method: 'POST' })).status).toBe(401)
  })

  test.each([
    ['https://elsewhere.example/topics/x'],
    ['//elsewhere.example/topics/x'],
    ['/\\elsewhere.example/topics/x'],
    ['/\t/elsewhere.example/topics/x'],
    ['javascript:alert(1)'],
    ['topics/x'],
    ['/v1/topics/talks/summary'],
    ['/topics/../v1/views'],
    ['/topics/x/%2e%2e/%2e%2e/v1/keys'],
    ['/'],
    ['/topics/'],
    ['/topics'],
    [`/topics/x?q=${'a'.repeat(2_000)}`],
  ])('refuses what is no page of ours: %.40s', async (href) => {
    const response = await save('x', href)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { detail: string }).detail.length).toBeGreaterThan(10)
    expect(await listed()).toEqual([])
  })

  test.each([[''], ['  '], ['a'.repeat(81)], ['a\u0000b']])('refuses the name %j', async (name) => {
    expect((await save(name, '/topics/talks')).status).toBe(400)
    expect(await listed()).toEqual([])
  })

  test.each([
    ['/topics/talks', '/topics/talks'],
    ['/topics/talks/#posts', null],
    ['/topics/talks?b=2&a=1&a=0#x', '/topics/talks?a=1&a=0&b=2'],
    ['/topics/talks/labels?question=sentiment', '/topics/talks/labels?question=sentiment'],
    ['/compare?topics=a&topics=&topics=b', '/compare?topics=a&topics=b'],
    ['/posts/at%3A%2F%2Fdid%3Aplc%3Aa%2Fb', null],
    ['/sql?q=SELECT+1', '/sql?q=SELECT+1'],
    ['/topics/%D1%82?q=%3Cb%3E', '/topics/%D1%82?q=%3Cb%3E'],
  ])('%s is kept as %s', (href, kept) => {
    if (kept === null) expect(() => pageHref(href)).toThrow('none of our pages')
    else expect(pageHref(href)).toBe(kept)
  })

  test('takes two hundred and no more; a known one can still be named anew', async () => {
    const changes = Array.from({ length: 200 }, (_, nr) => {
      const value = JSON.stringify({ name: `view ${nr}`, href: `/topics/x?q=${nr}`, at: '2026-01-01T00:00:00.000Z' })
      return { op: 'setting', key: `view:made-${nr}`, value } as const
    })
    await world.served.log.append({ source: 'test', changes, cursor: null })
    const refused = await save('one more', '/topics/talks')
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ title: 'there are 200 saved views already' })
    await world.write('DELETE', '/v1/views/made-7')
    expect((await save('one more', '/topics/talks')).status).toBe(201)
    expect((await save('its new name', '/topics/talks')).status).toBe(200)
    await removeAll()
    expect(await listed()).toEqual([])
  })

  test('are in the log: whoever opens it beside us sees the same', async () => {
    await save('Kept', '/topics/talks?hours=6')
    const hashKey = openKeys(`${world.folder}/keys.json`).tombstone
    const retention = { hours: 48, bytes: 1e9 }
    await using log = await openSqliteLog({ path: `${world.folder}/log.db`, retention, hashKey })
    expect(await savedViews({ log })).toEqual(await listed())
    expect((await listed())[0]).toMatchObject({ name: 'Kept', href: '/topics/talks?hours=6' })
    await removeAll()
  })
})

describe('the pages, without script', () => {
  const cookie = async () => {
    const page = await world.get('/', { headers: { accept: 'text/html' } })
    return page.headers.get('set-cookie')!.split(';')[0]!
  }
  const textOf = async (path: string) => (await world.get(path)).text()
  const submit = async (path: string, words: Record<string, string>) =>
    world.get(path, {
      method: 'POST',
      headers: { cookie: await cookie(), origin: world.url, accept: 'text/html' },
      body: new URLSearchParams(words),
    })
  const decoded = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&quot;', '"')
  const formOf = (page: string) => {
    const [form = ''] = /<form class="saving"[\s\S]*?<\/form>/.exec(page) ?? []
    const value = (name: string) => decoded(new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(form)?.[1] ?? '')
    return { href: value('href'), name: value('name') }
  }

  test('a topic’s page offers its view with window and filters in words; saved, it says so and can be renamed', async () => {
    const words = 'hours=168&sentiment=negative&stance=truce.favor&source=import&lang=en&view=author&q=talks&cursor='
    const form = formOf(await textOf(`/topics/talks?${words}`))
    expect(form.name).toMatch(/^Peace talks, 7 days, only Imported posts, only English, every account the same,…$/)
    expect(Array.from(form.name)).toHaveLength(80)
    const plain = formOf(await textOf('/topics/talks'))
    expect(plain).toEqual({ href: '/topics/talks', name: 'Peace talks, 24 h' })
    const saved = await submit('/views', { ...form, name: 'Mine' })
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `${form.href}#view`])
    const page = await textOf(form.href)
    expect(page).toContain('Saved as “<bdi>Mine</bdi>”')
    expect(formOf(page)).toEqual({ ...form, name: 'Mine' })
    expect(await textOf('/topics/talks')).toContain('Save this view')
    await removeAll()
  })

  test('the window of an address with from and to is in the name', async () => {
    const { name } = formOf(await textOf('/topics/talks?from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z&emotion=joy'))
    expect(name).toBe('Peace talks, 2 Jan 2026, 00:00 to 3 Jan 2026, 00:00 UTC, joy')
    expect(formOf(await textOf('/topics/talks?hours=all&stance=truce.favor')).name).toBe(
      'Peace talks, all posts, for “a truce now”',
    )
  })

  test('a comparison is saved as what is compared', async () => {
    const two = formOf(await textOf('/compare?by=topic&topics=talks&topics=good&topics=&view=post'))
    expect(two).toEqual({ href: '/compare?by=topic&topics=talks%2Cgood', name: 'Peace talks and Good talks, 24 h' })
    const camps = formOf(await textOf('/compare?topics=talks&by=camp&view=author'))
    expect(camps.name).toBe('Peace talks for and against, 24 h, every account the same')
    await submit('/views', two)
    expect(await textOf(two.href)).toContain('Saved as “<bdi>Peace talks and Good talks, 24 h</bdi>”')
    expect(await textOf('/compare')).not.toContain('class="saving"')
    await removeAll()
  })

  test('the start page lists them, each with a way to remove it', async () => {
    expect(await textOf('/')).not.toContain('Saved views')
    await submit('/views', { name: 'A <b>bold</b> name', href: '/topics/talks?hours=6' })
    const page = await textOf('/')
    expect(page).toContain('<a href="/topics/talks?hours=6" dir="auto">A &lt;b&gt;bold&lt;/b&gt; name</a>')
    expect(page).not.toContain('<b>bold')
    const [, action] = /action="(\/views\/[^"]+\/remove)"/.exec(page)!
    const removed = await submit(action!, {})
    expect([removed.status, removed.headers.get('location')]).toEqual([303, '/'])
    expect(await textOf('/')).not.toContain('Saved views')
    expect((await submit(action!, {})).status).toBe(303)
  })

  test('removed on its own page, the reader stays there', async () => {
    await submit('/views', { name: 'Here', href: '/topics/talks?hours=6' })
    const [{ id } = { id: '' }] = await listed()
    const removed = await submit(`/views/${id}/remove`, { back: 'here' })
    expect(removed.headers.get('location')).toBe('/topics/talks?hours=6#view')
    expect(await listed()).toEqual([])
  })

  test('a name that is none is told on a page', async () => {
    const refused = await submit('/views', { name: ' ', href: '/topics/talks' })
    expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8'])
    expect(await refused.text()).toContain('A view needs a name')
  })
})
