// The thread of apart.ts: texts in, a number for each out.
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { nearCopies } from './copies.ts'

// On Linux, whoever waits for an answer comes first; elsewhere it would slow down the whole process.
if (process.platform === 'linux') setPriority(0, 10)

parentPort!.on('message', (texts: string[]) => {
  const numbers = nearCopies(texts)
  parentPort!.postMessage(numbers, [numbers.buffer as ArrayBuffer])
})
