// Worker threads that read texts, and what happens when one dies: it is replaced, its work is repeated once, text by
// text, and a text that kills again is given up (null). Work is never lost, never repeated a third time.
// Loads wait for a free worker in order of arrival. An idle worker does not keep the process alive.
import { Worker } from 'node:worker_threads'
import { UserError } from '../errors.ts'
import type { Answer, Graph, Reading, Task } from './worker.ts'

export interface PoolOptions {
  graphs: Graph[]
  threads: number
  /** Told when a worker died; never holds post text. */
  note?: (event: string, fields: object) => void
  /** The code a worker runs (tests put one in between that dies on purpose). */
  code?: URL
}

/** Room for the largest vocabularies; beyond it a worker runs away and is replaced. */
const heapMb = 1_024

class Died extends Error {}

/** One place for a worker; the worker in it may change. */
class Seat {
  readonly #options: PoolOptions
  #worker: Worker | null = null
  /** Settles with its start, or with the load it is on; never rejects. */
  #reading: Promise<unknown> = Promise.resolve()

  constructor(options: PoolOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const worker = new Worker(this.#options.code ?? new URL('./worker.ts', import.meta.url), {
      workerData: { graphs: this.#options.graphs },
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    })
    this.#worker = worker
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = null
    })
    const opening = next(worker).catch(
      (error: Died): Answer => ({ ready: false, reason: `its worker ${error.message}` }),
    )
    this.#reading = opening
    const answer = await opening
    if ('ready' in answer && !answer.ready) {
      await worker.terminate()
      throw new UserError(`the model cannot be opened: ${answer.reason}`, 'check the model folder, or fetch it again')
    }
    worker.unref()
  }

  async read(tasks: Task[]): Promise<(Reading | null)[]> {
    if (!this.#worker) await this.start()
    const worker = this.#worker
    if (!worker) throw new Died('ended right after its start')
    worker.ref()
    try {
      const answer = next(worker)
      this.#reading = answer.catch(() => {})
      worker.postMessage(tasks)
      return ((await answer) as { readings: (Reading | null)[] }).readings
    } finally {
      worker.unref()
    }
  }

  /** Not in the middle of a start or a load: the native code would abort the whole process. */
  async stop(): Promise<void> {
    await this.#reading
    await this.#worker?.terminate()
  }
}

/** The next answer of a worker. Throws Died once it has ended instead. */
function next(worker: Worker): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  let why = 'ended'
  const onError = (error: unknown) => {
    why = error instanceof Error ? error.name : 'failed' // never its message: it could quote a text
  }
  const onExit = () => reject(new Died(why))
  worker.on('message', resolve).on('error', onError).on('exit', onExit)
  return promise.finally(() => worker.off('message', resolve).off('error', onError).off('exit', onExit))
}

export class Pool {
  readonly #options: PoolOptions
  readonly #seats: Seat[]
  readonly #free: Seat[]
  readonly #waiting: ((seat: Seat) => void)[] = []
  #closed = false

  private constructor(options: PoolOptions) {
    this.#options = options
    this.#seats = Array.from({ length: options.threads }, () => new Seat(options))
    this.#free = [...this.#seats]
  }

  /** Throws UserError when the model cannot be opened. */
  static async open(options: PoolOptions): Promise<Pool> {
    const pool = new Pool(options)
    const starts = pool.#seats.map((seat) => seat.start())
    // Not before the last has started: stop() says why.
    await Promise.allSettled(starts)
    try {
      await Promise.all(starts)
      return pool
    } catch (error) {
      await pool[Symbol.asyncDispose]()
      throw error
    }
  }

  get threads(): number {
    return this.#seats.length
  }

  /** One reading per task, in order; null for a text that could not be read. */
  async read(tasks: Task[], again = true): Promise<(Reading | null)[]> {
    const seat = await this.#take()
    try {
      return await seat.read(tasks)
    } catch (error) {
      if (this.#closed) throw closedError()
      this.#options.note?.('model worker replaced', { why: error instanceof Error ? error.message : 'unknown' })
      if (!again) return tasks.map(() => null)
    } finally {
      this.#give(seat)
    }
    return (await Promise.all(tasks.map((task) => this.read([task], false)))).flat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all(this.#seats.map((seat) => seat.stop()))
  }

  async #take(): Promise<Seat> {
    const seat = this.#free.pop() ?? (await new Promise<Seat>((resolve) => this.#waiting.push(resolve)))
    if (!this.#closed) return seat
    this.#give(seat)
    throw closedError()
  }

  #give(seat: Seat): void {
    const first = this.#waiting.shift()
    if (first) first(seat)
    else this.#free.push(seat)
  }
}

function closedError(): Error {
  return new DOMException('the model was closed', 'AbortError')
}
