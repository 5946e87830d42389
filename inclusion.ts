// What a source showed us in part, weighed back. A post seen with probability p stands for 1/p posts (Horvitz and Thompson,
// JASA 1952; as a ratio of weighted totals: Hajek 1971). An account, or a text with its copies, is seen when any of its
// posts is: seen once it stands for 1/p; seen k times it said about k/p, and was hardly missed. Pure; assumes that the source
// drew posts independently of each other (decision 023).

/** Posts of one account (or text) that were seen, and the sum of their 1/p. How many accounts like it the one stands for. */
export function standsFor(seen: number, posts: number): number {
  if (seen <= 1) return posts
  return 1 / (1 - (1 - seen / posts) ** posts)
}

/** The same as SQL; both are SQL expressions. */
export const standsForSql = (seen: string, posts: string): string =>
  `if(${seen} <= 1, ${posts}, 1 / (1 - pow(greatest(0, 1 - ${seen} / ${posts}), ${posts})))`

/** Of a post; absent: all posts like it were seen. */
export const weightOf = ({ inclusion = 1 }: { inclusion?: number }): number => 1 / inclusion
