// Hacker News' JSON API over real HTTP on port 0, with a world that moves by the clock it is given: ids that appear,
// appear late, are edited and deleted within two hours or killed by flags; and, when told to, what hosts do: 503, 429,
// answers that are cut or no JSON. Invented people and words, all from one seed, with the LEDGER of what is true at last.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { pick, seeded, texts } from './posts.ts'

export interface Thing {
  id: number
  type: string
  by: string
  atMs: number
  title: string | null
  /** Plain words from a time on; HTML on the wire. */
  versions: { fromMs: number; text: string }[]
  parent: number | null
  score: number | null
  /** null on the wire before. */
  visibleMs: number
  deletedMs: number
  deadMs: number
}

export interface HackerNewsOptions {
  seed: number
  now?: () => number
  /** One answer in so many is a 503, a 429, cut halfway, or no JSON. 0: never. */
  troubleEvery?: number
}

const never = Number.POSITIVE_INFINITY
const minuteMs = 60_000

export class HackerNewsDouble {
  readonly things = new Map<number, Thing>()
  /** Paths asked for, oldest first. */
  readonly asked: string[] = []
  /** Ids that were handed over. */
  handed = 0
  mostAbreast = 0
  /** Answers to give instead, first come, first served. */
  readonly refusals: { status: number; headers?: Record<string, string>; body?: string }[] = []
  /** Bytes instead of what is so, by path. */
  readonly instead = new Map<string, string>()
  /** Never answers. */
  mute = false
  troubleEvery: number
  readonly #now: () => number
  readonly #random: () => number
  readonly #dice: () => number
  readonly #words: () => { text: string }
  readonly #http: Server
  #abreast = 0
  #next = 1

  private constructor({ seed, now = Date.now, troubleEvery = 0 }: HackerNewsOptions) {
    this.#now = now
    this.troubleEvery = troubleEvery
    this.#random = seeded(seed)
    this.#dice = seeded(seed ^ 0xbad)
    this.#words = texts(this.#random, 0.2)
    this.#http = createServer((request, response) => {
      this.mostAbreast = Math.max(this.mostAbreast, ++this.#abreast)
      response.on('close', () => this.#abreast--)
      if (!this.mute) this.#answer(request, response)
    })
  }

