// The keys behind every hash the store keeps, in one 0600 file. The tombstone key never changes (tombstones must match
// for ever); author keys rotate, so that nobody's posts can be linked for longer than a key lasts. Old author keys are
// held, because a withdrawal must find what was hashed with them. Losing the file would un-delete posts: never remake it
// beside a store that has one (openStore checks the fingerprint).
import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { CorruptionError } from '../errors.ts'
import { holdWaiting } from '../held.ts'

export const rotateDays = 90

export interface Keys {
  /** Never rotates: for the tombstones of log and store. */
  readonly tombstone: Buffer
  /** When each author key began. Authors counted across one of these times are counted twice. */
  readonly turns: string[]
  /** Makes a new author key durable when the newest is too old. Call before hashing authors. */
  turn(): void
  /** Names of the keys' owner: differs when the file was remade. */
  fingerprint(): string
  post(source: string, id: string): string
  /** The key of an audit draw. */
  draw(seed: string): string
  account(source: string, author: string): string
  /** Under the newest key. */
  author(source: string, author: string): string
  /** Under every key held. */
  authors(source: string, author: string): string[]
}

interface KeyFile {
  tombstone: string
  authors: { since: string; key: string }[]
}

/** Loads the keys, or makes them. Several processes may open one file; the first to make it wins. */
export function openKeys(path: string, now: () => number = Date.now): Keys {
  const shared = new Shared(path, now)
  const tombstone = Buffer.from(shared.file.tombstone, 'hex')
  // As key objects: given bytes, createHmac spends five times as long on the key as on the name, four times a post.
  const fixed = createSecretKey(tombstone)
  const hash = (kind: string, name: string[], key = fixed) => uuidOf(kind, name, key)
  return {
    tombstone,
    get turns() {
      shared.look()
      return shared.file.authors.map(({ since }) => since)
    },
    turn: () => shared.turn(),
    fingerprint: () => hash('fingerprint', []),
    post: (source, id) => hash('post', [source, id]),
    draw: (seed) => hash('draw', [seed]),
    account: (source, author) => hash('account', [source, author]),
    author: (source, author) => hash('author', [source, author], shared.held.at(-1)!),
    authors: (source, author) => {
      shared.look()
      return shared.held.map((key) => hash('author', [source, author], key))
    },
  }
}

/** The file as this process knows it, and how it learns what another made of it. */
class Shared {
  readonly #path: string
  readonly #now: () => number
  #stamp: string
  file: KeyFile
  held: KeyObject[]

  constructor(path: string, now: () => number) {
    this.#path = path
    this.#now = now
    this.file = load(path) ?? make(path, now)
    this.held = authorKeys(this.file)
    this.#stamp = '' // before the first look: the file may have been replaced since it was loaded
  }

  /** Another process may have turned: its key is the newest, and a withdrawal must find what was hashed with it. */
  look(): void {
    const stamp = stampOf(this.#path)
    if (stamp === this.#stamp) return
    const found = load(this.#path)
    if (!found) return // gone: what we hold still stands
    if (found.tombstone !== this.file.tombstone)
      throw new CorruptionError(`${this.#path} was replaced by other keys while in use; restore it from a backup`)
    this.file = found
    this.held = authorKeys(found)
    this.#stamp = stamp
  }

  /** One process turns, the others take its key: two keys for one span would count its authors twice. */
  turn(): void {
    this.look()
    if (!this.#isOld()) return
    using _ = holdWaiting(`${this.#path}.lock`)
    this.look() // whoever held it before may have turned
    if (!this.#isOld()) return
    const turned = { ...this.file, authors: [...this.file.authors, authorKey(this.#now)] }
    renameSync(write(this.#path, turned), this.#path)
    syncFolder(this.#path)
    this.look()
  }

  #isOld(): boolean {
    return this.#now() - Date.parse(this.file.authors.at(-1)!.since) >= rotateDays * 86_400_000
  }
}

/** Another file, or '' where there is none: the file is only ever replaced as a whole. */
function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found ? `${found.ino}:${found.mtimeNs}:${found.size}` : ''
}

const authorKeys = ({ authors }: KeyFile) => authors.map(({ key }) => createSecretKey(Buffer.from(key, 'hex')))

/** 128 bits of a keyed hash, written as a UUID. Lengths keep ('ab', 'c') and ('a', 'bc') apart. */
function uuidOf(kind: string, name: string[], key: KeyObject): string {
  const parts = name.map((part) => `\0${Buffer.byteLength(part)}\0${part}`)
  const hex = createHmac('sha256', key)
    .update(`${kind}${parts.join('')}`)
    .digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

function load(path: string): KeyFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const file = JSON.parse(text) as KeyFile
    const keys = [file.tombstone, ...file.authors.map(({ key }) => key)]
    const times = file.authors.map(({ since }) => Date.parse(since))
    const whole = keys.every((key) => /^[0-9a-f]{64}$/.test(key)) && times.length > 0 && !times.some(Number.isNaN)
    if (whole) return file
  } catch {
    // falls through: what does not parse is as broken as what parses to something else
  }
  throw new CorruptionError(`${path} does not hold the keys we wrote; restore it from a backup`)
}

function make(path: string, now: () => number): KeyFile {
  const file: KeyFile = { tombstone: randomBytes(32).toString('hex'), authors: [authorKey(now)] }
  const draft = write(path, file)
  try {
    linkSync(draft, path) // unlike rename, fails when another process was first
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    return load(path)!
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(path)
  return file
}

const authorKey = (now: () => number) => ({
  since: new Date(now()).toISOString(),
  key: randomBytes(32).toString('hex'),
})

/** Writes a durable draft beside the file and returns its path. */
function write(path: string, file: KeyFile): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  const handle = openSync(draft, 'wx', 0o600)
  writeSync(handle, `${JSON.stringify(file, null, 2)}\n`)
  fsyncSync(handle)
  closeSync(handle)
  return draft
}

function syncFolder(path: string): void {
  const handle = openSync(dirname(path), 'r')
  fsyncSync(handle)
  closeSync(handle)
}
