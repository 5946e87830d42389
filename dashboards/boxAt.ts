// A box where it stands: beside its story, with the absolute addresses of its page, its evidence and how it is made. Pure.
import type { Box } from './box.ts'
import type { Core, Place } from './boxOf.ts'

/** "stories/1f3a", "peace-talks": behind /embed/ and /evidence/. */
export const pathOf = ({ topic, story }: Place): string =>
  story ? `stories/${story.id}` : encodeURIComponent(topic.id)

export const pageOf = (place: Place, origin: string): string => new URL(`/embed/${pathOf(place)}.html`, origin).href

export function boxAt(place: Place, core: Core, origin: string): Box {
  const at = (path: string) => new URL(path, origin).href
  const { topic, story } = place
  const beside = story && { id: story.id, url: story.url, headline: story.headline }
  const about = story?.isBroader ? topic.name : null
  return {
    ...core,
    story: beside,
    about,
    evidence: at(`/evidence/${pathOf(place)}`),
    method: at('/method'),
    page: pageOf(place, origin),
  }
}
