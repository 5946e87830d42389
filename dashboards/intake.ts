// POST /v1/posts: NDJSON lines into the log. Every line is answered: accepted (durable) or rejected with a reason.
// Constant memory: lines are appended in slices while the body still arrives.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { UserError } from '../errors.ts'
import { dropped, metrics } from '../metrics.ts'
import { parseChange } from '../ndjson.ts'
import type { Change, DropReason } from '../types.ts'
import type { Served } from './served.ts'

const sliceSize = 500
const maxRejections = 1_000
const maxBytes = 256 * 2 ** 20

export interface Taken {
  accepted: number
  rejected: { line: number; reason: DropReason; detail: string }[]
  /** All rejected lines, of which at most 1,000 are listed. */
  rejectedTotal: number
}

/** Takes the lines of a request's body. Resolves once every accepted line is durable. */
export async function takePosts({ log, now }: Served, request: Request, source: string): Promise<Taken> {
  if (!request.body) throw new UserError('the body is empty', 'Send one JSON object per line: {"id":"1","text":"..."}')
  const taken: Taken = { accepted: 0, rejected: [], rejectedTotal: 0 }
  let slice: Change[] = []
  const flush = async () => {
    if (slice.length) await log.append({ source, changes: slice, cursor: null })
    taken.accepted += slice.length
    metrics.received.inc({ source }, slice.length)
    slice = []
  }
  let number = 0
  for await (const line of linesOf(request.body as ReadableStream<Uint8Array>)) {
    number++
    if (!line.trim()) continue
    const receivedAt = new Date(now()).toISOString()
    const parsed = parseChange(line, { defaultSource: source, receivedAt, now: now() })
    if ('change' in parsed) slice.push(parsed.change)
    else {
      dropped(source, parsed.reason)
      taken.rejectedTotal++
      if (taken.rejected.length < maxRejections) taken.rejected.push({ line: number, ...parsed })
    }
    if (slice.length >= sliceSize) await flush()
  }
  await flush()
  return taken
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  let bytes = 0
  const counted = Readable.fromWeb(body).on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  for await (const line of createInterface({ input: counted, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (bytes > maxBytes)
      throw new UserError('the body is over 256 MiB', 'Send it in parts, or use undercurrent import.', 413)
    yield line
  }
}
