// One WebSocket to a Jetstream host: raw frames out, in order, under a byte limit. The only file that knows `ws`
// (Node's own client can neither pause nor read the body of a 400). It sends no data frame: the host would hang up.
// It must never hold more than its limit plus what one read of the socket brings.
import WebSocket from 'ws'
import { TransientError } from '../errors.ts'
import { maxFrameBytes } from './jetstream.ts'

export interface RawFrame {
  bytes: Buffer
  binary: boolean
}

/** The host answered the upgrade with an HTTP status. `code` is the XRPC error name of the body, '' without one. */
export class Refused extends TransientError {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, afterMs: number) {
    super(`the host answered ${status} ${code}`.trim(), { afterMs })
    this.name = 'Refused'
    this.status = status
    this.code = code
  }
}

export interface ConnectOptions {
  signal: AbortSignal
  /** Without any frame, pings included, for this long the socket is taken for dead. */
  stallMs: number
  /** Bytes kept for a consumer that is busy; beyond, the socket is paused. */
  bufferBytes: number
}

/** Resolves once the socket is open. Throws Refused or TransientError. */
export async function connect(url: string, options: ConnectOptions): Promise<Connection> {
  const socket = new WebSocket(url, 'xrpc.v1.json', {
    perMessageDeflate: false,
    skipUTF8Validation: true, // a bad frame is dropped and counted by us; ws would end the stream over it
    maxPayload: maxFrameBytes,
    autoPong: false, // ws gives up on a host whose pings piled up while we were paused: see #pong
    handshakeTimeout: Math.min(15_000, options.stallMs),
    followRedirects: true,
    maxRedirects: 3,
  })
  const connection = new Connection(socket, options)
  await opened(socket)
  return connection
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('close', () => reject(new TransientError('the host closed the connection')))
    socket.once('error', (cause) => reject(new TransientError('the host cannot be reached', { cause })))
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = []
      let size = 0
      const refuse = () => {
        const after = Number(response.headers['retry-after'])
        const code = codeOf(Buffer.concat(chunks).toString('utf8'))
        reject(new Refused(response.statusCode ?? 0, code, after > 0 ? after * 1000 : 0))
        response.destroy()
        socket.terminate()
      }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > 16_384) refuse()
      })
      response.once('end', refuse)
      response.once('error', refuse)
      response.setTimeout(5_000, refuse)
    })
  })
}

/** The error name of an XRPC body: never its text, which nobody promised to keep. */
function codeOf(body: string): string {
  try {
    const code: unknown = JSON.parse(body).error
    return typeof code === 'string' && /^[A-Za-z]{1,40}$/.test(code) ? code : ''
  } catch {
    return ''
  }
}

export type Ending = 'closed' | 'stalled'

export class Connection {
  readonly #socket: WebSocket
  readonly #options: ConnectOptions
  #frames: RawFrame[] = []
  #bytes = 0
  #ending: Ending | null = null
  #heardAt = performance.now()
  #watchdog: NodeJS.Timeout | undefined
  #wake: () => void = () => {}
  /** A pong is on its way; the ping to answer once it is out. */
  #isPonging = false
  #pinged: Buffer | null = null
  readonly #abort = () => this.#end('closed')

  constructor(socket: WebSocket, options: ConnectOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (bytes, binary) => this.#push(bytes as Buffer, binary))
    socket.on('ping', (data: Buffer) => this.#pong(data))
    socket.on('error', () => this.#end('closed'))
    socket.on('close', () => this.#end('closed'))
    options.signal.addEventListener('abort', this.#abort)
    if (options.signal.aborted) this.#end('closed')
    else this.#watch(options.stallMs)
  }

  /** Bytes waiting for the consumer. */
  get buffered(): number {
    return this.#bytes
  }

  get paused(): boolean {
    return this.#socket.isPaused
  }

  /** How it ended; null while it is open. */
  get ending(): Ending | null {
    return this.#ending
  }

  /**
   * The next frames, in order: waits for the first one, then up to `waitMs` for `limit`. An empty list means that the
   * connection ended and everything it brought was taken.
   */
  async take(limit: number, waitMs: number): Promise<RawFrame[]> {
    while (this.#frames.length === 0 && this.#ending === null) await this.#change()
    const until = performance.now() + waitMs
    for (let left = waitMs; this.#wants(limit) && left > 0; left = until - performance.now()) await this.#change(left)
    const taken = this.#frames.splice(0, limit)
    for (const frame of taken) this.#bytes -= frame.bytes.length
    if (this.paused && this.#bytes < this.#options.bufferBytes / 2) this.#resume()
    return taken
  }

  /** A paused socket brings nothing more: then there is nothing to wait for. */
  #wants(limit: number): boolean {
    return this.#ending === null && !this.paused && this.#frames.length < limit
  }

  #change(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #push(bytes: Buffer, binary: boolean): void {
    this.#heard()
    this.#frames.push({ bytes, binary })
    this.#bytes += bytes.length
    if (this.#bytes >= this.#options.bufferBytes) this.#socket.pause()
    this.#wake()
  }

  /** The most recent ping alone is owed an answer (RFC 6455, 5.5.3), however many waited in a paused socket. */
  #pong(data: Buffer): void {
    this.#heard()
    this.#pinged = data
    if (this.#isPonging || this.#ending !== null) return
    this.#isPonging = true
    this.#pinged = null
    this.#socket.pong(data, true, () => {
      this.#isPonging = false
      if (this.#pinged) this.#pong(this.#pinged)
    })
  }

  #heard(): void {
    this.#heardAt = performance.now()
  }

  #resume(): void {
    this.#heard()
    this.#socket.resume()
  }

  /** Silence counts only while we listen: a paused socket is our own doing. */
  #watch(ms: number): void {
    this.#watchdog = setTimeout(() => {
      const idle = this.paused ? 0 : performance.now() - this.#heardAt
      if (idle >= this.#options.stallMs) return this.#end('stalled')
      this.#watch(this.#options.stallMs - idle)
    }, ms)
  }

  #end(ending: Ending): void {
    this.#ending ??= ending
    clearTimeout(this.#watchdog)
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#socket.terminate()
    this.#wake()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end('closed')
    return Promise.resolve()
  }
}
