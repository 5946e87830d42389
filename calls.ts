// Calls between two threads, both ways, over their message port: a promise here for work there, and errors keep their class.
// The only file that knows birpc.
import type { MessagePort, Worker } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { packed, unpacked } from './errors.ts'

type Verbs = Record<string, (...args: never[]) => unknown>
/** What the other thread does, as it is called from here. */
type Called<Theirs> = {
  [Verb in keyof Theirs]: Theirs[Verb] extends (...args: infer Given) => infer Told
    ? (...given: Given) => Promise<Awaited<Told>>
    : never
}

export interface Calls<Theirs> {
  they: Called<Theirs>
  /** Tells without waiting for an answer; in order with the answers. */
  tell(verb: keyof Theirs & string, ...args: unknown[]): void
  /** Rejects what is still waited for, and whatever is called from now on. */
  end(error: Error): void
}

/** `ours`: what the other thread may call. Arguments and answers are cloned. */
export function openCalls<Theirs>(port: MessagePort | Worker, ours: object): Calls<Theirs> {
  const rpc = createBirpc<Verbs, Verbs>(ours as Verbs, {
    post: (message) => port.postMessage(message),
    on: (heard) => port.on('message', heard),
    off: (heard) => port.off('message', heard),
    serialize: (message) => (message.e ? { ...message, e: packed(message.e) } : message),
    deserialize: (message) => (message.e ? { ...message, e: unpacked(message.e) } : message),
    // An answer that cannot be cloned is told as an error; a call that failed is no concern of anybody else's.
    onGeneralError: (_, verb) => verb !== undefined,
    // Every question to the store ends by itself.
    timeout: -1,
  })
  return {
    they: rpc as unknown as Called<Theirs>,
    tell: (verb, ...args) => void rpc.$callEvent(verb, ...(args as never[])),
    end: (error) => rpc.$close(error),
  }
}
