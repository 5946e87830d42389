// TEST ONLY: the HTTP interface of a ClickHouse server on the in-process engine, as @clickhouse/client speaks it, so that
// our side of that path is checked where no server can be had. It is no server: a few statements at a time, no users but one.
// A process of its own: `node test/doubles/clickhouseFront.ts --path DIR [--port N] [--password P]` prints {"url":...} and
// ends with its parent. Every statement has a connection of its own: what was set for one is gone with it.
// /faults is no part of ClickHouse: POST a FaultPlan, GET the FaultCounts.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bound } from '../../store/bind.ts'
import { connect } from '../../store/connection.ts'
import { type FaultCounts, type FaultKind, type FaultPlan, openFaults } from './clickhouseFaults.ts'

/** A server's own limits, where they are narrower than the engine's. */
const maxQuerySize = 262_144
const maxUri = 2 ** 20
const maxField = 128 * 2 ** 10
/** The threads that the engine's calls run on, less one for what else there is. */
const mostAtOnce = 3

interface Asked {
  statement: string
  database: string | null
  settings: Record<string, string | number>
}

/** What a statement came to: its bytes, or the engine's exception. */
type Outcome = { bytes: Buffer } | { code: string; text: string }

const failed = (code: number, text: string, type: string): Outcome => ({
  code: String(code),
  text: `Code: ${code}. DB::Exception: ${text}. (${type}) (version 26.7.1.1 (test front))\n`,
})

// ---------------------------------------------------------------- what was asked

const notSettings = new Set(['query', 'query_id', 'database', 'user', 'password', 'session_id', 'role'])

async function askedOf(request: IncomingMessage, url: URL): Promise<Asked | Outcome> {
  const body = await buffer(request)
  const given = [...url.searchParams]
  if (request.url!.length > maxUri) return failed(0, 'URI is too long', 'HTTP_414')
  if (given.some(([key, value]) => key !== 'query' && value.length > maxField))
    return failed(1000, 'Field value too long', 'POCO_EXCEPTION')
  const text = [url.searchParams.get('query') ?? '', body.toString('utf8')].filter(Boolean).join('\n')
  const bindings = given.filter(([key]) => key.startsWith('param_')).map(([key, value]) => [key.slice(6), value])
  const settings = given
    .filter(([key]) => !notSettings.has(key) && !key.startsWith('param_'))
    .map(([key, value]) => [key, /^\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value] as const)
  // GET only reads. This one comes last, since none can be set behind it.
  const readonly = url.searchParams.get('readonly') ?? (request.method === 'GET' ? '2' : null)
  const others = settings.filter(([key]) => key !== 'readonly')
  const values = { default_format: 'TabSeparated', max_query_size: maxQuerySize, ...Object.fromEntries(others) }
  return {
    statement: bindings.length ? withValues(text, Object.fromEntries(bindings)) : text,
    database: url.searchParams.get('database'),
    settings: readonly === null ? values : { ...values, readonly: Number(readonly) },
  }
}

/** A value travels escaped as in tab-separated text; in a list the escapes belong to the list. */
function withValues(statement: string, given: Record<string, string>): string {
  const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', '0': '\0', b: '\b', f: '\f' }
  const plain = (text: string) => text.replaceAll(/\\(.)/gs, (_, sign: string) => escapes[sign] ?? sign)
  const values = Object.entries(given).map(([name, value]) => {
    const isList = new RegExp(`\\{${name}:Array`).test(statement)
    return [name, isList ? value.replaceAll('\0', '\\0') : plain(value)]
  })
  return bound(statement, Object.fromEntries(values))
}

// ---------------------------------------------------------------- the engine

async function carryOut(path: string, { statement, database, settings }: Asked): Promise<Outcome> {
  const { client } = await connect({ path })
  try {
    if (database !== null) await client.command({ query: `USE \`${database.replaceAll(/[\\`]/g, '\\$&')}\`` })
    const { stream } = await client.exec({ query: statement, clickhouse_settings: settings as never })
    return { bytes: await buffer(stream) }
  } catch (error) {
    const { message, cause } = error as Error
    const text = String((cause as Error | undefined)?.message ?? message)
    const code = /^Code: (\d+)/.exec(text)?.[1]
    return code ? { code, text: `${text}\n` } : failed(1002, text, 'UNKNOWN_EXCEPTION')
  } finally {
    await client.close()
  }
}

// ---------------------------------------------------------------- the wire

const statuses: Record<string, number> = { '60': 404, '62': 400, '81': 404, '516': 403 }

function tell(response: ServerResponse, outcome: Outcome): void {
  response.setHeader('X-ClickHouse-Summary', '{"read_rows":"0","written_rows":"0","elapsed_ns":"0"}')
  if ('bytes' in outcome) return void response.writeHead(200).end(outcome.bytes)
  const headers = { 'X-ClickHouse-Exception-Code': outcome.code, 'Content-Type': 'text/plain; charset=UTF-8' }
  response.writeHead(statuses[outcome.code] ?? 500, headers).end(outcome.text)
}

const halfOf = ({ length }: Buffer) => Math.ceil(length / 2)

/** Writes without a length, so that only the end of the chunks tells whether it was all. */
function tellHalf(response: ServerResponse, bytes: Buffer, then: () => void): void {
  response.writeHead(200)
  response.flushHeaders()
  if (bytes.length) response.write(bytes.subarray(0, halfOf(bytes)), then)
  else setImmediate(then)
}

/** By then whoever gave up has tried again, and more. */
export const laterMs = 300

interface Wire {
  response: ServerResponse
  /** Carries the statement out, in its turn. */
  done(): Promise<Outcome>
}

