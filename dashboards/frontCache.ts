// The boxes that everybody was given a moment ago, as they went out: a cache of HTTP answers for the thread in front. An
// answer is told again for a second; after that it is still told while it is asked for anew (stale-while-revalidate, RFC
// 5861), and whoever else wants what is being asked for waits for the same answer. Holds only what was given without a key.

import type { IncomingMessage } from 'node:http'

export interface Answer {
  status: number
  headers: Record<string, string>
  bytes: Uint8Array
}

interface Kept {
  answer: Answer
  atMs: number
  /** When it was last told to somebody. */
  toldMs: number
}

export interface FrontCache {
  /** What is told to who asks for this; `ask` is what asks behind. Rejects where that does and nothing may be told. */
  tell(key: string): Promise<Answer> | Answer
  /** A box says something else: what readers were just told of it is asked for anew, and told until then; the rest is dropped. */
  changed(path: string): void
  /** Resolves once nothing that has changed is still told. */
  settled(): Promise<void>
}

const freshMs = 1_000
/** Older than that is not told, whatever keeps the new one. */
const staleMs = 5_000
const mostKept = 2_000
const mostBytes = 2 ** 26

export interface FrontCacheOptions {
  /** Asks the main thread. `key`: the host, a space, the address. */
  ask: (key: string) => Promise<Answer>
  now?: () => number
}

/** Whether an answer is everybody's, and small enough to be held. */
const isShared = ({ status, headers, bytes }: Answer): boolean =>
  status === 200 &&
  headers['cache-control']?.startsWith('public') === true &&
  Boolean(headers.etag) &&
  !headers['set-cookie'] &&
  bytes.length <= mostBytes / 16

export function openFrontCache({ ask, now = () => performance.now() }: FrontCacheOptions): FrontCache {
  const kept = openKept()
  const asked = new Map<string, Promise<Answer>>()
  const late = openLate()
  const fetch = (key: string): Promise<Answer> => {
    const one: Promise<Answer> = ask(key).then((answer) => {
      // Asked for once more meanwhile: that answer is the newer one.
      if (asked.get(key) === one) kept.keep(key, { answer, atMs: now(), toldMs: kept.get(key)?.toldMs ?? now() })
      return answer
    })
    asked.set(key, one)
    const over = () => asked.get(key) === one && asked.delete(key)
    one.then(over, over)
    return one
  }
  return {
    tell: (key) => {
      const one = kept.get(key)
      const ageMs = one ? now() - one.atMs : Number.POSITIVE_INFINITY
      if (!one || ageMs > staleMs) return asked.get(key) ?? fetch(key)
      one.toldMs = now()
      if (ageMs > freshMs && !asked.has(key)) fetch(key).catch(() => {})
      return one.answer
    },
    changed: (path) => {
      for (const key of new Set([...kept.keys(), ...asked.keys()])) {
        if (!key.slice(key.indexOf(' ') + 1).startsWith(path)) continue
        // What is on its way may be of before: it is asked for once more.
        const isRead = asked.has(key) || now() - (kept.get(key)?.toldMs ?? 0) <= staleMs
        if (isRead) late.add(fetch(key).catch(() => kept.drop(key)))
        else kept.drop(key)
      }
    },
    settled: late.settled,
  }
}

/** What is on its way. */
function openLate() {
  const late = new Set<Promise<unknown>>()
  return {
    add: (one: Promise<unknown>): void => {
      late.add(one)
      one.finally(() => late.delete(one))
    },
    settled: async (): Promise<void> => {
      while (late.size) await Promise.all(late)
    },
  }
}

/** Answers in order of age, within bounds of number and bytes. */
function openKept() {
  const kept = new Map<string, Kept>()
  let bytes = 0
  const drop = (key: string) => {
    bytes -= kept.get(key)?.answer.bytes.length ?? 0
    kept.delete(key)
  }
  return {
    get: (key: string) => kept.get(key),
    keys: () => kept.keys(),
    drop,
    /** In the place of what was kept; one that is not everybody's only takes that away. */
    keep: (key: string, one: Kept): void => {
      drop(key)
      if (!isShared(one.answer)) return
      kept.set(key, one)
      bytes += one.answer.bytes.length
      for (const oldest of kept.keys()) {
        if (kept.size <= mostKept && bytes <= mostBytes) break
        drop(oldest)
      }
    },
  }
}

/**
 * The one name of what may be the same for everybody: the host, and the address without what changes nothing; null: it is
 * for the main thread. So nobody fills the cache with one box by many names, nor hides one from what changes.
 */
export function keyOf({
  method,
  url = '',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): string | null {
  const [, path, query] = /^(\/embed(?:\.(?:js|css)|\/(?:stories\/)?[\w-]+\.(?:html|json)))(?:\?(.*))?$/.exec(url) ?? []
  if (method !== 'GET' || headers.authorization !== undefined || !path) return null
  const given = new URLSearchParams(query)
  const kept = new URLSearchParams()
  for (const name of ['lang', 'part']) if (given.has(name)) kept.set(name, given.get(name)!.slice(0, 20))
  return `${headers.host} ${path}${kept.size ? `?${kept}` : ''}`
}
