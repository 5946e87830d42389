// The invented news site and aggregator of the demo, and what they told of their stories: once, in the way every site
// does, when the bundled sample came in. They end with the sample. Knows what such a site knows of itself (addresses,
// headlines, the ids it was answered with), and nothing of what people say.
import type { SampleStory } from '../given.ts'
import { set, settingsUnder } from '../settings.ts'
import type { Served } from './served.ts'
import type { Stories } from './stories.ts'
import { hourMs, storyIdOf } from './story.ts'

export interface DemoStory {
  id: string
  url: string
  headline: string
  summary: string
  tags: string[]
  at: string
  articles: { outlet: string; headline: string; at: string }[]
}

/** `at`: where its clock stands, for it lives in the hours of the sample. */
export interface DemoSite {
  at: string
  stories: DemoStory[]
}

/** Longer than anybody looks: what ends with the sample ends with nothing else. */
export const sampleLivesMs = 10 * 365 * 24 * hourMs

const prefix = 'sample'
const toldKey = '.stories'

/** Tells of them, once. `stories` approves for as long as the sample may stay. */
export async function tellDemo(
  { log, now, stories }: Pick<Served, 'log' | 'now'> & { stories: Pick<Stories, 'take'> },
  given: SampleStory[],
): Promise<void> {
  const known = await settingsUnder(log, prefix)
  if (known.get('') !== 'added' || known.has(toldKey)) return
  const at = new Date(now()).toISOString()
  const words = siteOf(given, at).stories.map(({ url, headline, summary, tags, at: time }, nr) => {
    const { topic, isBroader } = given[nr]!
    return { url, headline, summary, tags, at: time, topic, isBroader }
  })
  // Where a person has dropped a topic of the sample since, its story is left out.
  await stories.take(words, { approve: true, signal: AbortSignal.timeout(60_000) })
  await set(log, { [prefix + toldKey]: at })
}

/** The site as it stands; null where the sample is not, or was removed. */
export async function demoSite({ log }: Pick<Served, 'log'>, given: SampleStory[]): Promise<DemoSite | null> {
  const known = await settingsUnder(log, prefix)
  const at = known.get(toldKey)
  return at && known.get('') === 'added' ? siteOf(given, at) : null
}

/** Takes its stories away with the sample: nothing is left of what was invented. */
export async function endDemo(stories: Pick<Stories, 'forget'>, given: SampleStory[]): Promise<void> {
  for (const { url } of given) await stories.forget(storyIdOf(url))
}

function siteOf(given: SampleStory[], at: string): DemoSite {
  const ago = (hours: number) => new Date(Date.parse(at) - hours * hourMs).toISOString()
  const stories = given.map(({ url, headline, summary, tags, hoursAgo, articles }) => ({
    ...{ id: storyIdOf(url), url, headline, summary, tags, at: ago(hoursAgo) },
    articles: articles.map((one) => ({ outlet: one.outlet, headline: one.headline, at: ago(one.hoursAgo) })),
  }))
  return { at, stories }
}
