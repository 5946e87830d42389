// The roles as docker-compose.yml starts them, without containers: its commands, its environment with places of this machine put
// in, its health checks. Beneath them a real broker and the tests' front for ClickHouse. One post goes all the way.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { modelFolder } from './analyze/model.ts'
import { eventually } from './contract/changes.ts'
import { type Broker, isWithout, openBroker } from './doubles/broker.ts'
import { type Front, startFront } from './doubles/clickhouseFront.ts'
import { freePort } from './doubles/ports.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
interface Service {
  command: string[]
  environment: Record<string, string>
  healthcheck: { test: string[] }
  deploy: { resources: { limits: { memory: string } } }
}
const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }
const dockerfile = read('Dockerfile')
const ofImage = Object.fromEntries(
  [...dockerfile.matchAll(/(UNDERCURRENT_\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
)
const roles = ['analyze', 'serve', 'ingest'] as const
const secrets = { 'api-key': 'key of the test', 'clickhouse-password': 'password of the test' }

describe.skipIf(isWithout)('the roles of docker-compose.yml, on a broker and a front', () => {
  const folder = mkdtempSync(join(tmpdir(), 'uc-compose-'))
  const children = new Map<string, ChildProcess>()
  const ports = new Map<string, number>()
  const printed = new Map<string, string>()
  let broker: Broker
  let front: Front

  /** What compose and the image say, with the places of this machine in the place of the containers'. */
  function environmentOf(role: string): Record<string, string> {
    const told = JSON.stringify({ ...ofImage, ...services[role]!.environment })
      .replaceAll('kafka:9092', broker.address)
      .replaceAll('http://clickhouse:8123', front.url)
      .replaceAll('/run/secrets', folder)
      .replaceAll('/var/lib/undercurrent', join(folder, 'data'))
    return {
      ...JSON.parse(told),
      UNDERCURRENT_PORT: String(ports.get(role)),
      UNDERCURRENT_CONFIG: join(folder, 'c.yaml'),
    }
  }

  function start(role: string): void {
    const { HOME = folder, PATH = '' } = process.env
    const env = { HOME, PATH, ...environmentOf(role) }
    const child = spawn(process.execPath, [join(root, 'cli.ts'), ...services[role]!.command], { cwd: folder, env })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => printed.set(role, `${printed.get(role) ?? ''}${text}`))
    children.set(role, child)
  }

  /** The command by which Docker would ask. */
  function isWell(role: string): boolean {
    const [, , flag, script] = services[role]!.healthcheck.test
    const usual = /127\.0\.0\.1:(\d+)/.exec(script!)![1]!
    return spawnSync(process.execPath, [flag!, script!.replace(usual, String(ports.get(role)))]).status === 0
  }

  async function well(role: string): Promise<void> {
    await eventually(async () => {
      const { exitCode } = children.get(role)!
      if (exitCode !== null) throw new Error(`${role} ended with ${exitCode}: ${printed.get(role)}`)
      return isWell(role)
    }, 60_000)
  }

  const ask = (role: string, path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${ports.get(role)}${path}`, init)
  const authorization = `Bearer ${secrets['api-key']}`

  beforeAll(async () => {
    for (const [name, secret] of Object.entries(secrets)) writeFileSync(join(folder, name), `${secret}\n`)
    const topics = [{ id: 'rail', query: 'train' }]
    const log = { kafka: { brokers: ['kafka:9092'], partitions: 2 } }
    writeFileSync(
      join(folder, 'c.yaml'),
      JSON.stringify({ sources: { bluesky: false }, model: { folder: modelFolder }, topics, log }),
    )
    broker = await openBroker()
    front = await startFront({ path: join(folder, 'store'), password: secrets['clickhouse-password'] })
    for (const role of roles) ports.set(role, await freePort())
    for (const role of roles) start(role)
    for (const role of roles) await well(role)
  }, 180_000)

  afterAll(async () => {
    for (const child of children.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await front[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a post that is sent to one is scored by the other, and shown', async () => {
    const post = { id: '1', text: 'I love the night train', author: 'ada', at: new Date().toISOString() }
    const headers = { authorization, 'content-type': 'application/x-ndjson' }
    const sent = await ask('serve', '/v1/posts', { method: 'POST', headers, body: JSON.stringify(post) })
    expect(await sent.json()).toMatchObject({ accepted: 1, rejected: [] })
    await eventually(async () => {
      const { topics } = (await (await ask('serve', '/v1/topics', { headers })).json()) as {
        topics: { id: string; posts: number }[]
      }
      return topics.find(({ id }) => id === 'rail')?.posts === 1
    }, 60_000)
  }, 90_000)

  test('each tells its metrics to who has the key of the secret, asked by address as Prometheus asks', async () => {
    for (const role of roles) {
      expect((await ask(role, '/metrics')).status, role).toBe(401)
      const told = await ask(role, '/metrics', { headers: { authorization } })
      expect(told.status, role).toBe(200)
      expect(await told.text(), role).toContain('undercurrent_reader_lag')
    }
  })

  test('serve’s health check keeps the lag up to date', async () => {
    expect(isWell('serve')).toBe(true)
    const told = await (await ask('serve', '/metrics', { headers: { authorization } })).text()
    expect(told).toMatch(/^undercurrent_reader_lag\{reader="analyze"\} \d+$/m)
  })

  test('each stays well below its limit of memory', async () => {
    for (const role of roles) {
      const told = await (await ask(role, '/metrics', { headers: { authorization } })).text()
      const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(told)![1])
      const [, size, unit] = /^(\d+)([MG])$/.exec(services[role]!.deploy.resources.limits.memory)!
      expect(bytes, role).toBeLessThan((Number(size) * (unit === 'G' ? 2 ** 30 : 2 ** 20)) / 1.5)
    }
  })

  test('each ends at once when it is stopped, well within its grace', async () => {
    for (const role of roles) {
      const child = children.get(role)!
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      expect(code, `${role}: ${printed.get(role)}`).toBe(0)
    }
  }, 30_000)
})
