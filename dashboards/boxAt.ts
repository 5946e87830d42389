// A box where it stands: beside its story, with the addresses of its page, its evidence and how it is made. The one place
// where such addresses are put together; what is in them is encoded. Pure.
import type { Box } from './box.ts'
import type { Core, Place } from './boxOf.ts'

/** As much of a place as its addresses hold. */
export interface Named {
  topic: { id: string }
  story: { id: string } | null
}

/** "stories/1f3a", "peace-talks": behind /embed/ and /evidence/. */
export const pathOf = ({ topic, story }: Named): string =>
  story ? `stories/${encodeURIComponent(story.id)}` : encodeURIComponent(topic.id)

export const pagePath = (place: Named): string => `/embed/${pathOf(place)}.html`
export const evidencePath = (place: Named): string => `/evidence/${pathOf(place)}`

export const pageOf = (place: Named, origin: string): string => new URL(pagePath(place), origin).href

export function boxAt(place: Place, core: Core, origin: string): Box {
  const at = (path: string) => new URL(path, origin).href
  const { topic, story } = place
  const beside = story && { id: story.id, url: story.url, headline: story.headline }
  const about = story?.isBroader ? topic.name : null
  return {
    ...core,
    story: beside,
    about,
    evidence: at(evidencePath(place)),
    method: at('/method'),
    page: pageOf(place, origin),
  }
}

/** A part of such an address decoded; a broken one is '', which names nothing. */
export function plain(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
