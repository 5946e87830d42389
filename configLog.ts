// What the configuration says about the log: how long it keeps, and the Kafka that stands in for the file where several
// machines share it. Secrets come from the environment; the file names no password.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { UserError } from './errors.ts'
import { bytes, duration } from './written.ts'

const broker = z
  .string()
  .regex(/^([\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i, 'is no broker: write a host and a port, like kafka.example:9092')
const kafka = z.strictObject({
  brokers: z.array(broker).min(1),
  prefix: z
    .string()
    .max(200)
    .regex(/^[\w.-]+$/, 'is no prefix: letters, digits, . _ and - only')
    .default('undercurrent'),
  partitions: z.number().int().min(1).max(256).default(12),
  replication: z.number().int().min(1).max(9).default(1),
  /** true, or the path of a PEM file with the authorities to trust. */
  tls: z.union([z.boolean(), z.string().min(1)]).default(false),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string().min(1),
    })
    .nullable()
    .default(null),
  erase: duration.prefault('1h'),
})
const retention = z.strictObject({ age: duration.prefault('48h'), size: bytes.prefault('8 GB') })

export const logSchema = z
  .strictObject({ retention: retention.prefault({}), kafka: kafka.nullable().default(null) })
  .prefault({})
export type LogConfig = z.output<typeof logSchema>
type KafkaConfig = z.output<typeof kafka>

/** For what was misspelt: the settings of each place. */
export const logShapes: Record<string, string[]> = {
  log: ['retention', 'kafka'],
  'log.retention': Object.keys(retention.shape),
  'log.kafka': Object.keys(kafka.shape),
  'log.kafka.sasl': ['mechanism', 'username'],
}

/** The same with the brokers of the environment (host:port, separated by commas), which win. Throws UserError. */
export function withBrokers(log: LogConfig, listed: string | undefined): LogConfig {
  if (!listed) return log
  const brokers = listed.split(',').map((one) => one.trim())
  const checked = kafka.shape.brokers.safeParse(brokers)
  if (checked.success) return { ...log, kafka: log.kafka ? { ...log.kafka, brokers } : kafka.parse({ brokers }) }
  throw new UserError(
    `UNDERCURRENT_KAFKA_BROKERS: "${listed}" ${checked.error.issues[0]!.message}`,
    'Mend it, or unset it.',
  )
}

/** What opens the log on Kafka. Throws UserError where a file or the password is lacking. */
export function kafkaOf({ tls, sasl, erase, ...place }: KafkaConfig, password: string | null) {
  if (sasl && password === null) {
    const hint = 'Set UNDERCURRENT_KAFKA_PASSWORD, or UNDERCURRENT_KAFKA_PASSWORD_FILE to a file that holds it.'
    throw new UserError(`log.kafka.sasl: the password of ${sasl.username} is not set`, hint)
  }
  const user = sasl && { mechanism: sasl.mechanism, user: sasl.username, password: password! }
  const ours = typeof tls === 'string' ? { ca: authorities(tls) } : tls
  return { ...place, eraseMs: erase, tls: ours, ...(user ? { sasl: user } : {}) }
}

function authorities(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const hint = 'Give a PEM file with the authorities to trust, or true for those of this machine.'
    throw new UserError(`log.kafka.tls: cannot read ${path} (${(cause as { code?: string }).code})`, hint)
  }
}
