// The bytes of an import: a file (plain, gzip or zstd, by its name) or standard input, and the cursor that finds the way back.
// A cursor fits the file it was made for, unchanged or grown; for any other file, reading starts anew (which is harmless).
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { constants, createGunzip, createZstdDecompress, type ZstdDecompress } from 'node:zlib'
import { isAbort, UserError } from '../errors.ts'
import type { Place } from './lines.ts'

export interface Input extends AsyncDisposable {
  /** Bytes from an offset (of the unpacked text) on. Ends, without an error, when the signal aborts. */
  chunks(from: number, signal: AbortSignal): AsyncGenerator<Buffer>
  /** Where to go on, if there is anything to go on with; null: from the start. */
  resume(cursor: string | null, plan: string): Promise<{ place: Place; isDone: boolean } | null>
  /** null: this input cannot be found again. */
  cursor(place: Place, state: { plan: string; isDone: boolean }): Promise<string | null>
  percent(byte: number): number | null
}
export type OpenInput = (path: string) => Promise<Input>

interface FileCursor extends Place {
  v: 1
  size: number
  modified: number
  plan: string
  isDone: boolean
  /** Of the bytes at the start and before the place: tells a file that grew from another one. */
  print: string | null
}

export const openInput: OpenInput = async (path) => (path === '-' ? standardInput(process.stdin) : openFile(path))

/** Standard input, or any stream: read once, without a cursor. */
export function standardInput(stream: Readable): Input {
  return {
    chunks: (_, signal) => untilAborted(addAbortSignal(signal, stream), stream),
    resume: async () => null,
    cursor: async () => null,
    percent: () => null,
    [Symbol.asyncDispose]: async () => {},
  }
}

async function openFile(path: string): Promise<Input> {
  const file = await openHandle(path)
  const { size, mtimeMs: modified } = await file.stat()
  const isPacked = /\.(gz|zst)$/i.test(path)
  let packedRead = 0
  const print = (byte: number) => (isPacked ? Promise.resolve(null) : fingerprint(file, byte))
  return {
    chunks: (from, signal) =>
      isPacked ? unpacked(path, { from, signal, onRead: (bytes) => (packedRead = bytes) }) : plain(path, from, signal),
    resume: async (cursor, plan) => {
      const known = cursor === null ? null : (JSON.parse(cursor) as FileCursor)
      if (known?.v !== 1 || known.plan !== plan) return null
      const { byte, line, row, isDone } = known
      const place = { byte, line, row }
      if (known.size === size && known.modified === modified) return { place, isDone }
      const hasGrown = size > known.size && known.print !== null && known.print === (await print(byte))
      return hasGrown ? { place, isDone: false } : null
    },
    cursor: async (place, state) =>
      JSON.stringify({ v: 1, size, modified, ...state, ...place, print: await print(place.byte) } satisfies FileCursor),
    percent: (byte) => (size === 0 ? 100 : Math.min(100, (100 * (isPacked ? packedRead : byte)) / size)),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

async function openHandle(path: string): Promise<FileHandle> {
  try {
    const file = await open(path)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (error) {
    const why = (error as { code?: string }).code === 'ENOENT' ? 'is not there' : 'cannot be opened'
    throw new UserError(`the file ${path} ${why}`, 'give the path of a file, or - for standard input')
  }
  throw new UserError(`${path} is not a file`, 'give the path of a file, or - for standard input')
}

const printBytes = 4_096
/** null where no line ends: what follows later may belong to the line before. */
async function fingerprint(file: FileHandle, byte: number): Promise<string | null> {
  const length = Math.min(printBytes, byte)
  const read = (position: number) => file.read(Buffer.alloc(length), 0, length, position)
  const [first, last] = [await read(0), await read(byte - length)]
  if (last.buffer.at(last.bytesRead - 1) !== 0x0a) return null
  const hash = createHash('sha256').update(String(byte))
  for (const { buffer, bytesRead } of [first, last]) hash.update(buffer.subarray(0, bytesRead))
  return hash.digest('base64url').slice(0, 22)
}

function plain(path: string, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { start: from, signal })
  return untilAborted(stream, stream)
}

interface Unpack {
  from: number
  signal: AbortSignal
  onRead: (bytes: number) => void
}
async function* unpacked(path: string, { from, signal, onRead }: Unpack): AsyncGenerator<Buffer> {
  let before = from
  for await (const chunk of /\.zst$/i.test(path)
    ? unzstd(path, { signal, onRead })
    : gunzip(path, { signal, onRead })) {
    if (chunk.length > before) yield chunk.subarray(before)
    before = Math.max(0, before - chunk.length)
  }
}

async function* gunzip(path: string, { signal, onRead }: Omit<Unpack, 'from'>): AsyncGenerator<Buffer> {
  const packed = createReadStream(path, { signal })
  const unpacking = createGunzip()
  packed.on('error', (error) => unpacking.destroy(error))
  packed.pipe(unpacking)
  for await (const chunk of untilAborted(unpacking, packed)) {
    onRead(packed.bytesRead)
    yield chunk
  }
}

/** Dumps are packed with a window of 2 GiB, which then is what memory they need. Frames follow each other; Node reads one. */
async function* unzstd(path: string, { signal, onRead }: Omit<Unpack, 'from'>): AsyncGenerator<Buffer> {
  for (let start = 0, isMore = true; isMore && !signal.aborted; ) {
    const packed = createReadStream(path, { start, signal })
    const frame = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 31 } })
    feed(packed, frame).catch((error) => frame.destroy(error))
    for await (const chunk of untilAborted(frame, packed)) {
      onRead(start + frame.bytesWritten)
      yield chunk
    }
    start += frame.bytesWritten
    isMore = frame.bytesWritten > 0 && start < (await stat(path)).size
    frame.destroy()
  }
}

/** Up to the end of the frame, and no byte more: then it says exactly how many were its own. */
async function feed(packed: Readable, frame: ZstdDecompress): Promise<void> {
  let offered = 0
  for await (const chunk of packed) {
    offered += chunk.length
    await new Promise<void>((resolve) => frame.write(chunk, () => resolve()))
    if (frame.bytesWritten < offered) return
  }
  frame.end()
}

async function* untilAborted(stream: Readable, source: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch (error) {
    if (isAbort(error)) return
    const isPacking = /^(Z_|ZSTD_error_)/.test(String((error as { code?: string }).code))
    if (!isPacking) throw error
    // What was unpacked before the damage is still in the stream.
    for (let rest = stream.read(); rest !== null; rest = stream.read()) yield rest
    const hint = 'what came before the damage was taken in; fetch the file again, or unpack it first'
    throw new UserError('the packed file is damaged, or not whole', hint)
  } finally {
    source.destroy()
  }
}
