// The configuration: undercurrent.yaml (what to watch), flags, and the environment (secrets and places).
// The only reader of process.env. A mistake is answered with file, line and what to do, never with a stack trace.
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { alertShapes, alertsSchema, type ConfiguredChannel, channelsOf } from './configAlerts.ts'
import { logSchema, logShapes, withBrokers } from './configLog.ts'
import { sourceShapes, sourcesSchema } from './configSources.ts'
import { UserError } from './errors.ts'
import { checkedYaml } from './placed.ts'
import { address, duration, exception } from './written.ts'

/** The checkout: where the bundled model, sample and default configuration are. */
export const home = dirname(fileURLToPath(import.meta.url))

const target = z.union([
  z.string().min(1),
  z.strictObject({ id: z.string().min(1).optional(), text: z.string().min(1).max(300) }),
])
const topic = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1).max(200).optional(),
  query: z.string().min(1),
  targets: z.array(target).max(4).default([]),
  public: z.boolean().default(false),
  tags: z.array(z.string().min(1).max(40)).max(10).default([]),
})
const narrator = z.strictObject({
  url: address('http', 'https'),
  model: z.string().min(1).max(200),
  timeout: duration.prefault('20s'),
})
const most = (otherwise: number) => z.number().positive().default(otherwise)
const limits = z.strictObject({ rate: most(50), burst: most(200), costly_rate: most(5), costly_burst: most(20) })
const server = z.strictObject({
  hosts: z.array(z.string().min(1).toLowerCase()).default([]),
  limits: z.union([limits, z.literal(false)]).prefault({}),
  url: address('https', 'http')
    .transform((url) => new URL(url).origin)
    .nullable()
    .default(null),
  dial: z.strictObject({ allow: z.array(exception).default([]) }).prefault({}),
})
const storeUrl = address('http', 'https').refine(
  (text) => !URL.parse(text)?.username && !URL.parse(text)?.password,
  'holds a user or password: those go into UNDERCURRENT_STORE_USER and UNDERCURRENT_STORE_PASSWORD',
)
const feed = z.strictObject({
  url: address('https', 'http'),
  every: duration.prefault('10m'),
  approve: z.boolean().default(false),
})
const schema = z.strictObject({
  sources: sourcesSchema,
  topics: z.array(topic).default([]),
  ...alertsSchema,
  stories: z.strictObject({ lives: duration.prefault('48h'), feeds: z.array(feed).max(200).default([]) }).prefault({}),
  sample: z.boolean().default(true),
  server: server.prefault({}),
  log: logSchema,
  store: z.strictObject({ url: storeUrl.nullable().default(null) }).prefault({}),
  model: z
    .strictObject({
      folder: z.string().min(1).optional(),
      threads: z.number().int().min(1).max(64).optional(),
      sentiment: z.string().min(1).optional(),
      sentiment_labels: z.record(z.string(), z.string()).optional(),
    })
    .prefault({}),
  narrator: narrator.nullable().default(null),
})

export type FileConfig = z.output<typeof schema>

export interface Config extends FileConfig {
  /** The configuration file that was read; null: none, all defaults. */
  file: string | null
  host: string
  port: number
  dataDir: string
  offline: boolean
  /** From the environment; null: the one kept in the data folder. */
  apiKey: string | null
  /** Of log.kafka.sasl; null: none is set. */
  kafkaPassword: string | null
  storeUser: string
  storePassword: string
  /** The bearer token of X; null: none is set. */
  xToken: string | null
  /** For the chat endpoint; null: it asks for none. */
  narratorKey: string | null
  logLevel: string
  /** Started by npm, which passes no signal on: we end when it does. */
  underNpm: boolean
}

/** What the command line may say; each wins over the environment, which wins over the default. */
export interface Flags {
  port?: string
  data?: string
  config?: string
  host?: string
  'no-sample'?: boolean
  offline?: boolean
  /** Where neither flag nor environment names a port; absent: 4300. */
  usualPort?: string
}

