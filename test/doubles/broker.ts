// A real Kafka broker (test/kafka/pom.xml) on free ports of this machine, in a folder of its own. It needs Java, and Maven
// once for its jars; without them the tests are skipped and say so; where UNDERCURRENT_REQUIRE_KAFKA=1 they fail instead.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import { withoutNegativeTimers } from '../../log/kafkaTimers.ts'
import { freePort } from './ports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const jars = join(root, 'node_modules/.cache/kafka-4.1.0')
const has = (command: string, flag: string) => spawnSync(command, [flag], { stdio: 'ignore' }).status === 0
const missing = [
  !has('java', '-version') && 'java (default-jre-headless)',
  !existsSync(jars) && !has('mvn', '-version') && 'mvn (maven)',
].filter((name) => name !== false)

/** Whether tests that need a broker have to be left out here. */
export const isWithout = missing.length > 0 && process.env.UNDERCURRENT_REQUIRE_KAFKA !== '1'
if (isWithout) console.warn(`SKIPPED: these tests need a Kafka broker, and this machine lacks ${missing.join(' and ')}`)

export interface Broker extends AsyncDisposable {
  /** host:port */
  address: string
  /** Where it also answers, with TLS and to this user alone; null: not asked for. */
  secure: { address: string; ca: string; user: string; password: string } | null
  /** Where it keeps its topics. */
  folder: string
  kill(signal?: NodeJS.Signals): Promise<void>
  pid(): number
  /** On the same ports and folder. */
  start(): Promise<void>
  /** What the settings of a topic are that are its own; `set` adds to them, as an operator would. */
  settings(topic: string, set?: Record<string, string>): Promise<Record<string, string>>
  /** Removes the topics of a test: hundreds of them keep a broker busy that cleans all ten times a second. */
  drop(prefix: string): Promise<void>
}

/** Fetched once; another process that does so at the same time wins or loses as a whole. */
function fetchJars(): void {
  if (existsSync(jars)) return
  if (missing.length) throw new Error(`UNDERCURRENT_REQUIRE_KAFKA=1, but this machine lacks ${missing.join(' and ')}`)
  const draft = `${jars}.${process.pid}`
  const pom = join(root, 'test/kafka/pom.xml')
  execFileSync('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${draft}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    renameSync(draft, jars)
  } catch {
    rmSync(draft, { recursive: true, force: true })
  }
}

export async function openBroker({ isSecure = false } = {}): Promise<Broker> {
  fetchJars()
  const folder = mkdtempSync(join(tmpdir(), 'uc-kafka-'))
  const [port, control] = [await freePort(), await freePort()]
  const address = `127.0.0.1:${port}`
  const file = join(folder, 'server.properties')
  const secure = isSecure ? securing(folder, `127.0.0.1:${await freePort()}`) : null
  const place = { folder, address, control: `127.0.0.1:${control}` }
  writeFileSync(file, linesOf({ ...properties({ ...place, secure: secure?.address }), ...secure?.properties }))
  const format = ['format', '--standalone', '-t', id(), '-c', file, ...(secure?.format ?? [])]
  execFileSync('java', [...java, 'kafka.tools.StorageTool', ...format], { stdio: ['ignore', 'ignore', 'inherit'] })
  let child: ChildProcess | null = null
  const start = async () => {
    child = spawn('java', [...java, 'kafka.Kafka', file], { stdio: 'ignore' })
    process.once('exit', () => child?.kill('SIGKILL'))
    await answering(port, child)
  }
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  await start()
  await withoutNegativeTimers()
  const admin = new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  return {
    address,
    secure: secure?.told ?? null,
    folder: join(folder, 'topics'),
    pid: () => child!.pid!,
    kill,
    start,
    settings: async (topic, set) => {
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }
      const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false })
      const own = resources[0]!.configEntries.filter(({ configSource }) => (configSource as unknown) === 1)
      const now = Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]))
      if (!set) return now
      const configEntries = Object.entries({ ...now, ...set }).map(([name, value]) => ({ name, value }))
      await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] })
      return { ...now, ...set }
    },
    drop: async (prefix) => {
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`))
      if (topics.length) await admin.deleteTopics({ topics })
    },
    [Symbol.asyncDispose]: async () => {
      await admin.disconnect()
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const java = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`]
/** Never with a hyphen in front: the tool would take it for an option. */
const id = () => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A')

/** A certificate of its own and one user. */
function securing(folder: string, address: string) {
  const [store, pem] = [join(folder, 'keys.p12'), join(folder, 'ca.pem')]
  const secret = ['-storepass', 'changeit', '-keystore', store, '-alias', 'broker']
  const name = ['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost']
  const keytool = (...args: string[]) => execFileSync('keytool', args, { stdio: 'ignore' })
  keytool('-genkeypair', '-keyalg', 'RSA', '-validity', '2', '-storetype', 'PKCS12', ...name, ...secret)
  keytool('-exportcert', '-rfc', '-file', pem, ...secret)
  const [user, password] = ['reader', 'of-many-papers']
  const module = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  return {
    address,
    told: { address, ca: readFileSync(pem, 'utf8'), user, password },
    format: ['--add-scram', `SCRAM-SHA-512=[name=${user},password=${password}]`],
    properties: {
      'ssl.keystore.location': store,
      'ssl.keystore.password': 'changeit',
      'ssl.keystore.type': 'PKCS12',
      'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': module,
    },
  }
}

const linesOf = (lines: Record<string, string>) =>
  Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

interface Placing {
  folder: string
  address: string
  control: string
  secure: string | undefined
}

function properties({ folder, address, control, secure }: Placing): Record<string, string> {
  const places = [`PLAINTEXT://${address}`, ...(secure ? [`SASL_SSL://${secure}`] : [])].join(',')
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': control,
    listeners: `${places},CONTROLLER://${control}`,
    'advertised.listeners': `${places},CONTROLLER://${control}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'log.dirs': join(folder, 'topics'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.backoff.ms': '100',
    'log.retention.check.interval.ms': '500',
    'auto.create.topics.enable': 'false',
  }
}

/** Every name below a folder. */
export const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

async function answering(port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + 60_000
  while (Date.now() < end && child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await pause(50)
  }
  throw new Error('the broker of the tests did not start')
}
