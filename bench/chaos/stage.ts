// The processes of a chaos run: which there are, how each is started, told, killed and reached, and what else may go wrong
// there. The driver knows no more than this seam. A process that ends by itself is started again, as a supervisor would, and
// counted; one that keeps ending fails the run.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CrashPoint } from '../../crash.ts'
import { openBroker } from '../../test/doubles/broker.ts'
import { type Front, type FrontOptions, startFront } from '../../test/doubles/clickhouseFront.ts'
import { freePort } from '../../test/doubles/ports.ts'
import { kill, type Running, start } from '../process.ts'

export interface Stage {
  /** Names of the processes that a kill may hit now: up, or ingest, analyze-1 ... and serve. */
  parts(): string[]
  /** Those of them that pass this point. */
  passing(point: CrashPoint): string[]
  /** Where questions are asked now. */
  url(): string
  /** SIGKILL from outside. */
  kill(part: string): Promise<void>
  /** A control line of test/doubles/roled.ts; false where the process is gone. */
  tell(part: string, line: string): boolean
  /** The first of these that has ended by SIGKILL; null when all still run after `withinMs`. */
  died(parts: string[], withinMs: number): Promise<string | null>
  /** Starts what does not run. */
  revive(): Promise<void>
  /** How often a process ended by itself. */
  ended(): Record<string, number>
  /** What else may go wrong here, by name; resolves with false where it did not happen after all. */
  readonly faults: Record<string, (random: () => number) => Promise<boolean>>
  close(): Promise<void>
}

export interface StageOptions {
  folder: string
  /** Of the network's double. */
  network: string
  /** up: one process on the embedded store. sqlite, kafka: a process for each role, on a store behind HTTP. */
  on: 'up' | 'sqlite' | 'kafka'
  model: string
  /** A product broken on purpose (test/doubles/roled.ts). */
  broken?: string
}

const partitions = 4
const mostAnalyzers = 3
const mostEnds = 5

export async function openStage(options: StageOptions): Promise<Stage> {
  const { folder, on } = options
  await using parts = new AsyncDisposableStack()
  const broker = on === 'kafka' ? parts.use(await openBroker()) : null
  const place = { path: join(folder, 'server'), port: await freePort() }
  const front = on === 'up' ? null : await openServer(place)
  if (front) parts.use(front)
  const troupe = new Troupe(options, configure(options, { front: front?.now.url, broker: broker?.address }))
  parts.defer(() => troupe.end())
  await troupe.revive()
  const faults: Stage['faults'] = {}
  if (front) {
    faults.store = (random) => troubled(front.now, random)
    faults['store killed'] = async (random) => {
      await front.restart(random() * 1_000)
      return true
    }
  }
  if (broker) {
    faults.broker = async (random) => {
      await broker.kill('SIGKILL')
      await pause(random() * 1_500)
      await broker.start()
      return true
    }
    faults.rebalance = (random) => troupe.rebalance(random)
  }
  const opened = parts.move()
  return Object.assign(troupe, { faults, close: () => opened.disposeAsync() })
}

/** The store's server. One that ends without being told to has a fault of its own: the run would say nothing of ours. */
async function openServer(place: FrontOptions) {
  const start = async () => {
    const front = await startFront(place)
    front.child.once('exit', (code, signal) => {
      if (!server.isTold) process.stderr.write(`\nthe store's front ended by itself: ${code ?? signal}\n`)
    })
    return front
  }
  const end = async () => {
    server.isTold = true
    await server.now[Symbol.asyncDispose]()
  }
  const server = {
    ...{ now: undefined as unknown as Front, isTold: false },
    restart: async (afterMs: number) => {
      await end()
      await pause(afterMs)
      server.isTold = false
      server.now = await start()
    },
    [Symbol.asyncDispose]: end,
  }
  server.now = await start()
  return server
}

/** For some seconds the store answers some statements with errors, silence or halves. */
async function troubled(front: Front, random: () => number): Promise<boolean> {
  const sum = async () => Object.values((await front.counts()).fired).reduce((all, count) => all + count, 0)
  const before = await sum()
  await front.faults({ share: 0.15, seed: Math.floor(random() * 1e6) })
  for (let turn = 0; turn < 30 && (await sum()) < before + 3; turn++) await pause(200 + random() * 200)
  await front.faults({})
  return (await sum()) > before
}