/** Reads everything that is configured. Throws UserError naming the place and the remedy. */
export function readConfig(flags: Flags = {}, env: NodeJS.ProcessEnv = process.env): Config {
  const file = flags.config ?? env.UNDERCURRENT_CONFIG ?? null
  const path = resolve(file ?? resolve(home, 'undercurrent.yaml'))
  const parsed = parseConfig(readText(path, file !== null), path)
  return {
    ...parsed,
    sample: parsed.sample && !flags['no-sample'],
    file: path,
    host: flags.host ?? env.UNDERCURRENT_HOST ?? '127.0.0.1',
    port: portOf(flags.port ?? env.UNDERCURRENT_PORT ?? flags.usualPort ?? '4300'),
    dataDir: resolve(flags.data ?? env.UNDERCURRENT_DATA ?? 'data'),
    offline: flags.offline ?? false,
    apiKey: secret('UNDERCURRENT_API_KEY', env),
    log: withBrokers(parsed.log, env.UNDERCURRENT_KAFKA_BROKERS),
    kafkaPassword: secret('UNDERCURRENT_KAFKA_PASSWORD', env),
    store: { url: storeUrlOf(env.UNDERCURRENT_STORE_URL) ?? parsed.store.url },
    storeUser: env.UNDERCURRENT_STORE_USER ?? 'default',
    storePassword: secret('UNDERCURRENT_STORE_PASSWORD', env) ?? '',
    xToken: secret('UNDERCURRENT_X_TOKEN', env),
    narratorKey: secret('UNDERCURRENT_NARRATOR_KEY', env),
    logLevel: env.UNDERCURRENT_LOG_LEVEL ?? 'info',
    underNpm: env.npm_lifecycle_event !== undefined,
  }
}

function storeUrlOf(given: string | undefined): string | null {
  if (!given) return null
  const checked = storeUrl.safeParse(given)
  if (checked.success) return checked.data
  const { message } = checked.error.issues[0]!
  // Not quoted: it may hold a password.
  throw new UserError(`UNDERCURRENT_STORE_URL ${message}`, 'Mend it, or unset it.')
}

/** A secret from `NAME`, or from the file that `NAME_FILE` names; null when neither is set. */
export function secret(name: string, env: NodeJS.ProcessEnv = process.env): string | null {
  const path = env[`${name}_FILE`]
  if (env[name]) return env[name]
  return path ? readText(path, true).trim() : null
}

/** The channels with their secrets. Only who sends needs those: other commands run without them. */
export const openChannels = ({ channels }: Pick<Config, 'channels'>, env = process.env): ConfiguredChannel[] =>
  channelsOf(channels, (name) => secret(name, env))

/** Parses and checks the text of a configuration file. `path` is for the messages. */
export function parseConfig(text: string, path: string): FileConfig {
  const hint = 'Mend that line and start again; docs/configuration.md lists every setting.'
  return checkedYaml(text, { path, schema, settings, hint })
}

/** For what was misspelt: the settings of each place. */
const settings: Record<string, string[]> = {
  '': Object.keys(schema.shape),
  ...sourceShapes,
  topics: Object.keys(topic.shape),
  ...alertShapes,
  ...logShapes,
  server: Object.keys(server.shape),
  'server.limits': Object.keys(limits.shape),
  'server.dial': ['allow'],
  stories: ['lives', 'feeds'],
  'stories.feeds': Object.keys(feed.shape),
  store: ['url'],
  narrator: Object.keys(narrator.shape),
  model: ['folder', 'threads', 'sentiment', 'sentiment_labels'],
}

function readText(path: string, required: boolean): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (!required && (cause as { code?: string }).code === 'ENOENT') return ''
    throw new UserError(`cannot read ${path}`, 'Check the path and its permissions.')
  }
}

/** Makes the data folder where it is absent. Throws UserError where nothing can be written. */
export function openFolder({ dataDir }: Pick<Config, 'dataDir'>): void {
  try {
    mkdirSync(dataDir, { recursive: true })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const hint = 'Give another folder with --data DIR, or mend its permissions.'
    throw new UserError(`nothing can be kept in ${dataDir} (${(cause as { code?: string }).code})`, hint)
  }
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new UserError(`"${text}" is no port`, 'Give a whole number from 0 (any free port) to 65535.')
}
