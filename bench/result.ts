// Keeps what a bench measured in bench/results/NAME.json, with the machine and the command that made it.
// A number without its machine and command is no measurement.
import { mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'

const folder = `${import.meta.dirname}/results`

/** Writes bench/results/`name`.json and says so. */
export function keep(name: string, command: string, result: unknown): void {
  const machine = {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  }
  const kept = { name, date: new Date().toISOString(), machine, node: process.version, command, result }
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(kept, null, 2)}\n`)
  console.log(`kept in bench/results/${name}.json`)
}
