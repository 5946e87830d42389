// What a reader of the double must end at.
import type { JetstreamDouble } from './jetstream.ts'

/** id → text of every live post, from the double's own ledger. */
export function truthOf(double: JetstreamDouble): Map<string, string> {
  const live = [...double.network.ledger].filter(([, entry]) => entry.state === 'live')
  return new Map(live.map(([id, { text }]) => [id, text]))
}
