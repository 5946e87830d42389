// The boxes that everybody was given a moment ago, as they went out: a cache of HTTP answers for the thread in front. An
// answer is told again for a second; after that it is still told while it is asked for anew (stale-while-revalidate, RFC
// 5861), and whoever else wants what is being asked for waits for the same answer. Holds only what was given without a key.

export interface Answer {
  status: number
  headers: Record<string, string>
  bytes: Uint8Array
}

interface Kept {
  answer: Answer
  atMs: number
}

export interface FrontCache {
  /** What is told to who asks for this; `ask` is what asks behind. Rejects where that does and nothing may be told. */
  tell(key: string): Promise<Answer> | Answer
  /** A box says something else: what is kept of it is asked for anew, and told until then. */
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
  const late = new Set<Promise<unknown>>()
  const fetch = (key: string): Promise<Answer> => {
    const one: Promise<Answer> = ask(key).then((answer) => {
      // Asked for once more meanwhile: that answer is the newer one.
      if (asked.get(key) === one) kept.keep(key, { answer, atMs: now() })
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
      if (ageMs > freshMs && !asked.has(key)) fetch(key).catch(() => {})
      return one.answer
    },
    changed: (path) => {
      // What is on its way may be of before: it is asked for once more.
      for (const key of new Set([...kept.keys(), ...asked.keys()])) {
        if (!key.slice(key.indexOf(' ') + 1).startsWith(path)) continue
        const one = fetch(key).catch(() => kept.drop(key))
        late.add(one)
        one.finally(() => late.delete(one))
      }
    },
    settled: async () => {
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

/** Whether an answer to this may be the same for everybody. */
export const isOfAll = (
  method: string | undefined,
  url: string | undefined,
  authorization: string | undefined,
): boolean =>
  method === 'GET' &&
  authorization === undefined &&
  /^\/embed(?:\.(?:js|css)|\/.+\.(?:html|json))(?:\?|$)/.test(url ?? '')
