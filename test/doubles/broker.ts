// A real Kafka broker (test/kafka/pom.xml) on free ports of this machine, in a folder of its own. It needs Java, and Maven
// once for its jars; without them the tests are skipped and say so; where UNDERCURRENT_REQUIRE_KAFKA=1 they fail instead.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
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
  /** Where it keeps its topics. */
  folder: string
  kill(signal?: NodeJS.Signals): Promise<void>
  /** On the same ports and folder. */
  start(): Promise<void>
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

export async function openBroker(): Promise<Broker> {
  fetchJars()
  const folder = mkdtempSync(join(tmpdir(), 'uc-kafka-'))
  const [port, control] = [await freePort(), await freePort()]
  const address = `127.0.0.1:${port}`
  const file = join(folder, 'server.properties')
  writeFileSync(file, properties({ folder, address, control: `127.0.0.1:${control}` }))
  execFileSync('java', [...java, 'kafka.tools.StorageTool', 'format', '--standalone', '-t', id(), '-c', file], {
    stdio: 'ignore',
  })
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
  return {
    address,
    folder: join(folder, 'topics'),
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const java = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`]
/** Never with a hyphen in front: the tool would take it for an option. */
const id = () => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A')

function properties({ folder, address, control }: { folder: string; address: string; control: string }): string {
  const lines = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': control,
    listeners: `PLAINTEXT://${address},CONTROLLER://${control}`,
    'advertised.listeners': `PLAINTEXT://${address},CONTROLLER://${control}`,
    'controller.listener.names': 'CONTROLLER',
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
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
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
