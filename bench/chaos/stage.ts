// The processes of a chaos run: which there are, how each is started, told, killed and reached. The driver knows no more
// than this seam, so that roles and another log are other stages. Today: one process on the embedded log.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { kill, type Running, start } from '../process.ts'

export interface Stage {
  /** Names of the processes that a kill may hit. */
  readonly roles: string[]
  /** Where questions are asked now. */
  url(): string
  start(role: string): Promise<void>
  /** SIGKILL from outside. */
  kill(role: string): Promise<void>
  /** A control line of test/doubles/roled.ts; false where the process is gone. */
  tell(role: string, line: string): boolean
  /** True once the process has ended by SIGKILL; false when it still runs after `withinMs`. */
  died(role: string, withinMs: number): Promise<boolean>
  close(): Promise<void>
}

export interface StageOptions {
  data: string
  config: string
  model: string
  /** A product broken on purpose (test/doubles/roled.ts). */
  broken?: string
}

/** `up` as one process. */
export async function oneProcess(options: StageOptions): Promise<Stage> {
  const { data, config, model, broken } = options
  const words = ['--data', data, '--config', config, '--model', model, ...(broken ? ['--broken', broken] : [])]
  let running: Running
  let said = ''
  const stage: Stage = {
    roles: ['up'],
    url: () => running.url,
    start: async () => {
      running = await start(['test/doubles/roled.ts', ...words], /^undercurrent is at (\S+)/)
      said = ''
      running.child.stderr?.on('data', (chunk: Buffer) => {
        said = (said + chunk).slice(-4_000)
      })
    },
    kill: () => kill(running, 'SIGKILL'),
    tell: (_, line) => {
      const { child } = running
      if (child.exitCode !== null || child.signalCode !== null || !child.connected) return false
      return child.send(line, () => {})
    },
    died: async (_, withinMs) => {
      const { child } = running
      if (child.signalCode === null && child.exitCode === null)
        await Promise.race([once(child, 'exit'), pause(withinMs, undefined, { ref: false })])
      if (child.exitCode !== null) throw new Error(`the process ended by itself with ${child.exitCode}: ${said}`)
      return child.signalCode === 'SIGKILL'
    },
    close: () => kill(running, 'SIGKILL'),
  }
  await stage.start('up')
  return stage
}
