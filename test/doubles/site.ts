// Somebody's web server on port 0, as good or bad as a test wants it: real bytes on a real socket, and it remembers what
// it was sent. A test may also write raw bytes and never end.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  body: string
}

export interface Site extends AsyncDisposable {
  url: string
  port: number
  asked: Asked[]
  /** Connections made to it, requests or not. */
  connections(): number
  /** How it answers from now on. */
  answer(reply: Reply): void
  /** Resolves once it was asked `count` times in all. */
  until(count: number): Promise<Asked[]>
}

export type Reply = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void

export const ok: Reply = (_, response) => void response.end('thanks')
export const status =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (_, response) =>
    void response.writeHead(code, headers).end()

export async function openSite(first: Reply = ok): Promise<Site> {
  let reply = first
  let connections = 0
  const asked: Asked[] = []
  const waiting: { count: number; done: (asked: Asked[]) => void }[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    request.on('error', () => {})
    try {
      for await (const part of request) parts.push(part as Buffer)
    } catch {
      return
    }
    const { method = '', url = '', headers } = request
    const one = { method, path: url, headers, body: Buffer.concat(parts).toString('utf8') }
    asked.push(one)
    reply(one, response, request)
    for (const { count, done } of waiting) if (asked.length >= count) done(asked)
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, asked, connections: () => connections },
    answer: (next) => {
      reply = next
    },
    until: (count) =>
      new Promise((done) => {
        if (asked.length >= count) done(asked)
        else waiting.push({ count, done })
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
