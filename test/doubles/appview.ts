// The public AppView as far as we ask it: app.bsky.feed.getPosts over real HTTP, with its 400s, rate limits and outages.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Told {
  likes: number
  reposts: number
  labels?: string[]
}

export class AppViewDouble {
  /** What it knows; a post that is not here is left out of every answer. */
  readonly posts = new Map<string, Told>()
  /** The uris of every call, oldest first. */
  readonly calls: string[][] = []
  /** Answers to give instead, first come, first served. */
  readonly refusals: { status: number; headers?: Record<string, string> }[] = []
  readonly #http: Server

  private constructor() {
    this.#http = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const uris = url.searchParams.getAll('uris')
      response.setHeader('content-type', 'application/json')
      const refusal = this.refusals.shift()
      if (refusal || url.pathname !== '/xrpc/app.bsky.feed.getPosts' || uris.length > 25) {
        response.writeHead(refusal?.status ?? 400, refusal?.headers ?? {})
        return response.end('{"error":"InvalidRequest","message":"as told by the double"}')
      }
      this.calls.push(uris)
      response.end(JSON.stringify({ posts: uris.flatMap((uri) => this.#view(uri)) }))
    })
  }

  static async start(): Promise<AppViewDouble> {
    const double = new AppViewDouble()
    await new Promise<void>((resolve) => double.#http.listen(0, '127.0.0.1', resolve))
    return double
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  #view(uri: string): object[] {
    const told = this.posts.get(uri)
    if (!told) return []
    const did = uri.split('/')[2]!
    const time = '2026-11-22T12:00:00.000Z'
    const labels = (told.labels ?? []).map((val) => ({ src: did, uri: `at://${did}`, val, cts: time }))
    const cid = 'bafyreieflx5rcjwadinfayfnsgzn4cqzj3lncfslam4dysr7ms4xa2xmna'
    const record = { $type: 'app.bsky.feed.post', text: 'boats', createdAt: time }
    const author = { did, handle: 'somebody.invalid', labels }
    const { likes: likeCount, reposts: repostCount } = told
    return [{ uri, cid, author, record, likeCount, repostCount, indexedAt: time }]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}
