// The topics of the log on Kafka, and what the broker does with them by itself.
import type { Retention } from './retention.ts'
import type { TopicShape } from './sending.ts'

interface Shaping {
  prefix: string
  partitions: number
  replication: number
  retention: Retention
  eraseMs: number
}

/**
 * Of each key the last record stays, until it is too old: what a post's delete or edit replaces leaves the broker's files
 * about `eraseMs` later, once its segment is closed and compacted (KIP-354, max.compaction.lag.ms).
 */
export function topicsOf({ prefix, partitions, replication, retention, eraseMs }: Shaping): TopicShape[] {
  const compacted = {
    // An acknowledged change survives the loss of one broker; nothing is taken in while two of three are away.
    'min.insync.replicas': String(Math.max(1, replication - 1)),
    'segment.ms': String(eraseMs),
    'max.compaction.lag.ms': String(eraseMs),
    'min.cleanable.dirty.ratio': '0.1',
    // Our clock says when a change was received, and a clock may be wrong; the broker is no judge of that.
    'message.timestamp.after.max.ms': '9223372036854775807',
    'message.timestamp.before.max.ms': '9223372036854775807',
    'max.message.bytes': '8388608',
    'delete.retention.ms': '86400000',
    'file.delete.delay.ms': String(Math.min(60_000, eraseMs)),
  }
  const changes = {
    ...compacted,
    'cleanup.policy': 'compact,delete',
    'retention.ms': String(retention.hours * 3_600_000),
    'retention.bytes': String(Math.ceil(retention.bytes / partitions)),
  }
  return [
    { topic: `${prefix}.changes`, partitions, replication, settings: changes },
    {
      topic: `${prefix}.settings`,
      partitions: 1,
      replication,
      settings: { ...compacted, 'cleanup.policy': 'compact' },
    },
  ]
}
