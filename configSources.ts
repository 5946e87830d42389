// The part of the configuration that is about sources: which there are, and what each may do. A secret never stands in the
// file: X's is UNDERCURRENT_X_TOKEN, a Mastodon instance names the variable of its own. Reads no environment itself.
import { z } from 'zod'
import { address, duration, variable } from './written.ts'

const bluesky = z.strictObject({
  hosts: z
    .array(address('wss', 'ws'))
    .min(1)
    .default(['wss://jetstream.us-east.bsky.network', 'wss://jetstream.us-west.bsky.network']),
  rewind: duration.prefault('6h'),
  appview: address('https', 'http').default('https://public.api.bsky.app'),
  counts_per_hour: z.number().int().min(0).default(600),
})
/** Money is in US dollars, as X states its prices. Nobody's is spent without a word about how much. */
const dollars = z.number('is no amount: say the most that may be spent, in US dollars, like 10').positive()
const x = z.strictObject({
  host: address('https', 'http').default('https://api.x.com'),
  price: z.number().positive().default(0.005),
  daily: dollars,
  monthly: dollars,
  keep: z.enum(['scores', 'text']).default('scores'),
  width: z.number().min(0).max(0.5).default(0.03),
})
const instance = z.strictObject({
  host: address('https', 'http').refine((text) => !URL.parse(text)?.username, {
    error: 'holds a name or password: give the access token with token_env',
  }),
  token_env: variable.optional(),
  tags: z
    .array(z.string().regex(/^#?[\p{L}\p{N}_]+$/u, 'is no hashtag: letters, digits and _ only'))
    .max(20)
    .default([]),
  public: z.boolean().default(true),
  remote: z.boolean().default(false),
})
const mastodon = z.strictObject({
  instances: z
    .array(instance)
    .min(1)
    .max(20)
    .superRefine((all, context) => {
      const remote = all.findIndex((one, at) => one.remote && all.findIndex((other) => other.remote) < at)
      const more = 'cannot be true of two instances: posts of others would be counted twice'
      if (remote >= 0) context.addIssue({ code: 'custom', path: [remote, 'remote'], message: more })
      // What is no address was told already.
      if (!all.every(({ host }) => URL.canParse(host))) return
      const hosts = all.map(({ host }) => new URL(host).host)
      const twice = hosts.findIndex((host, at) => hosts.indexOf(host) < at)
      if (twice >= 0) context.addIssue({ code: 'custom', path: [twice, 'host'], message: 'is listed twice' })
    }),
  rewind: duration.prefault('6h'),
})
const hackernews = z.strictObject({
  host: address('https', 'http').default('https://hacker-news.firebaseio.com'),
  rewind: duration.prefault('6h'),
})
const feed = z.strictObject({ url: address('https', 'http'), every: duration.prefault('10m') })

const off = z.literal(false)
const schemas = { x, mastodon, hackernews }
export const sourcesSchema = z
  .strictObject({
    bluesky: z.union([bluesky, off]).prefault({}),
    x: z.union([x, off]).default(false),
    mastodon: z.union([mastodon, off]).default(false),
    hackernews: z.union([hackernews, off]).default(false),
    feeds: z
      .array(feed)
      .max(200)
      .superRefine((all, context) => {
        const twice = all.findIndex(({ url }, at) => all.findIndex((one) => one.url === url) < at)
        if (twice >= 0) context.addIssue({ code: 'custom', path: [twice, 'url'], message: 'is listed twice' })
      })
      .default([]),
  })
  .prefault({})

/** For what was misspelt: the settings of each place. */
export const sourceShapes: Record<string, string[]> = {
  sources: ['bluesky', ...Object.keys(schemas), 'feeds'],
  'sources.bluesky': Object.keys(bluesky.shape),
  ...Object.fromEntries(Object.entries(schemas).map(([name, { shape }]) => [`sources.${name}`, Object.keys(shape)])),
  'sources.mastodon.instances': Object.keys(instance.shape),
  'sources.feeds': Object.keys(feed.shape),
}
