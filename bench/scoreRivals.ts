// The comparators of `npm run bench -- score` that are written in Python (bench/rivals.py), in one process that waits
// between rounds. Each line asked is answered by one line; one that ends, or answers anything else, is ended and said.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { UserError } from '../errors.ts'

export interface Round {
  seconds: number
  cpuSeconds: number
  /** Share of the computed tokens that are padding. */
  waste: number
}

export const rivalNames = ['onnx', 'passes', 'pipeline', 'roberta', 'peak'] as const
export type RivalName = (typeof rivalNames)[number]

export interface Rivals extends AsyncDisposable {
  /** Of the libraries they run on. */
  versions: Record<string, string>
  /** Billions of operations of one product of `peak`. */
  operations: number
  run(rival: RivalName, texts: string[], target: string): Promise<Round>
}

/** Throws UserError where Python or one of its packages is not there. */
export async function openRivals(python: string, folder: string): Promise<Rivals> {
  const child = spawn(python, [join(import.meta.dirname, 'rivals.py'), '--model', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.on('error', () => {}) // told by the answer that does not come
  child.stdin.on('error', () => {})
  const closed = once(child, 'close').catch(() => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    try {
      const { value } = await Promise.race([lines.next(), closed.then(() => ({ value: undefined }))])
      return JSON.parse(value ?? '')
    } catch {
      child.kill()
      throw new UserError(
        `${python} could not run bench/rivals.py`,
        'make an environment with training/requirements.txt in it (training/README.md) and name its python',
      )
    }
  }
  const { versions, operations } = await answer()
  return {
    ...{ versions, operations },
    run(rival, texts, target) {
      child.stdin.write(`${JSON.stringify({ rival, texts, target })}\n`)
      return answer()
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await closed
    },
  }
}
