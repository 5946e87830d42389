// One open stream of X: its lines, in order, and how it ended. Every line is told to the meter the moment it is read, and
// nothing is ever paused: bytes under way are money spent, and X hangs up on slow readers. So what waits for a consumer
// is bounded by posts, and one who is slower than that loses the connection (what is missed is then looked up, at the
// consumer's pace). Must never hold more than its limits.
import type { IncomingMessage } from 'node:http'
import type { OpenStream } from './xClient.ts'

export type Ending =
  | 'closed' // by X, after its last whole line: nothing is under way
  | 'broken' // by the network, or in the middle of a line
  | 'stalled' // no byte for too long
  | 'slow' // the consumer took too long
  | 'spent' // the meter said so
  | 'stopped'

export interface ConnectionOptions {
  signal: AbortSignal
  /** Without a byte for this long it is taken for dead. X sends one every 20 s. */
  stallMs: number
  /** Posts kept for a consumer that is busy. */
  mostPosts: number
  /** Told of each line, once read. false: end at once. */
  received: () => boolean
}

const newline = 0x0a
const maxLineBytes = 1024 * 1024

export class XConnection {
  readonly #response: IncomingMessage
  readonly #destroy: () => void
  readonly #options: ConnectionOptions
  #lines: string[] = []
  #rest: Buffer[] = []
  #restBytes = 0
  #ending: Ending | null = null
  #watchdog: NodeJS.Timeout
  #wake: () => void = () => {}
  readonly #abort = () => this.end('stopped')

  constructor({ response, destroy }: OpenStream, options: ConnectionOptions) {
    this.#response = response
    this.#destroy = destroy
    this.#options = options
    this.#watchdog = setTimeout(() => this.end('stalled'), options.stallMs)
    response.on('data', (chunk: Buffer) => this.#push(chunk))
    response.on('end', () => this.#finish())
    response.on('error', () => this.end('broken'))
    response.on('close', () => this.end('broken'))
    options.signal.addEventListener('abort', this.#abort)
    if (options.signal.aborted) this.end('stopped')
  }

  /** How it ended; null while it is open. */
  get ending(): Ending | null {
    return this.#ending
  }

  /** Posts may have been under way when it ended. */
  get isUnsure(): boolean {
    return this.#ending !== 'closed'
  }

  /**
   * The next lines, in order: waits up to `idleMs` for the first, then up to `waitMs` for `limit`. An empty list means
   * that nothing came, or that it ended and all it brought was taken.
   */
  async take({ limit, waitMs, idleMs }: { limit: number; waitMs: number; idleMs: number }): Promise<string[]> {
    if (this.#lines.length === 0) await this.#change(idleMs)
    const until = performance.now() + waitMs
    for (let left = waitMs; this.#lines.length > 0 && this.#wants(limit) && left > 0; left = until - performance.now())
      await this.#change(left)
    return this.#lines.splice(0, limit)
  }

  /** Somebody who waits for lines is wanted elsewhere. */
  wake(): void {
    this.#wake()
  }

  end(ending: Ending): void {
    if (this.#ending !== null) return
    this.#ending = ending
    clearTimeout(this.#watchdog)
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#rest = []
    this.#destroy()
    this.#response.destroy()
    this.#wake()
  }

  #wants(limit: number): boolean {
    return this.#ending === null && this.#lines.length < limit
  }

  #change(ms: number): Promise<void> {
    if (this.#ending !== null || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #push(chunk: Buffer): void {
    if (this.#ending !== null) return
    this.#watchdog.refresh()
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end))
      start = end + 1
      this.#line()
      if (this.#ending !== null) return
    }
    this.#keep(chunk.subarray(start))
    if (this.#restBytes > maxLineBytes) this.end('broken')
  }

  #keep(part: Buffer): void {
    this.#rest.push(part)
    this.#restBytes += part.length
  }

  /** Whole bytes become text, never parts of them. A line with nothing in it says only that X is there. */
  #line(): void {
    const line = Buffer.concat(this.#rest).toString('utf8').trim()
    this.#rest = []
    this.#restBytes = 0
    if (line === '') return
    // Also one that proves to be of no use: it was sent, so it may be billed.
    const goesOn = this.#options.received()
    this.#lines.push(line)
    if (!goesOn) this.end('spent')
    else if (this.#lines.length > this.#options.mostPosts) this.end('slow')
    else if (this.#lines.length === 1 || this.#lines.length % 100 === 0) this.#wake()
  }

  #finish(): void {
    const isWhole = this.#response.complete && this.#restBytes === 0
    this.end(isWhole ? 'closed' : 'broken')
  }
}
