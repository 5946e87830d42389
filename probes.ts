// What a process without pages answers: whether it lives, whether it is ready, and its metrics. Beyond loopback the
// metrics want the key, as where pages are served. Never answers anything else.
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UserError } from './errors.ts'
import { exposition } from './metrics.ts'

export interface Probes extends AsyncDisposable {
  url: string
}

/** Listens until disposed. Throws UserError when the address cannot be had. */
export async function listenProbes({ host, port, key }: { host: string; port: number; key: string }): Promise<Probes> {
  const isOpen = ['127.0.0.1', '::1', 'localhost'].includes(host)
  const server = createServer(async ({ url, method, headers }, response) => {
    const tell = (status: number, type: string, text: string) =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
    if (method !== 'GET') return tell(405, 'text/plain', 'GET only\n')
    if (url === '/healthz') return tell(200, 'application/json', JSON.stringify({ ok: true, pid: process.pid }))
    if (url === '/readyz') return tell(200, 'application/json', JSON.stringify({ ready: true }))
    if (url !== '/metrics') return tell(404, 'text/plain', 'There are /healthz, /readyz and /metrics\n')
    if (!isOpen && !isSame(headers.authorization ?? '', `Bearer ${key}`)) return tell(401, 'text/plain', 'The key\n')
    tell(200, 'text/plain; version=0.0.4', await exposition())
  })
  await new Promise<void>((resolve, reject) => {
    const hint = 'Give another: --port N (0: any free).'
    server.once('error', () => reject(new UserError(`cannot listen on ${host}:${port}`, hint)))
    server.listen(port, host, resolve)
  })
  const { address, family, port: bound } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const isSame = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))
