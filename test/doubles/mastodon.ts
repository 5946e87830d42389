// A Mastodon instance over real HTTP on port 0: timelines with min_id paging, single statuses, and streams of server-sent
// events whose bytes are cut anywhere, with heartbeats. When told to, it does what instances do: ask for a token, limit
// the rate, fail, cut streams, say things twice. Invented people; a seeded script, and the LEDGER of what is true at last.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pick, seeded, texts } from './posts.ts'

export interface Account {
  acct: string
  /** Where its pages are. */
  host: string | null
  flags: { noindex?: boolean; indexable?: boolean; discoverable?: boolean | null; bot?: boolean; limited?: boolean }
}

export interface Entry {
  id: string
  account: Account
  text: string
  warning: string
  atMs: number
  editedMs: number | null
  tags: string[]
  visibility: string
  parent: string | null
  boost: boolean
  state: 'live' | 'deleted'
  /** More fields, or others. */
  more: object
}

export interface MastodonOptions {
  seed: number
  now?: () => number
  /** What is refused without a token. */
  closed?: 'none' | 'streaming' | 'all'
  /** One event in so many ends its stream halfway; one in so many is sent twice. 0: never. */
  cutEvery?: number
  repeatEvery?: number
  thumpMs?: number
  /** Requests a window, and its length. */
  limit?: number
  windowMs?: number
}

interface Listener {
  response: ServerResponse
  local: boolean
  tag: string | null
}

export const token = 'a-token-of-nobody'
export const otherHome = 'second.invalid'
const people: Account[] = [
  ...['ann', 'ben', 'cid', 'dot', 'eve'].map((acct) => ({
    ...{ acct, host: null, flags: { noindex: false, indexable: true, discoverable: true } },
  })),
  { acct: 'shy', host: null, flags: { noindex: false, indexable: true, discoverable: false } },
  { acct: 'hidden', host: null, flags: { noindex: true, indexable: true, discoverable: true } },
  { acct: 'unsearched', host: null, flags: { noindex: false, indexable: false, discoverable: true } },
  { acct: 'old', host: null, flags: { discoverable: null, bot: true } },
  { acct: 'fay@elsewhere.invalid', host: 'elsewhere.invalid', flags: { indexable: true, discoverable: true } },
  { acct: 'gus@elsewhere.invalid', host: 'elsewhere.invalid', flags: { indexable: true, discoverable: true } },
  { acct: `hal@${otherHome}`, host: otherHome, flags: { indexable: true, discoverable: true } },
  { acct: 'ida@short.invalid', host: otherHome, flags: { indexable: true, discoverable: true } },
]
const tags = ['harbour', 'boats', 'rain']

export class MastodonDouble {
  readonly accounts = structuredClone(people)
  readonly entries = new Map<string, Entry>()
  readonly options: Required<Omit<MastodonOptions, 'now'>>
  /** Method-less paths with queries, oldest first; and the tokens they came with. */
  readonly asked: string[] = []
  readonly tokens: (string | undefined)[] = []
  /** Answers to give instead, first come, first served. */
  readonly refusals: { status: number; headers?: Record<string, string>; body?: string; path?: RegExp }[] = []
  /** Statuses put in front of every first page of the public timeline, and bytes sent first to every new stream. */
  junkStatuses: unknown[] = []
  junkBytes = ''
  /** Statuses and events handed over. */
  handed = 0
  sent = 0
  refusedByLimit = 0
  /** No bytes at all any more. */
  mute = false
  streamingUrl: string | null = null
  /** Happens while anybody listens, one a tick. */
  script: (() => void)[] = []
  readonly #listeners = new Set<Listener>()
  readonly #random: () => number
  readonly #dice: () => number
  readonly #words: () => { text: string; lang: string }
  readonly #now: () => number
  readonly #http: Server
  readonly #timers: NodeJS.Timeout[] = []
  #window = { untilMs: 0, left: 0 }
  #sequence = 0

