// X for tests: real HTTP on port 0, speaking its v2 bytes. Rules (added, deleted, refused, doubled, too many), one filtered
// stream (chunked CRLF lines, keep-alives, matching rules), recent search with its paging and limits, usage. When told to
// it does what X and networks do: 429 with reset headers, 503, sockets cut in the middle of a line, lines sent twice or
// of no use, its word of goodbye, a second connection refused. It judges: every post that it wrote is billed at that
// instant, by its own clock.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seeded } from './posts.ts'
import { letsThrough, payloadOf, type XPost } from './xPosts.ts'

export interface XDoubleOptions {
  seed: number
  port?: number
  token?: string
  /** X's own clock. */
  now?: () => number
  keepAliveMs?: number
  /** One line in so many is sent twice; one in so many ends its socket halfway. 0: never. */
  repeatEvery?: number
  cutEvery?: number
  mostRules?: number
  /** Posts that may be billed in a day and in a month. */
  caps?: { day: number; month: number }
}

export interface Refusal {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

interface Rule {
  id: string
  value: string
  tag?: string
}
interface Reader {
  response: ServerResponse
  fields: Set<string>
}

const types = 'https://api.twitter.com/2/problems'
const defaults = {
  ...{ port: 0, token: 'a token', now: Date.now, keepAliveMs: 20_000, repeatEvery: 0, cutEvery: 0 },
  ...{ mostRules: 1_000, caps: { day: Number.POSITIVE_INFINITY, month: Number.POSITIVE_INFINITY } },
}

export class XDouble {
  /** May be changed while it runs. */
  readonly options: typeof defaults & XDoubleOptions
  readonly rules = new Map<string, Rule>()
  /** What was published, in order. */
  readonly posts: XPost[] = []
  /** "METHOD path?query" of every request, and the bodies of the rule changes. */
  readonly requests: string[] = []
  readonly changes: { add?: Rule[]; delete?: { ids: string[] } }[] = []
  /** Posts written, by day and month of this clock, and where a cap was passed. */
  readonly billed = new Map<string, number>()
  readonly violations: string[] = []
  written = { stream: 0, search: 0 }
  /** Called for every request; what it returns is the answer. */
  refuse: (path: string) => Refusal | null = () => null
  /** Lines that nobody can use, sent first to the next reader. */
  junk: string[] = []
  /** No lines and no keep-alives: a connection that is dead without knowing. */
  mute = false
  /** Everything that ended a stream by a cut of this double. */
  cuts = 0
  onConnect: () => void = () => {}
  readonly #random: () => number
  readonly #http: Server
  readonly #readers = new Set<Reader>()
  readonly #timers: NodeJS.Timeout[] = []
  #ruleNr = 1_000_000_000

  private constructor(options: XDoubleOptions) {
    this.options = { ...defaults, ...options }
    this.#random = seeded(options.seed ^ 0x5eed)
    this.#http = createServer((request, response) => void this.#answer(request, response))
    this.#timers.push(setInterval(() => this.#keepAlive(), this.options.keepAliveMs))
  }

