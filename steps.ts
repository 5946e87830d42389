// Long computations in steps: a generator that yields where other work of the process may have its turn. Pure code stays
// pure and can be run at once; who has others to serve runs it breathing.
import { setImmediate } from 'node:timers/promises'

export type Steps<Answer> = Generator<void, Answer, void>

export function atOnce<Answer>(steps: Steps<Answer>): Answer {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does something with each of many, and pauses after every few of them. */
export function* inTurn<One>(all: Iterable<One>, few: number, work: (one: One) => void): Steps<void> {
  let left = few
  for (const one of all) {
    work(one)
    if (--left) continue
    left = few
    yield
  }
}

/** The same answer; between two steps timers, sockets and answers of the store are served. */
export async function breathing<Answer>(steps: Steps<Answer>): Promise<Answer> {
  for (;;) {
    await breathe()
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** One for all: of several computations side by side, one step is taken in each round of the event loop, not one of each. */
let last = Promise.resolve()

export function breathe(): Promise<void> {
  last = last.then(() => setImmediate())
  return last
}
