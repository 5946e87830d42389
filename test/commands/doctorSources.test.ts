// What the doctor says of sources: credentials, quota and clock of each, against hosts that answer well, refuse, are asked
// too often, are ill, live in another hour, or talk garbage; always with what to do, never a crash.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Check, sourceChecks, topicChecks } from '../../commands/doctorSources.ts'
import { type Config, parseConfig } from '../../config.ts'
import { UserError } from '../../errors.ts'
import { openPlatform, type Platform, type Reply } from '../doubles/platforms.ts'
import { newHome } from '../process.ts'

const open: Platform[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
})
async function platform(replies: Record<string, Reply>): Promise<Platform> {
  const one = await openPlatform(replies)
  open.push(one)
  return one
}

const configured = (sources: object, rest: Partial<Config> = {}, more: object = {}): Config => {
  const allowed = { server: { dial: { allow: ['127.0.0.1'] } } }
  const file = JSON.stringify({ sources: { bluesky: false, ...sources }, ...allowed, ...more })
  return { ...parseConfig(file, 'c.yaml'), xToken: 'x-token', offline: false, ...rest } as Config
}

/** What each check says: what is well, or what is wrong with what to do behind a |. */
async function said(checks: Check[]): Promise<Record<string, string>> {
  const pairs = checks.map(async ([name, work]) => {
    try {
      return [name, await work()]
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return [name, `${error.message} | ${error.hint}`]
    }
  })
  return Object.fromEntries(await Promise.all(pairs))
}

const reset = Math.floor(Date.now() / 1000) + 600
const resetIso = new Date(reset * 1000).toISOString()
const rulesPath = '/2/tweets/search/stream/rules'
const usagePath = '/2/usage/tweets'

