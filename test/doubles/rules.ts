// What a Jetstream v2 host refuses before it upgrades, and which events a subscription is sent. Written from the
// protocol's lexicon, apart from the code under test.
import type { NetworkEvent } from './network.ts'

export const subscribePath = '/xrpc/network.bsky.jetstream.subscribeEvents'
export const dictionaryPath = '/xrpc/network.bsky.jetstream.getZstdDictionary'
const kinds = ['commit', 'identity', 'account', 'sync']

export interface HostState {
  /** A status to answer everything with; 0: serving. */
  down: number
  dictionaryId: number
  /** The oldest seq still replayed. */
  floor: number
}

export interface Refusal {
  status: number
  error: string
  message: string
}

const bad = (message: string, error = 'InvalidRequest'): Refusal => ({ status: 400, error, message })

export function refusalOf(url: URL, { down, dictionaryId, floor }: HostState): Refusal | null {
  const query = url.searchParams
  if (down) return { status: down, error: 'ServiceUnavailable', message: 'service not ready' }
  if (url.pathname !== subscribePath) return { status: 404, error: 'NotFound', message: 'no such endpoint' }
  for (const name of ['wantedDids', 'wantedCollections', 'requireHello']) {
    if (query.has(name)) return bad(`${name} is the legacy /subscribe parameter`)
  }
  if (query.getAll('kinds').some((kind) => !kinds.includes(kind))) return bad('unknown kind')
  if (query.getAll('collections').length > 0 && query.has('kinds') && !query.getAll('kinds').includes('commit')) {
    return bad('collections filter can never apply: kinds excludes commit')
  }
  const id = query.get('zstdDictionary')
  if (id !== null && Number(id) !== dictionaryId) {
    return bad(`unknown zstd dictionary id ${id}; current dictionary id is ${dictionaryId}`, 'UnknownZstdDictionary')
  }
  const cursor = query.get('cursor')
  if (cursor !== null && !/^\d{1,16}$/.test(cursor)) return bad(`subscribe: invalid cursor: "${cursor}"`)
  if (cursor !== null && Number(cursor) < 1e15 && Number(cursor) < floor) {
    const message = `subscribe: cursor too old: cursor ${cursor} below lookback floor ${floor}`
    return bad(`${message}; re-backfill from your last seq`, 'CursorTooOld')
  }
  return null
}

export function wants(event: NetworkEvent, query: URLSearchParams): boolean {
  const [kinds, dids, collections] = ['kinds', 'dids', 'collections'].map((name) => query.getAll(name))
  if (kinds!.length > 0 && !kinds!.includes(event.kind)) return false
  if (dids!.length > 0 && !dids!.includes(event.did)) return false
  if (event.kind !== 'commit' || collections!.length === 0) return true
  return collections!.some((name) => {
    return name.endsWith('.*') ? event.collection!.startsWith(name.slice(0, -1)) : event.collection === name
  })
}
