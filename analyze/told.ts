// What a slice tells, sorted by what must happen: pure. Later versions of a post replace earlier ones, so that a slice
// with ten edits of one post costs one score. Order between kinds does not matter: the store's tombstones decide.
import type { Seen } from '../answers.ts'
import type {
  AccountChange,
  ArticleChange,
  CountsChange,
  DeleteChange,
  DisplayChange,
  GapChange,
  LabelChange,
  Logged,
  Position,
  PostChange,
  TopicChange,
  Version,
} from '../types.ts'
import { rankOf } from '../versions.ts'

export interface Told {
  posts: { post: PostChange; version: Version }[]
  erasures: (DeleteChange | AccountChange)[]
  notes: (CountsChange | DisplayChange | GapChange | LabelChange)[]
  topics: TopicChange[]
  /** Each once, as it was told last. */
  articles: { article: ArticleChange; arrival: Position; receivedAt: string }[]
}

/** Folds changes in order of position into what they tell. Each post appears once, in its highest version, if `wanted`. */
export function tell(changes: Logged[], wanted: (one: Told['posts'][number]) => boolean = () => true): Told {
  const told: Told = { posts: [], erasures: [], notes: [], topics: [], articles: articlesOf(changes) }
  const latest = new Map<string, Told['posts'][number]>()
  for (const { change, position } of changes) {
    switch (change.op) {
      case 'create':
      case 'update': {
        const key = `${change.source}\n${change.id}`
        const version = { revision: change.revision, arrival: position }
        const known = latest.get(key)
        if (known && rankOf(known.version) > rankOf(version)) break
        // A repeat folded into an edit stays an edit: the store must still void what came before it.
        const op = known?.post.op === 'update' ? 'update' : change.op
        latest.set(key, { post: { ...change, op }, version })
        break
      }
      case 'delete':
      case 'withdraw':
      case 'restore':
        told.erasures.push(change)
        break
      case 'counts':
      case 'display':
      case 'gap':
      case 'label':
        told.notes.push(change)
        break
      case 'topic':
      case 'topic.drop':
        told.topics.push(change)
        break
      case 'article':
      case 'setting':
        break
    }
  }
  told.posts = [...latest.values()].filter(wanted)
  return told
}

function articlesOf(changes: Logged[]): Told['articles'] {
  const articles: Map<string, Told['articles'][number]> = new Map()
  for (const { change, position, receivedAt } of changes)
    if (change.op === 'article')
      articles.set(`${change.source}\n${change.id}`, { article: change, arrival: position, receivedAt })
  return [...articles.values()]
}

/** What the store must know of every post of the slice, matched or not. */
export function seenOf(told: Told): Seen[] {
  return told.posts.map(({ post, version }) => ({ source: post.source, id: post.id, version, op: post.op }))
}
