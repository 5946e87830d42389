// The one place that says which model the tests run on, and what a mention looks like to them.
import { join } from 'node:path'
import type { Mention, Target } from '../../types.ts'

export const modelFolder = join(import.meta.dirname, '../../models/undercurrent-minilm')

interface Told {
  id?: string
  lang?: string | null
  targets?: Target[]
}

export function mentionOf(text: string, { id = 'p', lang = 'en', targets = [] }: Told = {}): Mention {
  const post = { op: 'create', source: 'test', id, author: null, text, at: '2026-11-22T12:00:00.000Z', lang } as const
  const unsaid = { likes: null, reposts: null, replyTo: null, revision: null, quotable: true }
  return {
    topic: 'talks',
    topicVersion: 1,
    targets,
    post: { ...post, ...unsaid },
    version: { revision: null, arrival: 1 },
  }
}
