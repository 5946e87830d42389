// Whether an audit sample speaks for a whole window. Labels drawn from one day say nothing of the other six of a week,
// and a window that moves on leaves its sample behind. Pure.

export interface Reach {
  /** Posts of the window, of which those given are all or a random part. */
  of: number
  /** The probability with which a post was drawn; undefined: it has no label. */
  drawn: (post: string) => number | undefined
}

/** Share of the window's posts that the sample must account for where its times leave a hole. */
const leastShare = 0.9
/** A sample drawn from the whole window leaves such a hole less than once in this many times. */
const rarity = 1_000

/**
 * True unless both signs of a sample from elsewhere are there: by its own probabilities it stands for fewer posts than the
 * window has, and in order of time there is a run of posts without a label that chance would hardly leave. Of n posts
 * drawn at random, the chance that any of the n + 1 runs around them holds a share above x is at most (n + 1)(1 - x)^n.
 */
export function coversWindow(posts: { post: string; ms: number }[], { of, drawn }: Reach): boolean {
  const sorted = posts.toSorted((a, b) => a.ms - b.ms || (a.post < b.post ? -1 : 1))
  let [n, stoodFor, run, longest] = [0, 0, 0, 0]
  for (const { post } of sorted) {
    const probability = drawn(post)
    run = probability === undefined ? run + 1 : 0
    longest = Math.max(longest, run)
    if (probability === undefined) continue
    n++
    stoodFor += 1 / probability
  }
  const share = longest / sorted.length
  return stoodFor >= leastShare * of || (n + 1) * (1 - share) ** n >= 1 / rarity
}
