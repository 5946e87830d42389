// A platform's host for the doctor: answers each path as it is told to, with a clock and limits of its own, and remembers who
// asked with which token. A real server on port 0.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Reply {
  status?: number
  body?: unknown
  headers?: Record<string, string>
  /** A stream that does not end. */
  isOpen?: boolean
}

export interface Platform extends AsyncDisposable {
  url: string
  host: string
  /** "GET /path token", in order. */
  asked: string[]
  /** By path, without what stands behind ?; others are 404. */
  replies: Record<string, Reply>
  /** Seconds that its clock is ahead of ours. */
  aheadSeconds: number
}

export async function openPlatform(replies: Record<string, Reply> = {}): Promise<Platform> {
  const server = createServer((request, response) => {
    const {
      status = 200,
      body = '',
      headers = {},
      isOpen,
    } = platform.replies[request.url!.split('?')[0]!] ?? { status: 404 }
    platform.asked.push(
      `${request.method} ${request.url} ${request.headers.authorization?.replace('Bearer ', '') ?? '-'}`,
    )
    const date = new Date(Date.now() + platform.aheadSeconds * 1000).toUTCString()
    response.writeHead(status, { date, ...headers })
    if (isOpen) response.write(':thump\n')
    else response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const platform: Platform = {
    ...{ url: `http://${host}`, host, asked: [], replies, aheadSeconds: 0 },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return platform
}
