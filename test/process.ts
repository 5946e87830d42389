// undercurrent as a user runs it: `node cli.ts ...` in an empty home folder, with nothing of this machine's environment.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { modelFolder } from './analyze/model.ts'

const cli = join(import.meta.dirname, '../cli.ts')

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Up {
  url: string
  child: ChildProcess
  /** What was printed so far, both streams. */
  printed(): string
  /** Resolves with the exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string>
  get<T>(path: string): Promise<T>
  /** Resolves at lag 0. */
  settled(): Promise<void>
}

export interface Home extends Disposable {
  folder: string
  /** Writes a file into the home folder and returns its path. */
  file(name: string, text: string): string
  run(args: string[], stdin?: string): Promise<Ended>
  up(...args: string[]): Promise<Up>
}

/** An empty home. Its undercurrent.yaml names the tests' model and, unless told otherwise, no topic and no source. */
export function newHome(config: object = {}, variables: Record<string, string> = {}): Home {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-home-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const settings = { sources: { bluesky: false }, sample: false, model: { folder: modelFolder }, ...config }
  const place = { HOME: folder, PATH: process.env.PATH, UNDERCURRENT_CONFIG: file('c.yaml', JSON.stringify(settings)) }
  const env = { ...place, ...variables }
  const children = new Set<ChildProcess>()
  const start = (args: string[]) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  return {
    folder,
    file,
    run: (args, stdin = '') => ended(start(args), stdin),
    up: (...args) => upAt(start(['up', '--port', '0', ...args])),
    [Symbol.dispose]: () => {
      for (const child of children) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ended(child: ChildProcess, stdin: string): Promise<Ended> {
  const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)]
  child.stdin!.on('error', () => {}) // a command that reads nothing may close it early
  child.stdin!.end(stdin)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout(), stderr: stderr() }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk
  })
  return () => text
}

async function upAt(child: ChildProcess): Promise<Up> {
  const [out, err] = [collect(child.stdout!), collect(child.stderr!)]
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const found = /^undercurrent is at (\S+)/.exec(line)?.[1]
      if (found) resolve(found)
    })
    void exited.then(([code]) => reject(new Error(`up ended with ${code}: ${err()}`)))
  })
  const get = async <T>(path: string) => (await (await fetch(url + path)).json()) as T
  return {
    url,
    child,
    printed: () => out() + err(),
    end: async (signal) => {
      child.kill(signal)
      const [code, by] = await exited
      return code ?? by!
    },
    get,
    settled: async () => {
      while ((await get<{ lag: number }>('/v1/status')).lag > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    },
  }
}
