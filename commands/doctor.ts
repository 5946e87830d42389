// `undercurrent doctor`: checks this machine, the configuration, the parts and every source, and says what to do.
// Changes nothing. Exit code 0 when nothing is wrong, 1 otherwise.
import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import type { Invocation } from '../cli.ts'
import { type Config, type Flags, readConfig } from '../config.ts'
import { running } from '../daemon.ts'
import { UserError } from '../errors.ts'
import { openModel } from '../pipeline.ts'
import type { Status } from '../types.ts'

interface Finding {
  check: string
  ok: boolean
  detail: string
}

export async function doctor(flags: Flags, { json }: Invocation): Promise<number> {
  const findings: Finding[] = []
  const config = await run(
    findings,
    'configuration',
    async () => readConfig(flags),
    (read) => `${read.file} is valid, ${read.topics.length} topics`,
  )
  await run(findings, 'runtime', runtime, (text) => text)
  if (config) {
    await run(
      findings,
      'data folder',
      async () => folder(config),
      (text) => text,
    )
    await run(
      findings,
      'model',
      () => model(config),
      (text) => text,
    )
    await run(
      findings,
      'process',
      () => daemon(config),
      (text) => text,
    )
    if (config.sources.bluesky) {
      for (const host of config.sources.bluesky.hosts)
        await run(
          findings,
          `bluesky ${new URL(host).host}`,
          () => reach(host, config),
          (text) => text,
        )
    }
  }
  if (json) console.log(JSON.stringify({ ok: findings.every(({ ok }) => ok), findings }))
  else
    for (const { ok, check, detail } of findings) console.log(`${ok ? 'ok  ' : 'FAIL'}  ${check.padEnd(14)}  ${detail}`)
  return findings.every(({ ok }) => ok) ? 0 : 1
}

async function run<T>(
  findings: Finding[],
  check: string,
  work: () => Promise<T>,
  say: (result: T) => string,
): Promise<T | undefined> {
  try {
    const result = await work()
    findings.push({ check, ok: true, detail: say(result) })
    return result
  } catch (error) {
    const { message } = error as Error
    findings.push({ check, ok: false, detail: error instanceof UserError ? `${message}. ${error.hint}` : message })
    return undefined
  }
}

async function runtime(): Promise<string> {
  const major = Number.parseInt(process.versions.node, 10)
  if (major >= 24) return `Node ${process.versions.node}`
  throw new UserError(
    `Node ${process.versions.node} is too old`,
    'Run it through npm (npm start) or npx: that uses the Node 24 in node_modules.',
  )
}

async function folder({ dataDir }: Config): Promise<string> {
  mkdirSync(dataDir, { recursive: true })
  const { bavail, bsize } = statfsSync(dataDir)
  const free = (bavail * bsize) / 1e9
  if (free < 2)
    throw new UserError(`${dataDir} has ${free.toFixed(1)} GB free`, 'Free some space or give --data another disk.')
  return `${dataDir}, ${free.toFixed(0)} GB free${existsSync(`${dataDir}/log.db`) ? '' : ', empty'}`
}

async function model(config: Config): Promise<string> {
  await using opened = await openModel(config)
  return `${opened.id} loads; reads ${opened.labels.languages.join(', ')}`
}

async function daemon(config: Config): Promise<string> {
  const url = await running(config)
  if (!url) return 'not running on this data folder (npm start)'
  const { lag, sources } = (await (await fetch(`${url}/v1/status`)).json()) as Status
  return [
    `running at ${url}, lag ${lag}`,
    ...sources.map(({ name, state, detail }) => `${name}: ${state}, ${detail}`),
  ].join('; ')
}

async function reach(host: string, { offline }: Config): Promise<string> {
  if (offline) return 'not asked (--offline)'
  const url = new URL(host.replace(/^ws/, 'http'))
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    const date = Date.parse(response.headers.get('date') ?? '')
    const skew = Number.isNaN(date) ? 0 : Math.round((Date.now() - date) / 1000)
    if (Math.abs(skew) > 30)
      throw new UserError(`this clock is ${skew} s off`, 'Set the clock (NTP): windows and cursors are times.')
    return `answers (HTTP ${response.status}), clock within ${Math.abs(skew)} s`
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${url.host} does not answer`, 'Check the network or a proxy; --offline works without it.')
  }
}
