// An edition of an invented paragraph, as it may be told now.
import type { EditionChange, Refusal, ToldEdition } from '../../conclusions.ts'

export interface Made {
  text?: string
  at?: string
  refusal?: Refusal | null
  withdrawn?: number
  change?: EditionChange | null
}

export function edition(topic: string, number: number, made: Made = {}): ToldEdition {
  const { refusal = null, withdrawn = 0, change = null } = made
  const text = refusal ? '' : (made.text ?? `Edition ${number} of ${topic}: 30% are for it.`)
  const at = made.at ?? new Date(Date.UTC(2026, 4, 1, 12) + number * 1_000).toISOString()
  const told: ToldEdition['told'] = {
    ...{ topic, window: { from: '2026-04-30T12:00:00.000Z', to: '2026-05-01T12:00:00.000Z' }, text, refusal },
    sentences: text ? [{ text, claims: ['c'] }] : [],
    ...{ claims: [], takeaway: text ? { text: 'In short.', claims: ['c'] } : null },
    ...{ blindSpots: [], made: [], disagreements: [] },
    manifest: { topicVersion: 1, model: 'fake@1', code: 'test', writer: 'built-in', posts: 9, hash: `a-${number}` },
  }
  return { number, at, told, withdrawn, change }
}
