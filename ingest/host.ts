// A Jetstream host as people write it in the configuration, its addresses, and its zstd dictionary. Knows nothing of
// sockets or frames; never throws anything but UserError (the configuration is wrong) and TransientError (try later).
import { TransientError, UserError } from '../errors.ts'
import { nsid, postCollection, wishCollection } from './jetstream.ts'

export interface Host {
  /** For people and for cursors: host name, port and path. */
  name: string
  ws: string
  http: string
}

const subscribePath = `/xrpc/${nsid}`
const dictionaryPath = '/xrpc/network.bsky.jetstream.getZstdDictionary'
const dictionaryMagic = 0xec30a437
const maxDictionaryBytes = 1024 * 1024

/** Accepts ws, wss, http, https or no scheme at all, with or without a path (a proxy's prefix, or the full endpoint). */
export function hostOf(text: string): Host {
  const hint = 'Write a Jetstream v2 host under sources.bluesky.hosts, e.g. wss://jetstream.us-east.bsky.network'
  const full = /^[a-z]+:\/\//i.test(text) ? text : `wss://${text}`
  const url = URL.canParse(full) ? new URL(full) : null
  const secure = url !== null && ['wss:', 'https:'].includes(url.protocol)
  if (!url || (!secure && !['ws:', 'http:'].includes(url.protocol))) {
    throw new UserError(`"${text}" is not an address of a Jetstream host`, hint)
  }
  let path = url.pathname.replace(/\/+$/, '')
  if (path.endsWith(subscribePath)) path = path.slice(0, -subscribePath.length)
  if (path.endsWith('/subscribe')) throw new UserError(`"${text}" is Jetstream v1; this needs v2`, hint)
  const rest = `//${url.host}${path}`
  return {
    name: `${url.host}${path}`,
    ws: (secure ? 'wss:' : 'ws:') + rest,
    http: (secure ? 'https:' : 'http:') + rest,
  }
}

/** `cursor`: a seq of this host, or a time in microseconds (they start at 1e15; seqs never get there). */
export function subscribeUrl(host: Host, cursor: number, dictionary: Dictionary | null): string {
  const query = new URLSearchParams({ cursor: String(cursor), maxMessageSizeBytes: '2000000' })
  for (const kind of ['commit', 'account']) query.append('kinds', kind)
  for (const collection of [postCollection, wishCollection]) query.append('collections', collection)
  if (dictionary) query.set('zstdDictionary', String(dictionary.id))
  return `${host.ws}${subscribePath}?${query}`
}

export interface Dictionary {
  id: number
  bytes: Buffer
}

/** The host's current dictionary; null where it offers none (then frames come uncompressed, which also works). */
export async function fetchDictionary(host: Host, signal: AbortSignal): Promise<Dictionary | null> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(15_000)])
    const response = await fetch(host.http + dictionaryPath, { signal: limited })
    if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`)
    if (!response.ok) return null
    const bytes = Buffer.from(await response.arrayBuffer())
    const usable = bytes.length >= 8 && bytes.length <= maxDictionaryBytes && bytes.readUInt32LE(0) === dictionaryMagic
    return usable ? { id: bytes.readUInt32LE(4), bytes } : null
  } catch (cause) {
    throw new TransientError(`the dictionary of ${host.name} cannot be fetched`, { cause })
  }
}