/** How each fault goes. Resolves with true once it has happened. */
const faulty: Record<FaultKind, (wire: Wire) => Promise<boolean>> = {
  refused500: async ({ response }) => fault(() => response.writeHead(500).end('<html>Internal Server Error</html>')),
  refused503: async ({ response }) => fault(() => response.writeHead(503).end('no upstream')),
  busy: async ({ response }) =>
    fault(() => tell(response, failed(202, 'Too many simultaneous queries', 'TOO_MANY_SIMULTANEOUS_QUERIES'))),
  hung: async ({ response }) => fault(() => response),
  hungLater: async ({ response, done }) =>
    fault(() => response.once('close', () => setTimeout(() => void done(), laterMs))),
  hungDone: async ({ done }) => fault(() => done()),
  cut: async ({ response }) => fault(() => response.destroy()),
  cutDone: async ({ response, done }) => {
    await done()
    return fault(() => response.destroy())
  },
  cutAnswer: async ({ response, done }) => {
    const outcome = await done()
    const bytes = 'bytes' in outcome ? outcome.bytes : Buffer.from(outcome.text)
    return fault(() => tellHalf(response, bytes, () => response.destroy()))
  },
  stalled: async ({ response, done }) => {
    const outcome = await done()
    if (!('bytes' in outcome) || outcome.bytes.length < 2) return tell(response, outcome) ?? false
    return fault(() => tellHalf(response, outcome.bytes, () => {}))
  },
  half: async ({ response, done }) => {
    const outcome = await done()
    if (!('bytes' in outcome) || outcome.bytes.length < 2) return tell(response, outcome) ?? false
    return fault(() => tellHalf(response, outcome.bytes, () => response.end()))
  },
  failedMidway: async ({ response, done }) => {
    const outcome = await done()
    if (!('bytes' in outcome) || outcome.bytes.length < 2) return tell(response, outcome) ?? false
    const { text } = failed(241, 'Memory limit (total) exceeded', 'MEMORY_LIMIT_EXCEEDED') as { text: string }
    return fault(() => tellHalf(response, outcome.bytes, () => response.write(`\n${text}`, () => response.destroy())))
  },
}

function fault(happen: () => unknown): true {
  happen()
  return true
}

/** Lets so many through at a time, in the order they come. */
function openLane(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = most
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}

export interface FrontOptions {
  path: string
  port?: number
  password?: string
}

/** In this process. Tests want `startFront`: the engine opens one folder in a process. */
export async function openFront({ path, port = 0, password = '' }: FrontOptions): Promise<string> {
  const faults = openFaults()
  // The engine goes with its last connection: this one stays.
  await connect({ path })
  const atOnce = openLane(mostAtOnce)
  const inTurn = (asked: Asked): Promise<Outcome> => atOnce(() => carryOut(path, asked))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url!, 'http://front')
    if (url.pathname === '/ping') return response.end('Ok.\n')
    if (url.pathname === '/faults') {
      if (request.method === 'POST') faults.plan(JSON.parse((await buffer(request)).toString()) as FaultPlan)
      return response.end(JSON.stringify(faults.counts()))
    }
    const asked = await askedOf(request, url)
    response.setHeader('X-ClickHouse-Query-Id', url.searchParams.get('query_id') ?? '')
    if (!isKnown(request, url, password))
      return tell(response, failed(516, 'default: Authentication failed', 'AUTHENTICATION_FAILED'))
    if (!('statement' in asked)) return tell(response, asked)
    const kind = faults.of(asked.statement)
    if (kind === null) return tell(response, await inTurn(asked))
    if (await faulty[kind]({ response, done: () => inTurn(asked) })) faults.count(kind)
  }
  const server = createServer({ maxHeaderSize: 2 * maxUri, keepAliveTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch((error) => tell(response, failed(1002, String(error), 'UNKNOWN_EXCEPTION')))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function isKnown({ headers }: IncomingMessage, url: URL, password: string): boolean {
  const [, basic = ''] = /^Basic (.*)/.exec(headers.authorization ?? '') ?? []
  const [, told] = Buffer.from(basic, 'base64').toString().split(/:(.*)/s)
  return (told ?? headers['x-clickhouse-key'] ?? url.searchParams.get('password') ?? '') === password
}

// ---------------------------------------------------------------- as a process

export interface Front extends AsyncDisposable {
  url: string
  child: ChildProcess
  /** Replaces what was planned before. */
  faults(plan: FaultPlan): Promise<FaultCounts>
  counts(): Promise<FaultCounts>
}

/** Starts a front on a folder; ends with this process. Disposing kills it, as a power cut would. */
export async function startFront({ path, port = 0, password = '' }: FrontOptions): Promise<Front> {
  const words = ['--path', path, '--port', String(port), '--password', password]
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...words], { stdio: [...stdio] })
  const exited = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve((JSON.parse(line) as { url: string }).url))
    void exited.then(([code]) => reject(new Error(`the front ended with ${code}`)))
  })
  const counts = async (init?: RequestInit) => (await (await fetch(`${url}/faults`, init)).json()) as FaultCounts
  return {
    ...{ url, child, counts: () => counts() },
    faults: (plan) => counts({ method: 'POST', body: JSON.stringify(plan) }),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { path: text, port: text, password: text } })
  if (!values.path) throw new Error('--path DIR: where the engine keeps its parts')
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && process.exit(0), 250)
  const url = await openFront({ ...values, path: values.path, port: Number(values.port ?? 0) })
  console.log(JSON.stringify({ url }))
}
