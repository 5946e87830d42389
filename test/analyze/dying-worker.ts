// The real worker behind a text that kills it: "kill" always, "once FILE" the first time only (FILE then exists).
import { existsSync, writeFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { Task } from '../../analyze/worker.ts'

parentPort!.on('message', (tasks: Task[]) => {
  for (const { text } of tasks) {
    if (/\bkill\b/.test(text)) process.exit(1)
    const [, file] = /^once (\S+)$/.exec(text) ?? []
    if (!file || existsSync(file)) continue
    writeFileSync(file, '')
    throw new Error(`died over ${text}`)
  }
})
await import('../../analyze/worker.ts')
