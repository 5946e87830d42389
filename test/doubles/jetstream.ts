// A Jetstream v2 host for tests and the demo: real HTTP, real WebSocket bytes, on port 0. It does what the real one
// does (filters, inclusive seq and time cursors, a retention floor, 400 bodies, dictionary zstd, pings, notices, cutting
// off slow readers and talkative clients) and, when told to, what networks do: repeats frames and cuts sockets mid-frame.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { dictionaries, frameOf, noticeOf, packed } from './frames.ts'
import { Network, type NetworkEvent, type NetworkOptions } from './network.ts'
import { seeded } from './posts.ts'
import { dictionaryPath, refusalOf, wants } from './rules.ts'

export interface JetstreamOptions extends NetworkOptions {
  port?: number
  /** One frame in so many is sent twice; one in so many ends its socket halfway. 0: never. */
  repeatEvery?: number
  cutEvery?: number
  pingMs?: number
  /** A reader this many events behind that takes no byte for `slowMs` is cut off. */
  slowLag?: number
  slowMs?: number
  /** false: this host offers no dictionary, frames are text. */
  compress?: boolean
}

/** What to put on the wire for an event; tests replace bytes here to spoil them. */
export type Spoil = (frame: Buffer, event: NetworkEvent) => Buffer

const highWater = 256 * 1024
const defaults = {
  ...{ port: 0, repeatEvery: 0, cutEvery: 0, pingMs: 30_000, slowLag: 2_000, slowMs: 5_000, compress: true },
}

interface Reader {
  socket: WebSocket
  raw: Duplex
  next: number
  query: URLSearchParams
  sending: boolean
}

export class JetstreamDouble {
  readonly network: Network
  /** May be changed while it runs. */
  readonly options: JetstreamOptions & typeof defaults
  /** Query strings of all accepted subscriptions, and bodies of all refusals, oldest first. */
  readonly accepted: URLSearchParams[] = []
  readonly refused: string[] = []
  events: NetworkEvent[] = []
  /** Frames handed to sockets so far. */
  sent = 0
  /** Readers cut off for being too slow. */
  dismissed = 0
  pings = 0
  pongs = 0
  spoil: Spoil = (frame) => frame
  /** The host stops serving: every upgrade gets this status. */
  down = 0
  /** Frames that nobody can use, sent first to every new reader. */
  junk: string[] = []
  /** No frames and no pings: a connection that is dead without knowing. */
  mute = false
  /** Other HTTP requests; true: answered. */
  control: (request: IncomingMessage, response: ServerResponse) => boolean = () => false
  /** Index of the dictionary the host has now. */
  dictionary = 0
  readonly #random: () => number
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  readonly #readers = new Set<Reader>()
  readonly #timers: NodeJS.Timeout[] = []
  #floor = 1

