// Our own feeds, Atom 1.0: approved stories with what their boxes say, and the editions of one topic, each with what it
// corrected. A reader that follows one learns of corrections without asking for every box. Feed readers send no key: the
// feed of stories is open to everybody, and so never holds one of a topic that is not public.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { atomOf, atomType, type OutgoingEntry } from '../feeds.ts'
import type { Topic } from '../types.ts'
import { boxAt, evidencePath, pathOf } from './boxAt.ts'
import { fragment } from './boxHtml.ts'
import { boxWords } from './boxWords.ts'
import { causeWords } from './editions.ts'
import { passOn } from './elsewhere.ts'
import type { Served } from './served.ts'
import { originOf } from './storyTold.ts'
import { capital } from './words.ts'

const mostEntries = 50

/** Mounts the feed of stories. */
export function storyFeed(app: OpenAPIHono, served: Served): void {
  app.get('/v1/stories.atom', async (c) => {
    const origin = originOf(served, c.req.url)
    const placed = (await served.stories.list()).flatMap((story) => {
      const place = served.stories.placeOf(story)
      return place?.topic.public ? [{ story, place }] : []
    })
    const issuedAt = lastIssued(served)
    const entries = await Promise.all(
      placed.slice(0, mostEntries).map(async ({ story, place }): Promise<OutgoingEntry> => {
        const { core } = await served.shelf.get(place)
        const box = boxAt(place, core, origin)
        const times = [story.receivedAt, story.correctedAt ?? '', await issuedAt(place.topic.id)]
        const updated = times.sort().at(-1)!
        const summary = box.text || `No paragraph: ${box.refusal?.reason}.`
        const html = String(await fragment(box, boxWords('en')))
        return { id: box.page, title: story.headline, link: story.url, updated, summary, html }
      }),
    )
    const self = new URL('/v1/stories.atom', origin).href
    const title = 'What people say about the stories of this site'
    const updated = newest(entries, new Date(served.now()).toISOString())
    return c.body(atomOf({ title, link: new URL('/stories', origin).href, self, updated, entries }), 200, {
      'content-type': atomType,
    })
  })
}

/** When a topic's paragraph was last issued; asked once for all its stories. */
function lastIssued({ editions }: Pick<Served, 'editions'>): (topic: string) => Promise<string> {
  const asked = new Map<string, Promise<string>>()
  return (topic) => {
    const at = asked.get(topic) ?? editions(topic, 1).then(([newest]) => newest?.at ?? '')
    asked.set(topic, at)
    return at
  }
}

/** The editions of a topic: what was published when, and what changed with it. */
export async function editionFeed(c: Context, served: Served, topic: Topic): Promise<string> {
  const origin = originOf(served, c.req.url)
  const place = { topic, story: null }
  const page = new URL(evidencePath(place), origin).href
  const editions = await passOn(served.ask, served.editions)(topic.id, mostEntries)
  const entries = editions.map(({ number, at, told, change }): OutgoingEntry => {
    const title = change ? `${capital(topic.name)}: corrected` : capital(topic.name)
    const text = told.text || `No paragraph: ${told.refusal?.reason}. ${told.refusal?.missing}`
    const summary = change ? `${causeWords(change.cause)} ${text}` : text
    return { id: `${page}#edition-${number}`, title, link: `${page}#corrections`, updated: at, summary }
  })
  const self = new URL(`/embed/${pathOf(place)}.atom`, origin).href
  const title = `What people say about ${topic.name}`
  return atomOf({ title, link: page, self, updated: newest(entries, topic.at), entries })
}

const newest = (entries: OutgoingEntry[], otherwise: string): string =>
  entries
    .map(({ updated }) => updated)
    .sort()
    .at(-1) ?? otherwise
