// What `undercurrent doctor` asks of each configured source: whether it answers, with which rights and what is left of them,
// how this clock stands, and for X which topics it can be asked for. Asks little and changes nothing; answers are hostile.
// What is claimed of a platform is in its documentation: docs.x.com ("Usage", "Rate limits"), docs.joinmastodon.org.
import { type XRule, xRuleOf } from '../analyze/xRule.ts'
import { type Config, secret } from '../config.ts'
import { openDial } from '../dial.ts'
import { QueryError, UserError } from '../errors.ts'
import { parsedFeed } from '../feeds.ts'
import { textOf } from '../ingest/plain.ts'
import { defaults, mustSuffice } from '../ingest/xOptions.ts'
import { dollars } from '../ingest/xSays.ts'
import { type Asked, ask, checkStatus, clock, fieldOf, left } from './asking.ts'

/** A check by its name: resolves with what is well, rejects with UserError. */
export type Check = [name: string, work: () => Promise<string>]

export interface AskedTopic {
  id: string
  query: string
}

/** All that is asked of other hosts, with --offline none of them; and whether X's limits suffice to read at all. */
export function sourceChecks(config: Config): Check[] {
  const { bluesky, x, mastodon, hackernews, feeds } = config.sources
  const checks: Check[] = [
    ...(bluesky ? bluesky.hosts.map((host): Check => [`bluesky ${hostOf(host)}`, () => reach(host)]) : []),
    ...(x ? xChecks(x.host, config.xToken) : []),
    ...(mastodon ? mastodon.instances.flatMap(instanceChecks) : []),
    ...(hackernews ? [['hackernews', () => newest(hackernews.host)] satisfies Check] : []),
    ...[...feeds, ...config.stories.feeds].map(({ url }): Check => [`feed ${hostOf(url)}`, () => feed(url, config)]),
  ]
  const asked = config.offline ? checks.map(([name]): Check => [name, async () => 'not asked (--offline)']) : checks
  return x ? [...asked, ['x limits', async () => xLimits(x)]] : asked
}

/** Addresses of feeds may hold a key of theirs. */
const hostOf = (url: string) => new URL(url).host
const under = (host: string, path: string) => new URL(path, host).href

async function reach(host: string): Promise<string> {
  const { status, headers } = await ask(host.replace(/^ws/, 'http'), { isStream: true })
  return `answers (HTTP ${status}), ${clock(headers)}`
}

// ---- X

const xRemedies = {
  refused: 'Make a new bearer token of your app in the developer console, and set UNDERCURRENT_X_TOKEN to it.',
  forbidden: 'The app needs a project with access to the filtered stream, and credits: see the developer console.',
}

function xChecks(host: string, token: string | null): Check[] {
  const asX = async (path: string): Promise<Asked> => {
    if (!token)
      throw new UserError(
        'no token of X is set',
        'Set UNDERCURRENT_X_TOKEN, or UNDERCURRENT_X_TOKEN_FILE to a file with it.',
      )
    return ask(under(host, path), { token })
  }
  return [
    ['x', async () => xRules(await asX('/2/tweets/search/stream/rules'))],
    ['x quota', async () => xQuota(await asX('/2/usage/tweets'))],
  ]
}

function xLimits({ daily, monthly, price }: { daily: number; monthly: number; price: number }): string {
  mustSuffice({ ...defaults, daily, monthly, price })
  const posts = Math.floor(Math.min(daily, monthly) / price)
  return `${dollars(daily)} a day and ${dollars(monthly)} a month, which is up to ${number(posts)} posts a day`
}

function xRules(asked: Asked): string {
  const time = clock(asked.headers)
  checkStatus(asked, 'X', xRemedies)
  const rules = fieldOf(asked.body, 'data') ?? []
  if (fieldOf(asked.body, 'meta') === undefined || !Array.isArray(rules)) throw unread('X')
  const ours = rules.filter((rule) => String(fieldOf(rule, 'tag')).startsWith('undercurrent:')).length
  const others = rules.length - ours
  const foreign = others ? `, ${others} of others, which are left alone, and whose posts are paid for, too` : ''
  return `the token may read the stream; ${ours} rules of ours there${foreign}; ${time}${left(asked.headers, 'X')}`
}

function xQuota(asked: Asked): string {
  checkStatus(asked, 'X', xRemedies)
  const [cap, used] = ['project_cap', 'project_usage'].map((name) => fieldOf(asked.body, 'data', name))
  const [most, read] = [Number(cap), Number(used ?? 0)]
  if (cap === undefined || !Number.isFinite(most) || !Number.isFinite(read)) throw unread('X')
  const said = `${number(read)} of ${number(most)} posts of this month are read`
  if (read >= most) throw new UserError(said, 'X gives no more until the month turns; a larger plan does.')
  return said
}

const number = (value: number) => value.toLocaleString('en-US')
const unread = (who: string) =>
  new UserError(
    `${who} answers with what cannot be read`,
    'Check the host in the configuration, and that no proxy answers for it.',
  )

/** Whether X can be asked for the topics; those it cannot are named one by one. Asks nobody. */
export function topicChecks(topics: AskedTopic[]): Check[] {
  const rules = topics.map(({ id, query }) => ({ id, rule: ruleOf(query) }))
  const able = rules.filter(({ rule }) => 'value' in rule).length
  const never = rules.filter(({ rule }) => 'never' in rule).length
  const others = never ? `; ${never} cannot be met by any post of X` : ''
  // A rule may be wider than its query, and costs what it brings: so it is shown.
  const each = rules.flatMap(({ id, rule }): Check[] => {
    if ('value' in rule) return [[`x topic ${id}`, async () => `asked for: ${rule.value}`]]
    return 'refused' in rule ? [[`x topic ${id}`, () => Promise.reject(new UserError(rule.refused, rulesPage))]] : []
  })
  return [['x topics', async () => `X can be asked for ${able} of ${topics.length} topics${others}`], ...each]
}
const rulesPage = 'docs/queries.md ("On X") says what becomes of each operator.'