  private constructor(options: JetstreamOptions) {
    this.options = { ...defaults, ...options }
    this.network = new Network(options)
    this.#random = seeded(options.seed ^ 0x5eed)
    this.#http = createServer((request, response) => {
      if (request.url?.startsWith(dictionaryPath) && this.options.compress) {
        response.setHeader('content-type', 'application/octet-stream')
        return response.end(dictionaries[this.dictionary]!.bytes)
      }
      if (this.control(request, response)) return
      response.statusCode = 404
      response.end('{"error":"NotFound"}')
    })
    this.#http.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) => this.#upgrade(request, raw, head))
    this.#timers.push(setInterval(() => this.#ping(), this.options.pingMs))
  }

  static async start(options: JetstreamOptions): Promise<JetstreamDouble> {
    const double = new JetstreamDouble(options)
    await new Promise<void>((resolve) => double.#http.listen(double.options.port, '127.0.0.1', resolve))
    return double
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  get readers(): number {
    return this.#readers.size
  }

  /** More events, sent at once to whoever listens. Times default to now. */
  produce(count: number, fromUs = Date.now() * 1000, stepUs = 1): NetworkEvent[] {
    const made = this.network.produce(count, fromUs, stepUs)
    this.events.push(...made)
    for (const reader of this.#readers) this.#pump(reader)
    return made
  }

  /** The oldest event still replayed. */
  forgetBefore(seq: number): void {
    this.#floor = seq
  }

  /** Ends every connection as a network does: without a word. */
  cut(): void {
    for (const reader of this.#readers) (reader.raw as Socket).destroy()
  }

  /** A terminal error frame to everyone. */
  fail(name: string): void {
    for (const reader of this.#readers) this.#dismiss(reader, name)
  }

  #upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    raw.on('error', () => {})
    const url = new URL(request.url ?? '/', 'http://localhost')
    const dictionaryId = dictionaries[this.dictionary]!.id
    const refusal = refusalOf(url, { down: this.down, dictionaryId, floor: this.#floor })
    if (refusal) {
      const body = JSON.stringify({ error: refusal.error, message: refusal.message })
      this.refused.push(body)
      const head = `HTTP/1.1 ${refusal.status} Refused\r\ncontent-type: application/json\r\nconnection: close`
      return void raw.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    }
    this.#sockets.handleUpgrade(request, raw, head, (socket) => this.#admit(socket, raw, url.searchParams))
  }

  #admit(socket: WebSocket, raw: Duplex, query: URLSearchParams): void {
    this.accepted.push(query)
    const reader: Reader = { socket, raw, next: this.#tip(), query, sending: false }
    this.#readers.add(reader)
    socket.on('close', () => this.#readers.delete(reader))
    socket.on('error', () => {})
    socket.on('pong', () => this.pongs++)
    socket.on('message', () => socket.close(1008, 'this endpoint is server-push only'))
    const notice = this.#locate(reader, query.get('cursor'))
    if (notice) this.#write(reader, noticeOf('info', notice))
    for (const junk of this.junk) this.#write(reader, Buffer.from(junk))
    this.#pump(reader)
  }

  #tip(): number {
    return (this.events.at(-1)?.seq ?? 0) + 1
  }

  /** Moves a new reader to its cursor; the name of the notice that it gets, if any. */
  #locate(reader: Reader, cursor: string | null): string | null {
    if (cursor === null) return null
    const wanted = Number(cursor)
    if (wanted < 1e15) {
      if (wanted > this.#tip()) return 'FutureCursor'
      reader.next = wanted
      return null
    }
    const kept = this.events.find((event) => event.seq >= this.#floor)
    const found = this.events.find((event) => event.seq >= this.#floor && event.timeUs >= wanted)
    reader.next = found?.seq ?? this.#tip()
    return kept && wanted < kept.timeUs ? 'OutdatedCursor' : null
  }

  /** Sends what a reader has not had, at the pace it reads. */
  async #pump(reader: Reader): Promise<void> {
    if (reader.sending || this.mute) return
    reader.sending = true
    while (reader.next < this.#tip() && reader.socket.readyState === 1) {
      const event = this.events[reader.next - 1]!
      reader.next++
      if (!wants(event, reader.query)) continue
      if (this.#dice(this.options.cutEvery)) return this.#cutMidFrame(reader, event)
      const times = this.#dice(this.options.repeatEvery) ? 2 : 1
      for (let time = 0; time < times; time++) this.#write(reader, this.spoil(frameOf(event), event))
      if (reader.socket.bufferedAmount > highWater && !(await this.#drained(reader))) return
    }
    reader.sending = false
  }

  /** false: it took nothing for too long while far behind, and was told so. */
  async #drained(reader: Reader): Promise<boolean> {
    let left = reader.socket.bufferedAmount
    let since = performance.now()
    while (reader.socket.readyState === 1 && reader.socket.bufferedAmount > highWater / 2) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (reader.socket.bufferedAmount < left) since = performance.now()
      left = reader.socket.bufferedAmount
      const slow = performance.now() - since > this.options.slowMs
      if (slow && this.#tip() - reader.next > this.options.slowLag) {
        this.dismissed++
        this.#dismiss(reader, 'ConsumerTooSlow')
        return false
      }
    }
    return true
  }

  #dice(every: number): boolean {
    return every > 0 && this.#random() < 1 / every
  }

  #write(reader: Reader, frame: Buffer): void {
    const zstd = reader.query.has('zstdDictionary')
    this.sent++
    reader.socket.send(zstd ? packed(frame, this.dictionary) : frame, { binary: zstd })
  }

  #dismiss(reader: Reader, name: string): void {
    this.#write(reader, noticeOf('error', name))
    reader.socket.close(1008)
  }

  /** Header and half of a frame, then nothing: what a lost connection looks like from the other side. */
  #cutMidFrame(reader: Reader, event: NetworkEvent): void {
    const zstd = reader.query.has('zstdDictionary')
    const bytes = zstd ? packed(frameOf(event), this.dictionary) : frameOf(event)
    const head = Buffer.from([zstd ? 0x82 : 0x81, 126, bytes.length >> 8, bytes.length & 255])
    reader.raw.write(Buffer.concat([head, bytes.subarray(0, bytes.length >> 1)]), () =>
      (reader.raw as Socket).destroy(),
    )
  }

  #ping(): void {
    if (this.mute) return
    this.pings++
    for (const { socket } of this.#readers) socket.ping()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.cut()
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

if (import.meta.main) await (await import('./serve.ts')).serve(JetstreamDouble.start)
