// Where a process keeps its local copy of the log: the first of kafka-1, kafka-2, ... in the data folder that no living
// process holds. A copy of something else that lies there is taken away: copies are derived.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

function labelIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // never written, or not to be read: then the copy is made anew
  }
}
