// What kafkajs throws in our terms: a person must mend it, or it may go through later. Told apart by name and type, never by
// text.
import { TransientError, UserError } from '../errors.ts'
import { retry } from '../retry.ts'

const aMinute = { baseMs: 50, capMs: 1_000, attempts: 60 }

/** Runs `work`; what it throws is a UserError or a TransientError. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw mended(cause) ?? new TransientError('the log’s broker does not answer', { cause })
  }
}

/** The same, again and again for a minute: for a process that begins, beside a broker that may have only just come back. */
export async function toldInTime<T>(work: () => Promise<T>): Promise<T> {
  return (await retry(() => told(work), new AbortController().signal, aMinute)) as T
}

/** What a person must mend, if it is that. */
export function mended(error: unknown): UserError | null {
  const names: string[] = []
  for (
    let one = error as { name?: string; type?: string; cause?: unknown } | undefined;
    one;
    one = one.cause as typeof one
  )
    names.push(one.name ?? '', one.type ?? '')
  if (names.includes('KafkaJSSASLAuthenticationError')) {
    const hint = 'Mend log.kafka.sasl and UNDERCURRENT_KAFKA_PASSWORD.'
    return new UserError('the Kafka broker refuses the user or the password', hint, 503)
  }
  if (names.some((name) => name.endsWith('AUTHORIZATION_FAILED'))) {
    const hint =
      'Give our user the right to make, read and write the topics and groups that begin with log.kafka.prefix.'
    return new UserError('the Kafka broker does not let our user do this', hint, 503)
  }
  return null
}
