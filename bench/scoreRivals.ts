// The comparators of `npm run bench -- score` that are written in Python (bench/rivals.py), in one process that waits
// between rounds. Each line asked is answered by one line.
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

export interface Rivals extends AsyncDisposable {
  /** Of the libraries they run on. */
  versions: Record<string, string>
  /** Billions of operations of one product of `peak`. */
  operations: number
  run(rival: 'onnx' | 'pipeline' | 'roberta' | 'peak', texts: string[], target: string): Promise<Round>
}

/** Throws UserError where Python or one of its packages is not there. */
export async function openRivals(python: string, folder: string): Promise<Rivals> {
  const child = spawn(python, [join(import.meta.dirname, 'rivals.py'), '--model', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const gone = once(child, 'error').then(([error]) => Promise.reject(error))
  const answer = async () => {
    const line = await Promise.race([lines.next(), gone]).catch(() => ({ done: true, value: '' }))
    if (line.done)
      throw new UserError(
        `${python} could not run bench/rivals.py`,
        'make an environment with training/requirements.txt in it (training/README.md) and name its python',
      )
    return JSON.parse(line.value)
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
      await once(child, 'close')
    },
  }
}