describe('X', () => {
  const well = {
    [rulesPath]: {
      body: {
        data: [
          { id: '1', value: 'peace', tag: 'undercurrent:peace' },
          { id: '2', value: 'cat' },
        ],
        meta: { sent: 'now' },
      },
      headers: { 'x-rate-limit-limit': '450', 'x-rate-limit-remaining': '449', 'x-rate-limit-reset': String(reset) },
    },
    [usagePath]: { body: { data: { cap_reset_day: 10, project_cap: '2000000', project_usage: '43435' } } },
  }
  const ask = async (replies: Record<string, Reply>, rest: Partial<Config> = {}, aheadSeconds = 0) => {
    const x = await platform(replies)
    x.aheadSeconds = aheadSeconds
    const found = await said(sourceChecks(configured({ x: { host: x.url, daily: 1, monthly: 2 } }, rest)))
    return { x: found.x, quota: found['x quota'], asked: x.asked }
  }

  test('is well: rights, rules, clock, what is left', async () => {
    const found = await ask(well)
    expect(found.x).toMatch(
      /^the token may read the stream; 1 rules of ours there, 1 of others, .* paid for, too; clock within \d s; 449 of 450 requests left$/,
    )
    expect(found.quota).toBe('43,435 of 2,000,000 posts of this month are read')
    expect(found.asked.sort()).toEqual([`GET ${rulesPath} x-token`, `GET ${usagePath} x-token`])
  })

  test.each<[string, Reply, RegExp]>([
    ['401', { status: 401 }, /^X refuses the token \(401\) \| .*UNDERCURRENT_X_TOKEN/],
    ['403', { status: 403 }, /^X does not allow this \(403\) \| .*credits/],
    [
      '429',
      { status: 429, headers: { 'x-rate-limit-reset': String(reset) } },
      new RegExp(`429\\) \\| Ask again after ${resetIso}`),
    ],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '60' } }, /Ask again after 2/],
    [
      '429 without a word',
      { status: 429, headers: { 'x-rate-limit-reset': '99999999999' } },
      /Ask again (after|in a while)/,
    ],
    [
      '503',
      { status: 503, body: '<html>over capacity' },
      /^X has trouble of its own \(503\) \| Nothing is to be done here/,
    ],
    ['418', { status: 418 }, /^X answers 418, which is not expected/],
    ['garbage', { body: '<html>hello' }, /^X answers with what cannot be read/],
    ['other JSON', { body: [null, 1] }, /^X answers with what cannot be read/],
    ['endless', { body: 'x'.repeat(1_100_000) }, /^X answers with what cannot be read/],
  ])('%s is told', async (_, reply, expected) => {
    const found = await ask({ [rulesPath]: reply, [usagePath]: reply })
    expect(found.x).toMatch(expected)
    expect(found.quota).toMatch(expected)
  })

  test('a quota that is used up, and requests that are, are told', async () => {
    const none = { ...well[rulesPath], headers: { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(reset) } }
    const found = await ask({
      [rulesPath]: none,
      [usagePath]: { body: { data: { project_cap: 100, project_usage: '100' } } },
    })
    expect(found.x).toMatch(new RegExp(`lets nobody ask any more for now \\| Wait until ${resetIso}`))
    expect(found.quota).toMatch(/^100 of 100 posts .* \| X gives no more/)
  })

  test('a clock that is an hour off is told first', async () => {
    expect((await ask({ ...well, [rulesPath]: { status: 401 } }, {}, 3600)).x).toMatch(
      /^this clock is -3\d\d\d s off \| Set the clock/,
    )
  })

  test.each([[false], [true]])(
    'a limit below what can be under way is told (offline: %j), as its source would',
    async (offline) => {
      const limitsOf = async (limits: object) =>
        (await said(sourceChecks(configured({ x: { host: 'http://127.0.0.1:9', ...limits } }, { offline }))))[
          'x limits'
        ]
      expect(await limitsOf({ daily: 1, monthly: 200 })).toMatch(/^sources\.x may spend \$1, .* \| .* at least \$3/)
      expect(await limitsOf({ daily: 10, monthly: 2.5 })).toMatch(/^sources\.x may spend \$2\.50, /)
      expect(await limitsOf({ daily: 10, monthly: 200 })).toBe(
        '$10 a day and $200 a month, which is up to 2,000 posts a day',
      )
    },
  )

  test('without a token nobody is asked', async () => {
    const found = await ask(well, { xToken: null })
    expect(found.x).toMatch(/^no token of X is set \| .*UNDERCURRENT_X_TOKEN_FILE/)
    expect(found.asked).toEqual([])
  })

  test('topics are told with what X is asked for, or with the reason why it cannot be', async () => {
    const topics = { peace: 'peace', sanctions: 'sanction*', here: 'source:bluesky', broken: '(', languages: 'lang:en' }
    const found = await said(topicChecks(Object.entries(topics).map(([id, query]) => ({ id, query }))))
    expect(found).toEqual({
      'x topics': 'X can be asked for 1 of 5 topics; 1 cannot be met by any post of X',
      'x topic peace': 'asked for: peace -is:retweet',
      'x topic sanctions': expect.stringMatching(
        /^X has no operator for .* sanction\*, .*: write out the words .* \| docs/,
      ),
      'x topic broken': expect.stringMatching(/column 1/),
      'x topic languages': expect.stringContaining('lang: only beside'),
    })
  })
})

