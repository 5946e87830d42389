// Near-copies of many texts, found on a thread of its own: seconds of work that nobody else has to wait for. One thread for
// all who ask, started by the first of them; one after the other.
import { Worker } from 'node:worker_threads'
import { longestCompared, nearCopies } from './copies.ts'

/** So few are found sooner than they are sent. */
const few = 500

interface Waiting {
  resolve: (numbers: Int32Array) => void
  reject: (error: unknown) => void
}
interface Thread {
  worker: Worker
  waiting: Waiting[]
}
let thread: Thread | null = null

/** As nearCopies tells them. Rejects where the thread ended; the next who ask get another one. */
export async function nearCopiesApart(texts: readonly string[]): Promise<Int32Array> {
  if (texts.length <= few) return nearCopies(texts)
  thread ??= start()
  const { worker, waiting } = thread
  return new Promise((resolve, reject) => {
    // It holds the process only while somebody waits.
    worker.ref()
    waiting.push({ resolve, reject })
    worker.postMessage(texts.map((text) => text.slice(0, longestCompared)))
  })
}

function start(): Thread {
  const worker = new Worker(new URL('./apartWorker.ts', import.meta.url))
  const started: Thread = { worker, waiting: [] }
  worker.on('message', (numbers: Int32Array) => {
    started.waiting.shift()!.resolve(numbers)
    if (!started.waiting.length) worker.unref()
  })
  const end = (error: unknown) => {
    if (thread === started) thread = null
    for (const one of started.waiting.splice(0)) one.reject(error)
  }
  worker.on('error', end)
  worker.on('exit', (code) => end(new Error(`the thread that looks for near-copies ended with ${code}`)))
  return started
}
