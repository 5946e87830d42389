// POST /v1/posts: NDJSON lines into the log; and the file of a form. Every line is answered: accepted (durable) or rejected with a reason.
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

/** Of a CSV file, where its columns have other names. */
export const columnNames = ['text', 'id', 'author', 'at', 'lang'] as const

export interface TakenFile extends Taken {
  /** Why nothing further could be read. */
  broken: UserError | null
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
export async function takeFile({ log, readFile }: Served, request: Request): Promise<TakenFile> {
  const advice = 'Use npx undercurrent import FILE --topic ID for larger files.'
  // A browser always says how long a form is.
  const bytes = Number(request.headers.get('content-length') ?? Number.NaN)
  if (!(bytes <= maxFormBytes)) throw new UserError('the file is over 32 MB', advice, 413)
  const form = await request.formData().catch(() => null)
  const file = form?.get('file')
  if (!file || typeof file === 'string' || file.size === 0)
    throw new UserError('there is no file, or it is empty', 'Choose a file of posts, NDJSON or CSV.')
  const map = Object.fromEntries(
    columnNames.flatMap((name) => {
      const column = form!.get(`column_${name}`)
      return typeof column === 'string' && column.trim() ? [[name, column.trim()]] : []
    }),
  )
  const reading = readFile({ name: file.name, bytes: file.stream(), map })
  const taken = (broken: UserError | null): TakenFile => {
    const { accepted, rejected, errors } = reading.report()
    return { accepted, rejected: errors, rejectedTotal: rejected, broken }
  }
  try {
    for await (const batch of reading.batches) {
      await log.append(batch)
      metrics.received.inc({ source: batch.source }, batch.changes.length)
    }
  } catch (error) {
    if (error instanceof UserError && reading.report().accepted) return taken(error)
    throw error
  }
  return taken(null)
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
