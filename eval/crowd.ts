// Made-up authors for labelled posts, because no set names its own: many write once, a few a lot, and half are of one mind,
// so that what one account says is no independent evidence (docs/evaluation.md, "Intervals"). Pure.

const exponent = 1.5
const oneMinded = 0.5

/** How many posts an author has: a Pareto law, never more than `most`. */
export function volume(draw: () => number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor((1 - draw()) ** (-1 / exponent))))
}

export const isOneMinded = (draw: () => number) => draw() < oneMinded

/** In random order, in place. */
export function shuffle<T>(values: T[], draw: () => number): T[] {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(draw() * (at + 1))
    ;[values[at], values[other]] = [values[other]!, values[at]!]
  }
  return values
}

/** The rows 0..n-1 dealt to authors: each row to one. `labels`: what a row says, by which authors of one mind choose. */
export function crowd(labels: ArrayLike<number>, draw: () => number): number[][] {
  const order = shuffle([...Array(labels.length).keys()], draw)
  const queues = Map.groupBy(order, (row) => labels[row]!)
  const most = Math.floor(labels.length / 10)
  const taken = new Uint8Array(labels.length)
  const authors: number[][] = []
  for (const first of order) {
    if (taken[first]) continue
    const size = volume(draw, most)
    const from = isOneMinded(draw) ? queues.get(labels[first]!)! : order
    const rows = from.filter((row) => row !== first && !taken[row]).slice(0, size - 1)
    authors.push([first, ...rows])
    for (const row of [first, ...rows]) taken[row] = 1
  }
  return authors
}
