// Looks for bytes in the files of a store as a thief of the disk would: in the files as they are, and in every
// compressed block of them (LZ4 or ZSTD), whatever part, index or projection they belong to.
import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

// A block: 16 bytes of checksum, method, size with this 9-byte header, size unpacked.
const checksumBytes = 16
const headerBytes = 9
const methods = { none: 0x02, lz4: 0x82, zstd: 0x90 }

/** Paths of the files below a folder in which a text, or any of several, can be found. */
export function filesWith(folder: string, texts: string | string[]): string[] {
  const wanted = [texts].flat().map((text) => Buffer.from(text))
  return filesWhere(folder, (bytes) => wanted.some((one) => bytes.includes(one)))
}

/** Paths of the files that are, or hold a block that is, as asked. */
export function filesWhere(folder: string, isWanted: (bytes: Buffer) => boolean): string[] {
  const files = listed(folder).filter((entry) => entry.isFile())
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      try {
        return holds(readFileSync(path), isWanted)
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return false // removed while we looked
        throw error
      }
    })
}

function holds(file: Buffer, isWanted: (bytes: Buffer) => boolean): boolean {
  if (isWanted(file)) return true
  // Blocks of several columns may follow each other, with other bytes between: try to open one at every offset.
  for (let at = 0; at + checksumBytes + headerBytes <= file.length; at++) {
    const block = unpack(file, at + checksumBytes)
    if (block && isWanted(block)) return true
  }
  return false
}

function unpack(file: Buffer, at: number): Buffer | null {
  const method = file[at]!
  if (!Object.values(methods).includes(method)) return null
  const [packed, unpacked] = [file.readUInt32LE(at + 1), file.readUInt32LE(at + 5)]
  if (packed < headerBytes || at + packed > file.length || unpacked > 2 ** 24) return null
  const body = file.subarray(at + headerBytes, at + packed)
  try {
    if (method === methods.zstd) return zstdDecompressSync(body)
    return method === methods.lz4 ? unpackLz4(body, unpacked) : body
  } catch {
    return null // not a block after all
  }
}

function unpackLz4(body: Buffer, size: number): Buffer | null {
  const out = Buffer.alloc(size)
  let [from, to] = [0, 0]
  const length = (nibble: number) => {
    let total = nibble
    if (nibble === 15) for (let byte = 255; byte === 255; total += byte) byte = body[from++] ?? 0
    return total
  }
  while (from < body.length) {
    const token = body[from++]!
    const literals = length(token >> 4)
    body.copy(out, to, from, from + literals)
    from += literals
    to += literals
    if (from >= body.length) break
    const distance = body.readUInt16LE(from)
    from += 2
    if (distance === 0 || distance > to) return null
    for (let left = length(token & 15) + 4; left > 0 && to < size; left--, to++) out[to] = out[to - distance]!
  }
  return to === size ? out : null
}

/** Folders of merges come and go while they are listed: looked at again then. */
function listed(folder: string, tries = 200): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === 0) throw error
    return listed(folder, tries - 1)
  }
}
