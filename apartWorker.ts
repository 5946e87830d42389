// The thread of apart.ts: texts in, a number for each out.
import { parentPort } from 'node:worker_threads'
import { nearCopies } from './copies.ts'

parentPort!.on('message', (texts: string[]) => {
  const numbers = nearCopies(texts)
  parentPort!.postMessage(numbers, [numbers.buffer as ArrayBuffer])
})
