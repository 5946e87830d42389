// A small invented store that also keeps editions: the crowd's questions, several topics over one crowd, and a shelf.
import type { Edition, Questions, ScoredPost } from '../../answers.ts'
import { crowd, storeOf, topic, usual } from './crowd.ts'

export interface Shelf {
  ask: Questions
  asked: string[]
  held: ScoredPost[]
  /** What was kept, oldest first. */
  shelf: Edition[]
  keep(edition: Edition): Promise<void>
  /** Deletes a post. */
  remove(id: string): void
  /** Other posts in the place of these. */
  become(posts: ScoredPost[]): void
}

/** `topics`: ids and versions that the crowd is told of. */
export function openShelf(posts = crowd(usual), topics = [{ topic: topic.id, version: 1 }]): Shelf {
  const { ask, asked, held } = storeOf(posts)
  const shelf: Edition[] = []
  const counts = async () => {
    asked.push('counts')
    const latest = await ask.latest({ topic: topic.id, version: 1 })
    return held.length ? topics.map((one) => ({ ...one, posts: held.length, authors: 1, latest })) : []
  }
  const editions: Questions['editions'] = async (id, limit) => {
    const own = shelf.filter((one) => one.topic.topic === id).reverse()
    const post = ({ id }: { id: string }) => held.find((one) => one.id === id) ?? null
    return own.slice(0, limit).map((one) => ({ ...one, posts: one.posts.map(post) }))
  }
  return {
    ...{ ask: { ...ask, counts, editions }, asked, held, shelf },
    keep: async (edition) => void shelf.push(edition),
    remove: (id) =>
      void held.splice(
        held.findIndex((one) => one.id === id),
        1,
      ), // prettier-ignore
    become: (others) => void held.splice(0, held.length, ...others),
  }
}
