// Where a process keeps its local copy of the log: the first of kafka-1, kafka-2, ... in the data folder that no living
// process holds. A copy of something else that lies there is taken away: copies are derived.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hold } from '../held.ts'

export interface Held extends Disposable {
  folder: string
}

/** `name`: what the copy is of. */
export function copyFolder(dir: string, name: string): Held {
  for (let number = 1; ; number++) {
    const place = join(dir, `kafka-${number}`)
    mkdirSync(place, { recursive: true })
    const held = hold(join(place, 'held.lock'))
    if (!held) continue
    const folder = join(place, 'lanes')
    const label = join(place, 'of')
    if (labelIn(label) !== name) rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(label, name)
    return { folder, [Symbol.dispose]: () => held[Symbol.dispose]() }
  }
}

/**
 * Takes away what copies hold that nobody has followed since `before`: a command that is over, an analyzer too many. What
 * is erased everywhere else would stay in them.
 */
export function removeIdle(dir: string, before: number): void {
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    if (!/^kafka-\d+$/.test(name)) continue
    const folder = join(dir, name, 'lanes')
    if (!existsSync(folder) || lastWritten(folder) >= before) continue
    using held = hold(join(dir, name, 'held.lock'))
    if (held) rmSync(folder, { recursive: true, force: true })
  }
}

const lastWritten = (folder: string): number =>
  Math.max(...[folder, ...readdirSync(folder).map((name) => join(folder, name))].map((path) => statSync(path).mtimeMs))

function labelIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // never written, or not to be read: then the copy is made anew
  }
}