  static async start(options: HackerNewsOptions): Promise<HackerNewsDouble> {
    const double = new HackerNewsDouble(options)
    await new Promise<void>((resolve) => double.#http.listen(0, '127.0.0.1', resolve))
    return double
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  /** The next id, a comment unless told otherwise. */
  add(atMs: number, more: Partial<Thing> = {}): Thing {
    const id = more.id ?? this.#next
    const thing: Thing = {
      ...{ id, type: 'comment', by: `user${Math.floor(this.#random() * 40)}`, atMs, title: null, parent: null },
      ...{ versions: [{ fromMs: atMs, text: `${this.#words().text} & <${id}> 'so'` }], score: null },
      ...{ visibleMs: atMs, deletedMs: never, deadMs: never },
      ...more,
    }
    this.things.set(id, thing)
    this.#next = Math.max(this.#next, id + 1)
    return thing
  }

  /** `count` ids of all kinds between two times; what happens to them later happens within two hours. */
  populate(count: number, fromMs: number, toMs: number): void {
    for (let at = 0; at < count; at++) {
      const atMs = Math.floor((fromMs + ((toMs - fromMs) * at) / count) / 1000) * 1000
      const thing = this.add(atMs)
      const soon = () => atMs + Math.floor((2 + this.#random() * 115) * minuteMs)
      const dice = this.#random()
      if (dice < 0.2) Object.assign(thing, { type: 'story', title: `Show: ${this.#words().text}`, score: 3 })
      else if (dice < 0.24) Object.assign(thing, { type: 'job', title: 'We hire' })
      else if (dice < 0.27) Object.assign(thing, { type: 'pollopt', score: 2 })
      else if (dice < 0.3) Object.assign(thing, { type: 'poll', title: 'Which harbour?', score: 1 })
      else thing.parent = Math.max(1, thing.id - Math.ceil(this.#random() * 30))
      if (this.#random() < 0.1) thing.versions.push({ fromMs: soon(), text: `edited: ${this.#words().text}` })
      if (this.#random() < 0.08) thing.deletedMs = soon()
      if (this.#random() < 0.04) thing.deadMs = this.#random() < 0.5 ? atMs : soon()
      if (this.#random() < 0.05) thing.visibleMs = atMs + Math.floor(this.#random() * 9 * minuteMs)
    }
  }

  /** id -> text of every post once everything has happened. */
  truth(sinceMs = 0): Map<string, string> {
    const all = [...this.things.values()].filter(
      ({ type, atMs, deletedMs, deadMs }) =>
        ['story', 'comment', 'poll'].includes(type) && atMs >= sinceMs && deletedMs === never && deadMs === never,
    )
    return new Map(all.map(({ id, title, versions }) => [String(id), wordsOf(title, versions.at(-1)!.text)]))
  }

  #answer({ url }: IncomingMessage, response: ServerResponse): void {
    const path = (url ?? '').replace(/^\/v0\/|\.json$/g, '')
    this.asked.push(path)
    response.setHeader('content-type', 'application/json; charset=utf-8')
    const refusal = this.refusals.shift() ?? this.#trouble()
    if (refusal?.status === 0) {
      this.#cut(response)
      return
    }
    if (refusal) {
      response.writeHead(refusal.status, refusal.headers).end(refusal.body ?? '{"error":"no"}')
      return
    }
    if (path.startsWith('item/')) this.handed++
    response.end(this.instead.get(path) ?? JSON.stringify(this.#told(path)))
  }

  #trouble(): HackerNewsDouble['refusals'][number] | null {
    if (this.troubleEvery === 0 || this.#dice() >= 1 / this.troubleEvery) return null
    const all = [
      { status: 503 },
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 0 },
      { status: 200, body: '{"id":' },
    ]
    return pick(this.#dice, all)
  }

  #cut(response: ServerResponse): void {
    response.writeHead(200, { 'content-length': '500' })
    response.write('{"id":1,"by":"us', () => (response.socket as Socket).destroy())
  }

  #told(path: string): unknown {
    const now = this.#now()
    const here = [...this.things.values()].filter(({ atMs }) => atMs <= now)
    if (path === 'maxitem') return Math.max(0, ...here.map(({ id }) => id))
    if (path === 'updates')
      return { items: here.filter((thing) => this.#isFresh(thing, now)).map(({ id }) => id), profiles: ['user1'] }
    const thing = this.things.get(Number(path.replace('item/', '')))
    return thing && thing.visibleMs <= now ? viewOf(thing, now) : null
  }

  #isFresh({ versions, deletedMs, deadMs, visibleMs }: Thing, now: number): boolean {
    const times = [...versions.map(({ fromMs }) => fromMs), deletedMs, deadMs, visibleMs]
    return times.some((ms) => ms <= now && ms > now - 2 * minuteMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

function viewOf(thing: Thing, now: number): object {
  const { id, type, by, atMs, title, versions, parent, score, deletedMs, deadMs } = thing
  const time = Math.floor(atMs / 1000)
  const link = parent === null ? {} : { parent }
  if (deletedMs <= now) return { id, type, time, deleted: true, ...link }
  const text = htmlOf(versions.findLast(({ fromMs }) => fromMs <= now)?.text ?? versions[0]!.text)
  return {
    ...{ id, type, by, time, text, kids: [id + 1], ...link },
    ...(title === null ? {} : { title, descendants: 3, url: 'https://harbour.invalid/' }),
    ...(score === null ? {} : { score }),
    ...(deadMs <= now ? { dead: true } : {}),
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#x27;', '/': '&#x2F;' }
const htmlOf = (text: string) => text.replace(/[&<>'/]/g, (char) => entities[char]!).replace(/\. /g, '.<p> ')
const wordsOf = (title: string | null, text: string) => [title, text].filter(Boolean).join('\n\n')
