// POST /v1/posts, and the file of a form: NDJSON lines into the log. Every line is answered: accepted (durable) or rejected with a reason.
// Constant memory: lines are appended in slices while the body still arrives, and no line is kept beyond its limit.
import { UserError } from '../errors.ts'
import { dropped, metrics } from '../metrics.ts'
import { parseChange } from '../ndjson.ts'
import type { Change, DropReason } from '../types.ts'
import type { Served } from './served.ts'

const sliceSize = 500
const maxRejections = 1_000
const maxBytes = 256 * 2 ** 20
/** A form with its file, and a little for what is around it. */
const maxFormBytes = 32e6 + 1e4
/** One more than ndjson.ts takes: what is cut here is refused there. */
const maxLine = 2 ** 20 + 1

export interface Taken {
  accepted: number
  rejected: { line: number; reason: DropReason; detail: string }[]
  /** All rejected lines, of which at most 1,000 are listed. */
  rejectedTotal: number
}

/** Takes the lines of a request's body. Resolves once every accepted line is durable. */
export async function takePosts(served: Served, request: Request, source: string): Promise<Taken> {
  if (!request.body) throw new UserError('the body is empty', 'Send one JSON object per line: {"id":"1","text":"..."}')
  const encoding = request.headers.get('content-encoding')
  if (encoding && encoding !== 'identity') {
    throw new UserError(`the body is in ${encoding}`, 'Send it plain, or use undercurrent import FILE.gz.', 415)
  }
  return takeLines(served, request.body, source)
}

/** Takes the file of a form. A form is held whole before it can be read, so it may be far smaller than a body. */
export async function takeFile(served: Served, request: Request, source: string): Promise<Taken> {
  const advice = 'Use npx undercurrent import FILE --topic ID for larger files.'
  // A browser always says how long a form is.
  const bytes = Number(request.headers.get('content-length') ?? Number.NaN)
  if (!(bytes <= maxFormBytes)) throw new UserError('the file is over 32 MB', advice, 413)
  const form = await request.formData().catch(() => null)
  const file = form?.get('file')
  if (!file || typeof file === 'string' || file.size === 0)
    throw new UserError('there is no file, or it is empty', 'Choose a file with one JSON object per line.')
  return takeLines(served, file.stream(), source)
}

async function takeLines({ log, now }: Served, body: ReadableStream<Uint8Array>, source: string): Promise<Taken> {
  const taken: Taken = { accepted: 0, rejected: [], rejectedTotal: 0 }
  let slice: Change[] = []
  const flush = async () => {
    if (slice.length) await log.append({ source, changes: slice, cursor: null })
    taken.accepted += slice.length
    metrics.received.inc({ source }, slice.length)
    slice = []
  }
  let line = 0
  for await (const text of linesOf(body)) {
    line++
    if (!text.trim()) continue
    const receivedAt = new Date(now()).toISOString()
    const parsed = parseChange(text, { defaultSource: source, receivedAt, now: now() })
    if ('change' in parsed) slice.push(parsed.change)
    else {
      dropped(source, parsed.reason)
      taken.rejectedTotal++
      if (taken.rejected.length < maxRejections) taken.rejected.push({ line, ...parsed })
    }
    if (slice.length >= sliceSize) await flush()
  }
  await flush()
  return taken
}

/** The lines of a body. Of a line that is too long only its start is kept. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let rest = ''
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes)
      throw new UserError('the body is over 256 MiB', 'Send it in parts, or use undercurrent import.', 413)
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!.slice(0, maxLine)
    yield* lines
  }
  rest += decoder.decode()
  if (rest) yield rest
}