function configure({ folder, network }: StageOptions, { front, broker }: { front?: string; broker?: string }): string {
  const path = join(folder, 'undercurrent.yaml')
  const kafka = broker && { brokers: [broker], partitions, erase: '2s' }
  const config = {
    sources: { bluesky: { hosts: [network], rewind: '1h', counts_per_hour: 0 } },
    ...(kafka ? { log: { kafka } } : {}),
    ...(front ? { store: { url: front } } : {}),
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

/** The processes of ours. */
class Troupe {
  readonly #options: StageOptions
  readonly #config: string
  readonly #running = new Map<string, Running & { said: string }>()
  readonly #ended: Record<string, number> = {}
  #wanted: string[]

  constructor(options: StageOptions, config: string) {
    this.#options = options
    this.#config = config
    this.#wanted = options.on === 'up' ? ['up'] : ['ingest', 'analyze-1', 'serve']
  }

  parts(): string[] {
    return [...this.#wanted]
  }

  passing(point: CrashPoint): string[] {
    const stage = point.split('.')[0]!
    if (this.#options.on === 'up' || ['log', 'erase'].includes(stage)) return this.parts()
    const role = { ingest: 'ingest', edition: 'serve' }[stage] ?? 'analyze'
    return this.#wanted.filter((part) => part.startsWith(role))
  }

  url(): string {
    return (this.#running.get('serve') ?? this.#running.get('up'))!.url
  }

  async kill(part: string): Promise<void> {
    await kill(this.#running.get(part)!, 'SIGKILL')
  }

  tell(part: string, line: string): boolean {
    const child = this.#running.get(part)?.child
    if (!child || isGone(child) || !child.connected) return false
    return child.send(line, () => {})
  }

  async died(parts: string[], withinMs: number): Promise<string | null> {
    const children = parts.map((part) => ({ part, child: this.#running.get(part)!.child }))
    const stop = new AbortController()
    const { signal } = stop
    const waiting = children.filter(({ child }) => !isGone(child)).map(({ child }) => once(child, 'exit', { signal }))
    if (waiting.length === children.length)
      await Promise.race([...waiting, pause(withinMs, undefined, { signal })]).catch(() => {})
    for (const one of waiting) one.catch(() => {})
    stop.abort()
    return children.find(({ child }) => child.signalCode === 'SIGKILL')?.part ?? null
  }

  async revive(): Promise<void> {
    await Promise.all(this.#wanted.map((part) => this.#start(part)))
  }

  ended(): Record<string, number> {
    return this.#ended
  }

  /** Another analyzer joins, or one leaves as it does when it is told to. */
  async rebalance(random: () => number): Promise<boolean> {
    const analyzers = this.#wanted.filter((part) => part.startsWith('analyze'))
    const isJoining = analyzers.length === 1 || (analyzers.length < mostAnalyzers && random() < 0.5)
    if (isJoining) {
      const free = [1, 2, 3].map((nr) => `analyze-${nr}`).find((part) => !analyzers.includes(part))!
      this.#wanted.splice(1, 0, free)
      await this.revive()
      return true
    }
    const leaving = analyzers[Math.floor(random() * analyzers.length)]!
    this.#wanted = this.#wanted.filter((part) => part !== leaving)
    await kill(this.#running.get(leaving)!, 'SIGTERM')
    this.#running.delete(leaving)
    return true
  }

  async end(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => kill(running, 'SIGKILL')))
  }

  async #start(part: string): Promise<void> {
    const { model, broken, folder } = this.#options
    const before = this.#running.get(part)
    if (before && !isGone(before.child)) return
    if (before && before.child.exitCode !== null) this.#endedByItself(part, before.said)
    const role = part === 'up' ? [] : ['--role', part.split('-')[0]!]
    const words = ['--data', join(folder, 'data'), '--config', this.#config, '--model', model, ...role]
    const script = ['test/doubles/roled.ts', ...words, ...(broken ? ['--broken', broken] : [])]
    for (;;) {
      try {
        const running = { ...(await start(script, /^undercurrent .*is at (\S+)/)), said: '' }
        running.child.stderr?.on('data', (chunk: Buffer) => {
          running.said = (running.said + chunk).slice(-4_000)
        })
        this.#running.set(part, running)
        return
      } catch (error) {
        this.#endedByItself(part, (error as Error).message)
        await pause(500)
      }
    }
  }

  #endedByItself(part: string, said: string): void {
    const name = part.split('-')[0]!
    this.#ended[name] = (this.#ended[name] ?? 0) + 1
    process.stderr.write(`\n${part} ended by itself: ${said.slice(-600)}\n`)
    if (this.#ended[name] > mostEnds) throw new Error(`${part} keeps ending by itself: ${said}`)
  }
}

const isGone = ({ exitCode, signalCode }: Running['child']) => exitCode !== null || signalCode !== null