  private constructor({ now = Date.now, ...options }: MastodonOptions) {
    this.options = {
      ...{ closed: 'none', cutEvery: 0, repeatEvery: 0, thumpMs: 15_000, limit: 1e9, windowMs: 300_000 },
      ...options,
    }
    this.#now = now
    this.#random = seeded(options.seed)
    this.#dice = seeded(options.seed ^ 0xbad)
    this.#words = texts(this.#random, 0.2)
    this.#http = createServer((request, response) => this.#answer(request, response))
    this.#timers.push(setInterval(() => this.#heartbeat(), this.options.thumpMs))
    this.#timers.push(setInterval(() => this.#listeners.size > 0 && this.script.shift()?.(), 1))
  }

  static async start(options: MastodonOptions): Promise<MastodonDouble> {
    const double = new MastodonDouble(options)
    await new Promise<void>((resolve) => double.#http.listen(0, '127.0.0.1', resolve))
    return double
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get listeners(): number {
    return this.#listeners.size
  }

  account(acct: string): Account {
    return this.accounts.find((one) => one.acct === acct)!
  }

  /** A new status that is there and told to whoever listens. */
  post(atMs: number, more: Partial<Entry> = {}): Entry {
    const entry = this.#entry(atMs, more)
    this.#publish(entry)
    return entry
  }

  edit(entry: Entry, text: string, atMs: number): void {
    Object.assign(entry, { text, editedMs: atMs })
    if (entry.state === 'live') this.#tell('status.update', entry, JSON.stringify(this.view(entry)))
  }

  delete(entry: Entry): void {
    entry.state = 'deleted'
    this.#tell('delete', entry, entry.id)
  }

  /** `count` things from the script's world between two times: at once, or as its script. Only young posts change. */
  populate(count: number, times: { fromMs: number; toMs: number }, { isLive = false } = {}): void {
    const young: Entry[] = []
    const will = (happens: () => void) => (isLive ? void this.script.push(happens) : happens())
    for (let at = 0; at < count; at++) {
      const atMs = Math.floor(times.fromMs + ((times.toMs - times.fromMs) * at) / count)
      const dice = this.#random()
      const old = pick(this.#random, young)
      if (old && dice < 0.08) {
        const { text } = this.#words()
        will(() => this.edit(old, `edited: ${text}`, atMs))
        Object.assign(this.#lasting.get(old.id)!, { text: `edited: ${text}` })
      } else if (old && dice < 0.16) {
        young.splice(young.indexOf(old), 1)
        will(() => this.delete(old))
        this.#lasting.get(old.id)!.state = 'deleted'
      } else {
        const entry = this.#entry(atMs, this.#kind())
        this.#lasting.set(entry.id, { text: entry.text, state: 'live' })
        will(() => this.#publish(entry))
        young.push(entry)
        if (young.length > 30) young.shift()
      }
    }
  }

  /** What becomes of each, once everything has happened. */
  readonly #lasting = new Map<string, { text: string; state: 'live' | 'deleted' }>()
  readonly #all = new Map<string, Entry>()

  /** Name -> text of every post that this instance may tell, once everything has happened. */
  truth({ remote, all = true }: { remote: boolean; all?: boolean }): Map<string, string> {
    const told = [...this.#all.values()].filter((entry) => {
      const isAt = entry.account.host === null || (remote && entry.account.host !== otherHome)
      const isWilling = entry.account.flags.noindex !== true
      const isShown = entry.visibility === 'public' && !entry.boost && (all || entry.tags.length > 0)
      const isWhole = Object.keys(entry.more).length === 0
      return isAt && isWilling && isShown && isWhole && this.#stateOf(entry).state === 'live'
    })
    return new Map(told.map((entry) => [`${this.url}/statuses/${entry.id}`, this.#textOf(entry)]))
  }

  #stateOf = (entry: Entry) => this.#lasting.get(entry.id) ?? entry
  #textOf(entry: Entry): string {
    return (
      [entry.warning, this.#stateOf(entry).text].filter(Boolean).join('\n\n') +
      entry.tags.map((tag) => ` #${tag}`).join('')
    )
  }

  #kind(): Partial<Entry> {
    const dice = this.#random()
    const tagged = this.#random() < 0.3 ? [pick(this.#random, tags)] : []
    const warning = this.#random() < 0.1 ? 'about the harbour' : ''
    const visibility = dice < 0.04 ? 'unlisted' : 'public'
    return { tags: tagged, warning, visibility, boost: dice > 0.97, account: pick(this.#random, this.accounts) }
  }

  #entry(atMs: number, more: Partial<Entry>): Entry {
    const id = String((BigInt(atMs) << 16n) + BigInt(this.#sequence++ % 65_536))
    const { text } = this.#words()
    const entry: Entry = {
      ...{
        id,
        account: this.accounts[0]!,
        text: `${text} & <${this.#sequence}>`,
        warning: '',
        atMs,
        editedMs: null,
        tags: [],
      },
      ...{ visibility: 'public', parent: null, boost: false, state: 'live', more: {}, ...more },
    }
    this.#all.set(entry.id, entry)
    return entry
  }

  #publish(entry: Entry): void {
    this.entries.set(entry.id, entry)
    this.#tell('update', entry, JSON.stringify(this.view(entry)))
  }

  view({ id, account, text, warning, atMs, editedMs, tags, visibility, parent, boost, more }: Entry): object {
    const { acct, host, flags } = account
    const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    const links = tags.map(
      (tag) => ` <a href="https://x.invalid/tags/${tag}" class="mention hashtag" rel="tag">#<span>${tag}</span></a>`,
    )
    return {
      ...{ id, created_at: new Date(atMs).toISOString(), edited_at: editedMs && new Date(editedMs).toISOString() },
      ...{ in_reply_to_id: parent, sensitive: warning !== '', spoiler_text: warning, visibility, language: 'en' },
      ...{ uri: `https://${host ?? 'us.invalid'}/users/x/statuses/${id}`, content: `<p>${html}${links.join('')}</p>` },
      ...{ favourites_count: 3, reblogs_count: 1, replies_count: 0, reblog: boost ? { id: '1' } : null, poll: null },
      ...{ account: { id: '9', username: acct.split('@')[0], acct, ...flags }, tags: tags.map((name) => ({ name })) },
      ...more,
    }
  }

  /** Ends every stream as a network does: without a word. */
  cut(): void {
    for (const { response } of this.#listeners) response.socket?.destroy()
    this.#listeners.clear()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost')
    this.asked.push(url.pathname + url.search)
    this.tokens.push(request.headers.authorization)
    if (this.mute) return
    const refused = this.refusals.findIndex(({ path }) => !path || path.test(url.pathname))
    const [refusal] = refused >= 0 ? this.refusals.splice(refused, 1) : []
    if (refusal) {
      response.writeHead(refusal.status, refusal.headers).end(refusal.body ?? '{"error":"no"}')
      return
    }
    const isKnown = request.headers.authorization === `Bearer ${token}`
    if (url.pathname.startsWith('/api/v1/streaming/')) this.#stream(url, response, isKnown)
    else this.#rest(url, response, isKnown)
  }

  #rest(url: URL, response: ServerResponse, isKnown: boolean): void {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    if (!this.#allows(response)) return
    const [status, body] = this.#told(url, isKnown)
    response.writeHead(status).end(JSON.stringify(body))
  }

  #told({ pathname, searchParams }: URL, isKnown: boolean): [number, unknown] {
    if (pathname === '/api/v2/instance') {
      return [200, { domain: 'us.invalid', configuration: { urls: { streaming: this.streamingUrl ?? undefined } } }]
    }
    if (this.options.closed === 'all' && !isKnown) return [401, { error: 'This method requires an authenticated user' }]
    const [, id] = /^\/api\/v1\/statuses\/(\w+)$/.exec(pathname) ?? []
    const entry = this.entries.get(id ?? '')
    if (entry?.state === 'live') return [200, this.view(entry)]
    const [, kind, tag] = /^\/api\/v1\/timelines\/(public|tag)\/?(.*)$/.exec(pathname) ?? []
    if (!kind) return [404, { error: 'Record not found' }]
    return [200, this.#page(searchParams, kind === 'tag' ? decodeURIComponent(tag!) : null)]
  }

  #allows(response: ServerResponse): boolean {
    const { limit, windowMs } = this.options
    const now = this.#now()
    if (now >= this.#window.untilMs) this.#window = { untilMs: now + windowMs, left: limit }
    const isOver = this.#window.left <= 0
    if (!isOver) this.#window.left--
    response.setHeader('x-ratelimit-limit', String(limit))
    response.setHeader('x-ratelimit-remaining', String(this.#window.left))
    response.setHeader('x-ratelimit-reset', new Date(this.#window.untilMs).toISOString())
    if (!isOver) return true
    this.refusedByLimit++
    response.writeHead(429).end('{"error":"Too many requests"}')
    return false
  }

  #page(query: URLSearchParams, tag: string | null): unknown[] {
    const most = Math.min(40, Number(query.get('limit') ?? 20))
    const after = BigInt(query.get('min_id') ?? 0)
    const filter = { local: query.get('local') === 'true', tag }
    const found = [...this.entries.values()]
      .filter((entry) => isIn(entry, filter) && entry.state === 'live' && !entry.boost && BigInt(entry.id) > after)
      .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    const page = query.has('min_id') ? found.slice(0, most) : found.slice(-most)
    this.handed += page.length
    const junk =
      this.junkStatuses.length && !tag && page.length && query.has('min_id') ? this.junkStatuses.splice(0) : []
    return [...page.map((entry) => this.view(entry)).reverse(), ...junk]
  }

  #stream(url: URL, response: ServerResponse, isKnown: boolean): void {
    if (this.options.closed !== 'none' && !isKnown) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"Error: Missing access token"}')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' })
    response.write(`:)\n${this.junkBytes}`)
    const listener = { response, local: url.pathname.endsWith('/local'), tag: url.searchParams.get('tag') }
    this.#listeners.add(listener)
    response.on('error', () => {})
    response.on('close', () => this.#listeners.delete(listener))
  }

  #tell(event: string, entry: Entry, data: string): void {
    const bytes = Buffer.from(`event: ${event}\ndata: ${data}\n\n`)
    for (const listener of this.#listeners) {
      if (!isIn(entry, listener) || entry.boost) continue
      if (this.#falls(this.options.cutEvery)) {
        listener.response.write(bytes.subarray(0, bytes.length >> 1), () => listener.response.socket?.destroy())
        continue
      }
      for (let times = this.#falls(this.options.repeatEvery) ? 2 : 1; times > 0; times--)
        this.write(listener.response, bytes)
    }
  }

  /** In pieces that end anywhere. */
  write(response: ServerResponse, bytes: Buffer): void {
    this.sent++
    const cut = Math.floor(this.#dice() * bytes.length)
    response.write(bytes.subarray(0, cut))
    if (this.#dice() < 0.1) response.write('')
    response.write(bytes.subarray(cut))
  }

  /** Events as fast as the listener takes them, and no faster. */
  async flood(events: Buffer[]): Promise<void> {
    const [listener] = this.#listeners
    const { response } = listener!
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    for (const bytes of events) {
      if (response.destroyed) return
      this.sent++
      if (response.write(bytes)) continue
      await Promise.race([closed, new Promise<void>((resolve) => response.once('drain', resolve))])
    }
  }

  #falls(every: number): boolean {
    return every > 0 && this.#dice() < 1 / every
  }

  #heartbeat(): void {
    if (this.mute) return
    for (const { response } of this.#listeners) response.write(':thump\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

/** Public timelines leave out replies to others; a hashtag has them. */
function isIn(entry: Entry, { local, tag }: { local: boolean; tag: string | null }): boolean {
  if (entry.visibility !== 'public' || (local && entry.account.host !== null)) return false
  return tag === null ? entry.parent === null : entry.tags.includes(tag)
}