describe('Mastodon', () => {
  const limits = { 'x-ratelimit-limit': '300', 'x-ratelimit-remaining': '299', 'x-ratelimit-reset': resetIso }
  const well: Record<string, Reply> = {
    '/api/v2/instance': { body: { version: '4.5.1', domain: 'social.example' }, headers: limits },
    '/api/v1/apps/verify_credentials': { body: { name: 'undercurrent' } },
    '/api/v1/timelines/public': { body: [] },
    '/api/v1/streaming/public/local': { isOpen: true },
  }
  const ask = async (replies: Record<string, Reply>, settings: object = {}, aheadSeconds = 0) => {
    const one = await platform(replies)
    one.aheadSeconds = aheadSeconds
    const instances = [{ host: one.url, ...settings }]
    const found = await said(sourceChecks(configured({ mastodon: { instances } })))
    const of = (check: string) => found[`mastodon ${one.host}${check && ` ${check}`}`]
    return { about: of(''), token: of('token'), posts: of('posts'), asked: one.asked }
  }

  test('is well, with a token and a stream', async () => {
    vi.stubEnv('SOCIAL_TOKEN', 'abc')
    const { about, token, posts, asked } = await ask(well, { token_env: 'SOCIAL_TOKEN' })
    expect(about).toMatch(/^answers, version 4\.5\.1; clock within \d s; 299 of 300 requests left$/)
    expect(token).toBe('the token in SOCIAL_TOKEN is valid')
    expect(posts).toBe('its timeline and its stream may be read')
    expect(asked).toContain('GET /api/v1/timelines/public?local=true&limit=1 abc')
    expect(asked.filter((one) => one.endsWith(' -'))).toEqual(['GET /api/v2/instance -'])
  })

  test('an old one is asked the old way, and a stream that wants a token is told', async () => {
    const old = { ...well, '/api/v2/instance': { status: 404 }, '/api/v1/instance': { body: { version: '3.5.3' } } }
    const { about, posts, token } = await ask({ ...old, '/api/v1/streaming/public/local': { status: 401 } })
    expect(about).toContain('version 3.5.3')
    expect(posts).toMatch(
      /its timeline may be read; its stream may not \(401, .* asks for a token\), so the timeline is asked/,
    )
    expect(token).toBeUndefined()
  })

  test('hashtags are asked for where public posts are not', async () => {
    const tagged = {
      '/api/v1/timelines/tag/%D0%BC%D0%B8%D1%80': { body: [] },
      '/api/v1/streaming/hashtag': { isOpen: true },
    }
    const { posts, asked } = await ask({ ...well, ...tagged }, { public: false, tags: ['#мир'], remote: true })
    expect(posts).toBe('its timeline and its stream may be read')
    expect(asked.at(-1)).toBe('GET /api/v1/streaming/hashtag?tag=%D0%BC%D0%B8%D1%80 -')
    expect((await ask(well, { public: false })).posts).toMatch(/nothing is read/)
  })

  test('a token that is named and not set is a finding; so is one that is refused', async () => {
    const missing = await ask(well, { token_env: 'NO_SUCH_TOKEN' })
    expect(missing.token).toMatch(/^NO_SUCH_TOKEN is not set \| .*NO_SUCH_TOKEN_FILE/)
    vi.stubEnv('SOCIAL_TOKEN', 'old')
    const refused = {
      ...well,
      '/api/v1/apps/verify_credentials': { status: 401 },
      '/api/v1/timelines/public': { status: 401 },
    }
    const { token, posts } = await ask(refused, { token_env: 'SOCIAL_TOKEN' })
    expect(token).toMatch(/refuses the token \(401\) \| Make a new one and put it into SOCIAL_TOKEN/)
    expect(posts).toMatch(/asks for another token \(401\) \| .*token_env/)
    vi.stubEnv('GONE_FILE', '/nowhere/token')
    expect((await ask(well, { token_env: 'GONE' })).token).toMatch(/^cannot read \/nowhere\/token \|/)
  })

  test.each<[string, Reply, RegExp]>([
    [
      '429',
      { status: 429, headers: { 'x-ratelimit-reset': resetIso } },
      new RegExp(`429\\) \\| Ask again after ${resetIso}`),
    ],
    ['503', { status: 503 }, /trouble of its own \(503\)/],
    ['garbage', { body: 'hello' }, /what cannot be read/],
    ['a version that is none', { body: { version: 5 } }, /what cannot be read/],
  ])('%s is told', async (_, reply, expected) => {
    const { about } = await ask({ ...well, '/api/v2/instance': reply })
    expect(about).toMatch(expected)
  })

  test('a clock that is an hour off is told', async () => {
    expect((await ask(well, {}, -3600)).about).toMatch(/^this clock is 3\d\d\d s off/)
  })
})

describe('Hacker News', () => {
  const ask = async (reply: Reply, aheadSeconds = 0) => {
    const one = await platform({ '/v0/maxitem.json': reply })
    one.aheadSeconds = aheadSeconds
    return (await said(sourceChecks(configured({ hackernews: { host: one.url } })))).hackernews
  }
  test('tells its newest, or what is wrong', async () => {
    expect(await ask({ body: '46012345' })).toMatch(/^answers, the newest is number 46012345; clock within \d s$/)
    expect(await ask({ body: 'null' })).toMatch(/what cannot be read \| Check the host/)
    expect(await ask({ status: 503 })).toMatch(/trouble of its own/)
    expect(await ask({ body: '1' }, 3600)).toMatch(/^this clock is/)
  })
})

