// Starts the thread in front (frontWorker.ts) and ends it. It takes the address people ask at; the server behind it listens
// on a socket file of its own, in the data folder, where nobody else gets in.

import { randomBytes } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

export interface Front extends AsyncDisposable {
  address: AddressInfo
}

/** A place for the socket: one left behind by a killed process is taken away. Paths of sockets are short by nature. */
export function socketIn(folder: string): string {
  const own = join(folder, 'front.sock')
  const path =
    Buffer.byteLength(own) < 100 ? own : join(tmpdir(), `undercurrent-${randomBytes(8).toString('hex')}.sock`)
  rmSync(path, { force: true })
  return path
}

/** Only we may speak to it. */
export const closeOff = (socket: string): void => chmodSync(socket, 0o600)

/** Resolves once it listens. Rejects with what the socket said where the address cannot be had. */
export async function openFront(given: { host: string; port: number; socket: string }): Promise<Front> {
  const worker = new Worker(new URL('./frontWorker.ts', import.meta.url), { workerData: given })
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const first = await new Promise<{ address: AddressInfo } | { error: { code: string; message: string } }>(
    (resolve, reject) => worker.once('message', resolve).once('error', reject),
  )
  if ('error' in first) {
    await worker.terminate()
    throw Object.assign(new Error(first.error.message), { code: first.error.code })
  }
  // Nobody would take connections any more: better to end and be started again.
  worker.on('error', (error) => {
    throw error
  })
  return {
    address: first.address,
    [Symbol.asyncDispose]: async () => {
      worker.postMessage('end')
      await ended
      rmSync(given.socket, { force: true })
    },
  }
}
