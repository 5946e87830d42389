// `undercurrent doctor`: checks this machine, the configuration, the parts and every source, and says what to do.
// Changes nothing. Exit code 0 when nothing is wrong, 1 otherwise.
import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import type { Invocation } from '../cli.ts'
import { type Config, type Flags, readConfig } from '../config.ts'
import { kafkaOf } from '../configLog.ts'
import { askRunning, running } from '../daemon.ts'
import { TransientError, UserError } from '../errors.ts'
import type { Status } from '../given.ts'
import { ChatFailure, post } from '../perspectives/endpoint.ts'
import { openModel } from '../pipeline.ts'
import { connect, read } from '../store/connection.ts'
import { type AskedTopic, sourceChecks, topicChecks } from './doctorSources.ts'

interface Finding {
  check: string
  ok: boolean
  detail: string
}

export async function doctor(flags: Flags, { json }: Invocation): Promise<number> {
  const findings: Finding[] = []
  const config = checkConfig(flags, findings)
  const checks: [string, (config: Config) => Promise<string>][] = [
    ['runtime', runtime],
    ['data folder', folder],
    ['model', model],
    ['process', daemon],
  ]
  if (config?.log.kafka) checks.push(['log', kafka])
  if (config?.store.url) checks.push(['store', server])
  if (config?.narrator) checks.push(['narrator', narrator])
  if (config) {
    const sources = [...sourceChecks(config), ...(config.sources.x ? topicChecks(await topicsOf(config)) : [])]
    // Machines of others are slow: all at once.
    const asked = Promise.all(sources.map(([check, work]) => outcome(check, work)))
    for (const [check, work] of checks) findings.push(await outcome(check, () => work(config)))
    findings.push(...(await asked))
  }
  const ok = findings.every((finding) => finding.ok)
  if (json) console.log(JSON.stringify({ ok, findings }))
  else for (const one of findings) console.log(`${one.ok ? 'ok  ' : 'FAIL'}  ${one.check.padEnd(14)}  ${one.detail}`)
  return ok ? 0 : 1
}

function checkConfig(flags: Flags, findings: Finding[]): Config | null {
  try {
    const config = readConfig(flags)
    findings.push({
      check: 'configuration',
      ok: true,
      detail: `${config.file} is valid, ${config.topics.length} topics`,
    })
    return config
  } catch (error) {
    findings.push({ check: 'configuration', ok: false, detail: adviceOn(error) })
    return null
  }
}

async function outcome(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, detail: await work() }
  } catch (error) {
    return { check, ok: false, detail: adviceOn(error) }
  }
}

function adviceOn(error: unknown): string {
  if (error instanceof UserError) return `${error.message}. ${error.hint}`
  return error instanceof Error ? error.message : String(error)
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
  const { lag, sources } = await askRunning<Status>(config, `${url}/v1/status`)
  return [
    `running at ${url}, lag ${lag}`,
    ...sources.map(({ name, state, detail }) => `${name}: ${state}, ${detail}`),
  ].join('; ')
}

/** Those of the process that runs, which may have been made on its page; else those of the configuration. */
async function topicsOf(config: Config): Promise<AskedTopic[]> {
  const url = await running(config)
  if (!url) return config.topics
  try {
    return (await askRunning<{ topics: AskedTopic[] }>(config, `${url}/v1/topics`)).topics
  } catch {
    // What ails it, its own check says.
    return config.topics
  }
}

/** The broker answers, and lets our user in. */
async function kafka({ log, kafkaPassword }: Config): Promise<string> {
  const place = kafkaOf(log.kafka!, kafkaPassword)
  const { connectKafka } = await import('../log/kafkaClient.ts')
  await using _client = await connectKafka(place)
  return `Kafka answers at ${place.brokers.join(', ')}`
}

/** The server answers, and lets our user in. */
async function server({ store, storeUser: user, storePassword: password }: Config): Promise<string> {
  const connection = await connect({ url: store.url!, user, password, timeoutMs: 5_000 })
  try {
    const [found] = await read<{ version: string }>(connection, { query: 'SELECT version() AS version' })
    return `ClickHouse ${found!.version} answers at ${new URL(store.url!).host}`
  } catch (error) {
    if (!(error instanceof TransientError)) throw error
    const hint = 'Start it, or mend store.url, UNDERCURRENT_STORE_USER and UNDERCURRENT_STORE_PASSWORD.'
    throw new UserError(`no ClickHouse server answers at ${new URL(store.url!).host}`, hint)
  } finally {
    await connection.client.close()
  }
}

/** Asks the chat endpoint for one word. */
async function narrator({ narrator: named, narratorKey: key, offline }: Config): Promise<string> {
  if (offline) return 'not asked (--offline)'
  const { url, model, timeout: timeoutMs } = named!
  const ask = { model, messages: [{ role: 'user', content: 'Answer with: yes' }], max_tokens: 4, stream: false }
  try {
    await post(JSON.stringify(ask), { url, model, timeoutMs, key }, new AbortController().signal)
    return `${model} answers at ${new URL(url).host}`
  } catch (error) {
    if (!(error instanceof ChatFailure)) throw error
    const hint = 'Check url, model and UNDERCURRENT_NARRATOR_KEY; until it answers, paragraphs are written by rules.'
    throw new UserError(`${model} at ${new URL(url).host}: ${error.outcome}`, hint)
  }
}
