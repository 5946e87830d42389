// Child processes for benches and chaos runs: the Jetstream double and undercurrent itself, as a user starts them.
// Both end with this process; what they print is read, never guessed after a pause.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What ends with this process. */
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export interface Running {
  child: ChildProcess
  /** What the process said its address is. */
  url: string
}

/** Starts a script of the checkout and waits for the line that holds its address. Throws with stderr when it dies. */
export async function start(args: string[], address: RegExp, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  // Told through a channel of its own: the embedded engine takes whatever waits on stdin for the rows of an INSERT.
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  let errors = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    errors = (errors + chunk).slice(-4_000)
  })
  const lines = createInterface({ input: child.stdout! })
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = address.exec(line)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}: ${errors}`)))
  })
  return { child, url }
}

/** The double, posting `rate` posts a second. */
export function startDouble(flags: Record<string, number | string>): Promise<Running> {
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  return start(['test/doubles/jetstream.ts', ...words], /"url":"(ws:[^"]+)"/)
}

/** undercurrent on a data folder and a configuration file, without the sample. */
export function startUndercurrent(data: string, config: string): Promise<Running> {
  const flags = ['--data', data, '--config', config, '--port', '0', '--no-sample']
  return start(['cli.ts', 'up', ...flags], /^undercurrent is at (\S+)/, { UNDERCURRENT_LOG_LEVEL: 'warn' })
}

export async function kill({ child }: Running, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** GET as JSON. */
export async function get<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
