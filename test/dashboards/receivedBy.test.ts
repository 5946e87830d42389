// A link that shows exactly what an alert saw: numbers and posts of what had been received by then.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PostsPage, Summary } from '../../answers.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(40)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

describe('receivedBy', () => {
  const where = `/v1/topics/${talks.id}`
  const before = 'receivedBy=2000-01-01T00:00:00Z'
  const later = 'receivedBy=2200-01-01T00:00:00Z'

  test('in the API: all, or nothing of what came after', async () => {
    const whole = await world.read<Summary>(`${where}/summary`)
    expect(whole.posts).toBe(40)
    expect(await world.read<Summary>(`${where}/summary?${later}`)).toEqual(whole)
    expect(await world.read<Summary>(`${where}/summary?${before}`)).toMatchObject({ posts: 0, sentiment: {} })
    expect((await world.read<PostsPage>(`${where}/posts?${before}`)).posts).toEqual([])
    expect((await world.read<PostsPage>(`${where}/posts?${later}&limit=5`)).posts).toHaveLength(5)
  })

  test('what is no time is refused, with what to do', async () => {
    const answer = await fetch(`${world.url}${where}/summary?receivedBy=yesterday`)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toMatch(/receivedBy/)
  })

  test('on the page of a topic', async () => {
    const page = async (words: string) => (await fetch(`${world.url}/topics/${talks.id}?hours=all&${words}`)).text()
    const { posts } = await world.read<PostsPage>(`${where}/posts?limit=1`)
    expect(await page(later)).toContain(posts[0]!.text)
    // The paragraph and its editions are of now, and may quote it.
    const shown = (await page(before)).split('id="posts"')[1]!.split('id="editions"')[0]!
    expect(shown).toContain('No post in this window')
    expect(shown).not.toContain(posts[0]!.text)
  })
})
