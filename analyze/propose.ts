// What to watch for a story: a query from its words, tried on the kept posts. Says how sure it is, and makes no topic.
import type { Proposal, StoryText } from '../given.ts'
import type { Log } from '../types.ts'
import { proposal } from './headline.ts'
import { previewQuery } from './preview.ts'

/** Fewer matching posts carry no paragraph. */
const leastPosts = 30

export async function propose(log: Log, { headline }: StoryText, signal: AbortSignal): Promise<Proposal> {
  const { name, query } = proposal(headline)
  const preview = query ? await previewQuery(log, query, { signal }) : null
  const found = preview?.estimate ?? 0
  const choice: Proposal['choice'] =
    found >= leastPosts
      ? { kind: 'new' }
      : {
          kind: 'thin',
          reason: 'too few posts',
          missing: `${found} kept posts match; a paragraph needs ${leastPosts}.`,
        }
  return { name, query, targets: [], terms: [], preview, fits: [], choice }
}
