// What a request needs to be allowed to do. One rule for every route, also for those to come: what reads needs `read`,
// what changes needs `write`, and what cannot be undone or gives rights away needs `admin`. Decides nothing itself.

export const scopes = ['read', 'write', 'admin'] as const
/** `admin` includes the others; `read` and `write` stand by themselves, so that a feed can be let in and see nothing. */
export type Scope = (typeof scopes)[number]

const admin: [method: RegExp, path: RegExp][] = [
  [/./, /^\/v1\/keys(?:\/|$)/],
  // The signed word of this place goes where a webhook says.
  [/^(?!GET$|HEAD$)/, /^\/v1\/webhooks(?:\/|$)/],
  [/^(?!GET$|HEAD$)/, /^\/(?:v1\/)?alerts\/channels(?:\/|$)/],
  [/^DELETE$/, /^\/v1\/topics\//],
  [/^DELETE$/, /^\/v1\/sample$/],
  [/^POST$/, /^\/topics\/[^/]+\/drop$/],
  [/^POST$/, /^\/sample\/remove$/],
]

/** What is asked by POST because it is long, and changes nothing. */
const asking = new Set(['/v1/topics/preview', '/v1/sql', '/v1/alerts/backtest'])

/** What is read with a key only, on loopback too. */
export const isKeyed = (path: string): boolean =>
  /^\/v1\/(?:webhooks|alerts\/(?:channels|deliveries))(?:\/|$)/.test(path)

/** A path as the routes see it. */
export function scopeOf(method: string, path: string): Scope {
  if (admin.some(([methods, paths]) => methods.test(method) && paths.test(path))) return 'admin'
  const isRead = method === 'GET' || method === 'HEAD' || asking.has(path)
  return isRead ? 'read' : 'write'
}

export const allows = (given: readonly Scope[], needed: Scope): boolean =>
  given.includes(needed) || given.includes('admin')