function ruleOf(query: string): XRule {
  try {
    return xRuleOf(query)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    return { refused: `${error.message} (column ${error.column}): ${error.hint}` }
  }
}

// ---- Mastodon

interface Instance {
  host: string
  token_env?: string | undefined
  tags: string[]
  public: boolean
  remote: boolean
}

const instanceRemedies = {
  refused: 'Make an access token (Preferences, Development, scope read) and name its variable with token_env.',
  forbidden: 'Ask the instance’s administrators, or leave it out.',
}

function instanceChecks(instance: Instance): Check[] {
  const { host, token_env: variable } = instance
  const name = `mastodon ${hostOf(host)}`
  const checks: Check[] = [[name, () => about(host)]]
  if (variable) checks.push([`${name} token`, () => valid(host, variable)])
  return [...checks, [`${name} posts`, () => readable(instance)]]
}

/** A token; where it is named and not set, the check of the token says so. */
const tokenOf = (variable: string | undefined) => (variable ? secret(variable) : null)

async function about(host: string): Promise<string> {
  const first = await ask(under(host, '/api/v2/instance'))
  const asked = first.status === 404 ? await ask(under(host, '/api/v1/instance')) : first
  const time = clock(asked.headers)
  checkStatus(asked, hostOf(host), instanceRemedies)
  const version = fieldOf(asked.body, 'version')
  if (typeof version !== 'string') throw unread(hostOf(host))
  return `answers, version ${shown(version)}; ${time}${left(asked.headers, hostOf(host))}`
}

const shown = (text: string) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 60)

async function valid(host: string, variable: string): Promise<string> {
  const token = secret(variable)
  if (!token)
    throw new UserError(`${variable} is not set`, `Set ${variable}, or ${variable}_FILE to a file with the token.`)
  const asked = await ask(under(host, '/api/v1/apps/verify_credentials'), { token })
  checkStatus(asked, hostOf(host), { ...instanceRemedies, refused: `Make a new one and put it into ${variable}.` })
  return `the token in ${variable} is valid`
}

/** Whether timelines may be read, and whether the stream may; without the stream, timelines are asked again and again. */
async function readable({ host, token_env: variable, tags, public: isPublic, remote }: Instance): Promise<string> {
  const token = tokenOf(variable)
  const scope = remote ? '' : 'local=true&'
  const tag = encodeURIComponent((tags[0] ?? '').replace(/^#/, ''))
  if (!isPublic && tags.length === 0) return 'nothing is read: public is false, and there are no tags'
  const path = isPublic ? 'public' : `tag/${tag}`
  const asked = await ask(under(host, `/api/v1/timelines/${path}?${scope}limit=1`), { token })
  if ([401, 403, 422].includes(asked.status))
    throw new UserError(
      `its timeline asks for ${token ? 'another' : 'a'} token (${asked.status})`,
      instanceRemedies.refused,
    )
  checkStatus(asked, hostOf(host), instanceRemedies)
  if (!Array.isArray(asked.body)) throw unread(hostOf(host))
  const local = remote ? '' : '/local'
  const stream = isPublic ? `public${local}` : `hashtag${local}?tag=${tag}`
  const { status } = await ask(under(host, `/api/v1/streaming/${stream}`), {
    token,
    isStream: true,
    accept: 'text/event-stream',
  })
  if (status === 200) return `its timeline and its stream may be read`
  const why = token ? '' : ', since version 4.2 it asks for a token'
  return `its timeline may be read; its stream may not (${status}${why}), so the timeline is asked again and again`
}

// ---- Hacker News, feeds

async function newest(host: string): Promise<string> {
  const asked = await ask(under(host, '/v0/maxitem.json'))
  const time = clock(asked.headers)
  checkStatus(asked, hostOf(host), { refused: 'Check the host: it asks for no token.', forbidden: 'Check the host.' })
  if (!Number.isSafeInteger(asked.body)) throw unread(hostOf(host))
  return `answers, the newest is number ${asked.body}; ${time}`
}

async function feed(url: string, { server }: Config): Promise<string> {
  const dial = openDial({ allow: server.dial.allow })
  const accept = 'application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8'
  const answer = await dial(url, { headers: { accept }, redirects: 3, mostBytes: 2_000_000, timeoutMs: 8_000 })
  const { status, headers, body } = answer
  const flat = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
  if (status === 410) throw new UserError('this feed is gone for good (410)', 'Take it out of the configuration.')
  const remedies = {
    refused: 'It asks for a key: give the whole address, with it.',
    forbidden: 'Its site does not let us read it: take it out.',
  }
  checkStatus({ status, headers: new Headers(flat), body: undefined }, 'its site', remedies)
  const read = parsedFeed(textOf(body, headers['content-type']))
  if (!read) throw new UserError('this is no feed', 'Give the address of its RSS, Atom or JSON feed, not of the page.')
  const times = read.entries.flatMap(({ published }) => (published ? [Date.parse(published)] : []))
  const latest = Math.max(...times.filter((time) => time <= Date.now() + 86_400_000))
  const age = Number.isFinite(latest) ? `the newest ${ageOf(Date.now() - latest)} old` : 'which say no time'
  return read.entries.length === 0 ? 'is a feed, with no entries now' : `${read.entries.length} entries, ${age}`
}

function ageOf(ms: number): string {
  const hours = Math.max(0, ms) / 3_600_000
  if (hours < 1) return `${Math.round(hours * 60)} min`
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`
}
