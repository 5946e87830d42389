// Where a box is: the absolute addresses of its page, its evidence and how it is made. Pure.
import type { Box } from './box.ts'
import type { Core, Place } from './boxOf.ts'

/** "stories/1f3a", "peace-talks": behind /embed/ and /evidence/. */
const pathOf = ({ topic, story }: Place): string => (story ? `stories/${story.id}` : encodeURIComponent(topic.id))

export const pageOf = (place: Place, origin: string): string => new URL(`/embed/${pathOf(place)}.html`, origin).href

export function boxAt(place: Place, core: Core, origin: string): Box {
  const at = (path: string) => new URL(path, origin).href
  return { ...core, evidence: at(`/evidence/${pathOf(place)}`), method: at('/method'), page: pageOf(place, origin) }
}
