// The boxes that everybody was given a moment ago, as they went out: a cache of HTTP answers for the thread in front. An
// answer is told again for a fifth of a second; after that it is told once more to each who asks while it is asked for anew
// (stale-while-revalidate, RFC 5861). Everything is forgotten as soon as a box says something else. Pure; holds only what
// was given without a key.

export interface Answer {
  headers: Record<string, string>
  bytes: Uint8Array
}

interface Kept extends Answer {
  atMs: number
  /** It is being asked for anew. */
  isAsked: boolean
}

export interface FrontCache {
  /** What may be told again; `again`: nobody has asked for it anew yet. */
  find(key: string): { answer: Answer; again: boolean } | null
  /** Keeps what goes out to everybody; takes away what does not any more. */
  keep(key: string, status: number, answer: Answer): void
  /** Of which state of the boxes an answer is; another one than before empties it all. */
  seen(generation: string | undefined): void
}

const freshMs = 200
/** Older than that is not told, whatever keeps the new one. */
const staleMs = 5_000
const mostKept = 2_000
const mostBytes = 2 ** 26

export function openFrontCache(now: () => number = () => performance.now()): FrontCache {
  const kept = new Map<string, Kept>()
  let [bytes, state] = [0, '']
  const drop = (key: string) => {
    bytes -= kept.get(key)?.bytes.length ?? 0
    kept.delete(key)
  }
  return {
    find: (key) => {
      const one = kept.get(key)
      const ageMs = one ? now() - one.atMs : 0
      if (!one || ageMs > staleMs) return null
      const again = ageMs > freshMs && !one.isAsked
      if (again) one.isAsked = true
      return { answer: one, again }
    },
    keep: (key, status, answer) => {
      drop(key)
      const { headers } = answer
      const isShared = status === 200 && headers['cache-control']?.startsWith('public') && headers.etag
      if (!isShared || headers['set-cookie'] || answer.bytes.length > mostBytes / 16) return
      kept.set(key, { ...answer, atMs: now(), isAsked: false })
      bytes += answer.bytes.length
      for (const oldest of kept.keys()) {
        if (kept.size <= mostKept && bytes <= mostBytes) break
        drop(oldest)
      }
    },
    seen: (generation) => {
      if (generation === undefined || generation === state) return
      kept.clear()
      bytes = 0
      state = generation
    },
  }
}

/** Whether an answer to this may be the same for everybody. */
export const isOfAll = (
  method: string | undefined,
  url: string | undefined,
  authorization: string | undefined,
): boolean =>
  method === 'GET' &&
  authorization === undefined &&
  /^\/embed(?:\.(?:js|css)|\/.+\.(?:html|json))(?:\?|$)/.test(url ?? '')