describe('feeds', () => {
  const rss = (date: string) =>
    `<rss version="2.0"><channel><title>t</title><item><title>a</title><link>/a</link><pubDate>${date}</pubDate></item></channel></rss>`
  const ask = async (reply: Reply, more: object = {}) => {
    const one = await platform({ '/feed': reply })
    const address = { url: `${one.url}/feed?key=secret` }
    const config = configured({ feeds: [address] }, {}, { stories: { feeds: [address] }, ...more })
    const checks = sourceChecks(config)
    expect(checks.map(([name]) => name)).toEqual([`feed ${one.host}`, `feed ${one.host}`])
    return (await said(checks))[`feed ${one.host}`]
  }
  test('tell how old the newest is, or what is wrong', async () => {
    expect(await ask({ body: rss(new Date(Date.now() - 3 * 3_600_000).toUTCString()) })).toBe(
      '1 entries, the newest 3 h old',
    )
    expect(await ask({ body: rss(new Date(Date.now() - 9 * 86_400_000).toUTCString()) })).toBe(
      '1 entries, the newest 9 days old',
    )
    expect(await ask({ body: rss('yesterday') })).toBe('1 entries, which say no time')
    expect(await ask({ body: '<html>a page' })).toMatch(/^this is no feed \| Give the address/)
    expect(await ask({ status: 410 })).toMatch(/gone for good/)
    expect(await ask({ status: 403 })).toMatch(/take it out/)
    expect(await ask({ status: 503 })).toMatch(/trouble of its own/)
  })
  test('are reached as stories are: not where they lead inside', async () => {
    expect(await ask({ body: rss('') }, { server: {} })).toMatch(/does not lead to the public internet/)
  })
})

test('whoever does not answer is told, and offline nobody is asked', async () => {
  const sources = {
    x: { host: 'http://127.0.0.1:1', daily: 10, monthly: 20 },
    hackernews: { host: 'http://127.0.0.1:1' },
  }
  const found = await said(sourceChecks(configured(sources)))
  const { 'x limits': limits, ...asked } = found
  expect(limits).toMatch(/^\$10 a day/)
  expect(Object.values(asked)).toEqual(
    Array(3).fill(expect.stringMatching(/^127\.0\.0\.1:1 does not answer \| .*--offline/)),
  )
  const offline = await said(sourceChecks(configured(sources, { offline: true })))
  expect(new Set(Object.values(offline))).toEqual(new Set(['not asked (--offline)', limits]))
})

test('the command tells all of it, of the topics that the process that runs has', async () => {
  const x = await platform({ [rulesPath]: { status: 401 }, [usagePath]: { status: 429 } })
  const topics = [
    { id: 'sanctions', query: 'sanction*' },
    { id: 'peace', query: 'peace' },
  ]
  const sources = { bluesky: false, x: { host: x.url, daily: 10, monthly: 20 } }
  using home = newHome({ sources, topics }, { UNDERCURRENT_X_TOKEN: 'x-token' })
  const { code, stdout } = await home.run(['doctor'])
  expect(stdout).toMatch(/^FAIL {2}x {15}X refuses the token \(401\)\. Make a new bearer token/m)
  expect(stdout).toMatch(/^ok {4}x topics {8}X can be asked for 1 of 2 topics$/m)
  expect(stdout).toMatch(/^FAIL {2}x topic sanctions {2}X has no operator/m)
  expect(stdout).toMatch(/^ok {4}x topic peace {3,6}asked for: peace -is:retweet$/m)
  expect(code).toBe(1)
  expect(x.asked.every((one) => one.endsWith(' x-token'))).toBe(true)
  x.asked.length = 0
  const up = await home.up('--offline')
  await home.run(['topics', 'add', 'made', '--query', 'negotiat*'])
  const offline = (await home.run(['doctor', '--offline'])).stdout
  expect(offline).toMatch(/^FAIL {2}x topic made {2,6}X has no operator.*negotiat/m)
  expect(offline).toMatch(/^ok {4}x quota {9}not asked \(--offline\)$/m)
  await up.end('SIGTERM')
  expect(x.asked).toEqual([])
}, 120_000)
