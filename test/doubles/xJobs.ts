// X's batch compliance for tests: the two requests to the API (answered by the X double, with its token), and the signed
// addresses where ids go up and what is gone comes down, on a port of their own, without a token.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Refusal, XDouble } from './x.ts'

interface Job {
  id: string
  ids: string[] | null
  /** How often it was asked about. */
  asked: number
}

export class XJobs {
  readonly jobs: Job[] = []
  /** What is gone from X, and why. */
  readonly gone = new Map<string, string>()
  /** Polls until a job is done; what it ends as. */
  polls = 1
  ending: 'complete' | 'failed' | 'expired' = 'complete'
  /** In the place of the answer's lines. */
  lines: ((job: Job) => string[]) | null = null
  /** HTTP status of the upload; cuts the download in the middle. */
  uploadStatus = 200
  cutDownload = false
  /** Authorization headers that came to the signed addresses: none should. */
  readonly strayTokens: string[] = []
  readonly #http: Server

  private constructor() {
    this.#http = createServer(async (request, response) => {
      if (request.headers.authorization) this.strayTokens.push(request.headers.authorization)
      const job = this.jobs.find(({ id }) => request.url?.includes(`/${id}/`))
      let body = ''
      for await (const chunk of request) body += chunk
      if (!job) return response.writeHead(404).end()
      if (request.method === 'PUT') {
        if (this.uploadStatus === 200) job.ids = body.split('\n')
        return response.writeHead(this.uploadStatus).end()
      }
      const text = `${this.#linesOf(job).join('\n')}\n`
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': String(Buffer.byteLength(text)) })
      if (!this.cutDownload) return response.end(text)
      response.write(text.slice(0, text.length >> 1), () => response.socket?.destroy())
    })
  }

  static async start(double: XDouble): Promise<XJobs> {
    const jobs = new XJobs()
    await new Promise<void>((resolve) => jobs.#http.listen(0, '127.0.0.1', resolve))
    const before = double.refuse
    double.refuse = (path) => before(path) ?? jobs.#answer(path)
    return jobs
  }

  #answer(path: string): Refusal | null {
    if (path === 'POST /2/compliance/jobs') {
      const job: Job = { id: String(1_372_966_999_991_541_760n + BigInt(this.jobs.length)), ids: null, asked: 0 }
      this.jobs.push(job)
      return { status: 200, body: { data: this.#told(job, 'created') } }
    }
    const asked = /^GET \/2\/compliance\/jobs\/(\d+)$/.exec(path)
    const job = asked && this.jobs.find(({ id }) => id === asked[1])
    if (!job) return asked ? { status: 404 } : null
    const isDone = job.ids !== null && ++job.asked > this.polls
    return { status: 200, body: { data: this.#told(job, isDone ? this.ending : job.ids ? 'in_progress' : 'created') } }
  }

  #told({ id }: Job, status: string) {
    const base = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/signed/${id}`
    return {
      ...{ id, status, type: 'tweets', resumable: false, created_at: '2026-01-01T00:00:00.000Z' },
      ...{ upload_url: `${base}/up`, upload_expires_at: '2026-01-01T00:15:00.000Z' },
      ...{ download_url: `${base}/down`, download_expires_at: '2026-01-08T00:00:00.000Z' },
    }
  }

  #linesOf(job: Job): string[] {
    if (this.lines) return this.lines(job)
    return (job.ids ?? []).flatMap((id) => {
      const reason = this.gone.get(id)
      if (!reason) return []
      const action = reason === 'scrub_geo' ? 'scrub_geo' : 'delete'
      return [JSON.stringify({ id, action, created_at: '2026-01-01T00:00:00.000Z', reason })]
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}