  static async start(options: XDoubleOptions): Promise<XDouble> {
    const double = new XDouble(options)
    await new Promise<void>((resolve) => double.#http.listen(double.options.port, '127.0.0.1', resolve))
    return double
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get readers(): number {
    return this.#readers.size
  }

  /** Published now, whatever their ids say; sent at once to whoever reads. */
  publish(...posts: XPost[]): void {
    for (const post of posts) {
      this.posts.push(post)
      for (const reader of this.#readers) this.#send(reader, post)
    }
  }

  /** Publishes each at its own time, until the returned function is called. */
  publishInTime(posts: XPost[]): () => void {
    let next = 0
    const timer = setInterval(() => {
      while (next < posts.length && posts[next]!.at <= this.options.now()) this.publish(posts[next++]!)
      if (next === posts.length) clearInterval(timer)
    }, 4)
    this.#timers.push(timer)
    return () => clearInterval(timer)
  }

  /** Ends every stream as a network does: without a word. */
  cut(): void {
    for (const { response } of this.#readers) response.socket?.destroy()
  }

  /** Ends every stream as X does: with a word, or politely without. */
  dismiss(problem?: object): void {
    for (const { response } of this.#readers) response.end(problem ? `${JSON.stringify(problem)}\r\n` : '')
  }

  /** Raw text to every reader. */
  say(text: string): void {
    for (const { response } of this.#readers) response.write(text)
  }

  async #answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = `${request.method} ${url.pathname}`
    this.requests.push(`${path}${url.search}`)
    response.setHeader('date', new Date(this.options.now()).toUTCString())
    const body = await bodyOf(request)
    const refusal = this.#refusal(request, path)
    if (refusal)
      return json(response, refusal.status, refusal.body ?? problem('Error', refusal.status), refusal.headers)
    if (path === 'GET /2/tweets/search/stream/rules') return json(response, 200, this.#listRules())
    if (path === 'POST /2/tweets/search/stream/rules') return this.#changeRules(response, JSON.parse(body))
    if (path === 'GET /2/tweets/search/stream') return this.#stream(response, url)
    if (path === 'GET /2/tweets/search/recent') return this.#search(response, url.searchParams)
    if (path === 'GET /2/usage/tweets') return json(response, 200, this.#usage())
    json(response, 404, problem('Not Found Error', 404))
  }

  #refusal(request: IncomingMessage, path: string): Refusal | null {
    if (request.headers.authorization !== `Bearer ${this.options.token}`)
      return { status: 401, body: { title: 'Unauthorized', type: 'about:blank', status: 401, detail: 'Unauthorized' } }
    return this.refuse(path)
  }

  #listRules() {
    const rules = [...this.rules.values()]
    const meta = { sent: new Date(this.options.now()).toISOString(), result_count: rules.length }
    return rules.length ? { data: rules, meta } : { meta }
  }

  #changeRules(response: ServerResponse, change: { add?: Rule[]; delete?: { ids: string[] } }) {
    this.changes.push(change)
    const sent = new Date(this.options.now()).toISOString()
    if (change.delete) {
      const deleted = change.delete.ids.filter((id) => this.rules.delete(id)).length
      const summary = { deleted, not_deleted: change.delete.ids.length - deleted }
      return json(response, 200, { meta: { sent, summary } })
    }
    const data: Rule[] = []
    const errors: object[] = []
    for (const { value, tag } of change.add ?? []) {
      const error = this.#ruleError(value)
      if (error) errors.push(error)
      else {
        const rule = { id: String(this.#ruleNr++), value, tag }
        this.rules.set(rule.id, rule)
        data.push(rule)
      }
    }
    const summary = { created: data.length, not_created: errors.length, valid: data.length, invalid: errors.length }
    const told = errors.length ? { errors } : {}
    if (data.length) return json(response, 201, { data, meta: { sent, summary }, ...told })
    json(response, 400, { ...problem('Invalid Request', 400), meta: { sent, summary }, ...told })
  }

  #ruleError(value: string): object | null {
    const same = [...this.rules.values()].find((rule) => rule.value === value)
    if (same) return { value, id: same.id, title: 'DuplicateRule', type: `${types}/duplicate-rules` }
    if (this.rules.size >= this.options.mostRules)
      return { title: 'RulesCapExceeded', detail: 'Rules cap exceeded', type: `${types}/rule-cap` }
    const depth = value.split('(').length - value.split(')').length
    const why = value.length > 1_024 ? 'Rule length exceeds maximum' : depth !== 0 ? 'Unbalanced parentheses' : null
    return why && { value, details: [why], title: 'UnprocessableEntity', type: `${types}/invalid-rules` }
  }

  #stream(response: ServerResponse, url: URL) {
    const issue = this.#readers.size ? 'TooManyConnections' : this.rules.size ? null : 'RuleConfigurationIssue'
    const limits = { 'x-rate-limit-limit': '50', 'x-rate-limit-remaining': '49' }
    const headers = { ...limits, 'x-rate-limit-reset': String(Math.floor(this.options.now() / 1_000)) }
    if (issue) {
      const told = { title: 'ConnectionException', connection_issue: issue, type: `${types}/streaming-connection` }
      return json(response, issue === 'TooManyConnections' ? 429 : 409, told, headers)
    }
    const fields = new Set(url.searchParams.get('tweet.fields')?.split(',') ?? [])
    const reader = { response, fields }
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...headers })
    response.flushHeaders()
    response.on('close', () => this.#readers.delete(reader))
    response.on('error', () => {})
    this.#readers.add(reader)
    for (const line of this.junk.splice(0)) this.#write(reader, line)
    this.onConnect()
  }

  #send(reader: Reader, post: XPost) {
    if (this.mute) return
    const matching = [...this.rules.values()].filter(({ value }) => letsThrough(value, post))
    if (matching.length === 0) return
    const rules = matching.map(({ id, tag }) => ({ id, tag: tag ?? '' }))
    const line = JSON.stringify({ data: payloadOf(post, reader.fields), matching_rules: rules })
    if (this.#dice(this.options.cutEvery)) return this.#cutMidLine(reader, line)
    this.#write(reader, line)
    if (this.#dice(this.options.repeatEvery)) this.#write(reader, line)
  }

  #write({ response }: Reader, line: string): void {
    if (response.destroyed || response.writableEnded) return
    this.#bill(1)
    this.written.stream++
    response.write(`${line}\r\n`)
  }

  #cutMidLine(reader: Reader, line: string): void {
    this.#bill(1)
    this.written.stream++
    this.cuts++
    this.#readers.delete(reader)
    const bytes = Buffer.from(line)
    reader.response.write(bytes.subarray(0, bytes.length >> 1), () => reader.response.socket?.destroy())
  }

  #search(response: ServerResponse, asked: URLSearchParams) {
    const most = Number(asked.get('max_results') ?? 10)
    const query = asked.get('query') ?? ''
    if (most < 10 || most > 100 || query === '' || / sample:/.test(query))
      return json(response, 400, { ...problem('Invalid Request', 400), errors: [{ message: 'not a search' }] })
    const [since, until] = [asked.get('since_id') ?? '0', asked.get('until_id') ?? '9'.repeat(19)]
    const from = Date.parse(asked.get('start_time') ?? '') || 0
    const newest = new Map(this.posts.map((post) => [post.history[0], post]))
    const found = [...newest.values()]
      .filter((post) => BigInt(post.id) > BigInt(since) && BigInt(post.id) < BigInt(until) && post.at >= from)
      .filter((post) => letsThrough(query, post))
      .sort((a, b) => Number(BigInt(b.id) - BigInt(a.id)))
    // A token holds where its page begins: what was posted since does not shift it.
    const below = asked.get('next_token')?.slice(1) ?? '9'.repeat(19)
    const rest = found.filter((post) => BigInt(post.id) < BigInt(below))
    const page = rest.slice(0, most)
    this.#bill(page.length)
    this.written.search += page.length
    const fields = new Set(asked.get('tweet.fields')?.split(',') ?? [])
    const data = page.map((post) => payloadOf(post, fields))
    const ids = page.length ? { newest_id: page[0]!.id, oldest_id: page.at(-1)!.id } : {}
    const next = rest.length > most ? { next_token: `b${page.at(-1)!.id}` } : {}
    json(response, 200, { ...(page.length ? { data } : {}), meta: { ...ids, result_count: page.length, ...next } })
  }

  #usage() {
    const sum = this.written.stream + this.written.search
    return { data: { project_usage: String(sum), project_cap: '3000000', cap_reset_day: 1, project_id: '1' } }
  }

  #bill(posts: number): void {
    const day = new Date(this.options.now()).toISOString().slice(0, 10)
    for (const [span, cap] of [
      [day, this.options.caps.day] as const,
      [day.slice(0, 7), this.options.caps.month] as const,
    ]) {
      const sum = (this.billed.get(span) ?? 0) + posts
      this.billed.set(span, sum)
      if (posts > 0 && sum > cap) this.violations.push(`${span}: ${sum} of ${cap}`)
    }
  }

  #dice(every: number): boolean {
    return every > 0 && this.#random() < 1 / every
  }

  #keepAlive(): void {
    if (!this.mute) this.say('\r\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

const problem = (title: string, status: number) => ({ title, status, detail: title, type: 'about:blank' })

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
