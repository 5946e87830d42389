// A world with the two sites of the demo in it: their stories as the sample brings them, and posts whose claims a test can
// foresee. The talks turn bad from one day to the next, the phones are many and stay as they are, the trains are too few;
// the topics of steel and buses are missing, as where a person has dropped them.
import { demoSite, tellDemo } from '../../dashboards/demoSite.ts'
import type { SampleStory } from '../../given.ts'
import { sampleStories } from '../../ingest/sample.ts'
import { set } from '../../settings.ts'
import { debate, type Invented, ndjson, openWorld, type World } from './world.ts'

export interface DemoWorld extends World {
  given: SampleStory[]
}

const topic = (id: string, query: string, target: string) => ({
  ...{ id, query, name: `what is said of ${query}`, public: true },
  targets: [{ id: 'aim', text: target }],
})

const named = (word: string, posts: Invented[]): Invented[] =>
  posts.map((post) => ({ ...post, id: `${word}-${post.id}`, author: `${word}-${post.author}` }))

/** Most are for it, so that a voice against it is one against the rest: a sentence of its own. */
const leaning = (posts: Invented[]): Invented[] =>
  posts.map((post, at) =>
    at % 6 === 1 ? { ...post, text: post.text.replace('I am against it', 'I am for it') } : post,
  )

export const moving = (): Invented[] => named('talks', leaning(debate(240, { hours: 44 })))
const still = (word: string, n: number) =>
  named(word, debate(3 * n, { word, hours: 66 }).slice(0, 2 * n)).map((post) => ({
    ...post,
    at: new Date(Date.parse(post.at!) + 22 * 3_600_000).toISOString(),
  }))

export async function openDemoWorld(): Promise<DemoWorld> {
  const given = await sampleStories()
  const world: World = await openWorld({ served: { demo: () => demoSite(world.served, given) } })
  await world.write('POST', '/v1/topics', topic('peace-talks', 'talks', 'a truce <now>'))
  await world.write('POST', '/v1/topics', topic('school-phones', 'phones', 'a ban'))
  await world.write('POST', '/v1/topics', topic('coastal-pipeline', 'pipeline', 'a pipeline'))
  await world.write('POST', '/v1/topics', topic('night-trains', 'trains', 'more trains'))
  await set(world.served.log, { sample: 'added' })
  await tellDemo(world.served, given)
  const posts = [...moving(), ...still('phones', 160), ...still('pipeline', 60), ...still('trains', 2)]
  await world.write('POST', '/v1/posts', ndjson(posts))
  await world.settled()
  return Object.assign(world, { given })
}
