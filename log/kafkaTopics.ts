// Makes our topics on the broker, and keeps their settings what the configuration says.
import { told } from './kafkaErrors.ts'
import type { TopicShape } from './sending.ts'

interface Setting {
  name: string
  value: string
}
interface Resource {
  type: number
  name: string
}
/** What is asked of the client. */
export interface Topics {
  listTopics(): Promise<string[]>
  createTopics(asked: {
    waitForLeaders: boolean
    topics: { topic: string; numPartitions: number; replicationFactor: number; configEntries: Setting[] }[]
  }): Promise<boolean>
  describeConfigs(asked: {
    includeSynonyms: boolean
    resources: (Resource & { configNames: string[] })[]
  }): Promise<{ resources: { configEntries: { configName: string; configValue: string }[] }[] }>
  alterConfigs(asked: {
    validateOnly: boolean
    resources: (Resource & { configEntries: Setting[] })[]
  }): Promise<unknown>
}

/** Topics that are absent are made; the others get these settings where they differ. */
export async function ensureTopics(admin: Topics, shapes: TopicShape[]): Promise<void> {
  const known = new Set(await told(() => admin.listTopics()))
  const absent = shapes.filter(({ topic }) => !known.has(topic))
  const topics = absent.map(({ topic, partitions, replication, settings }) => ({
    ...{ topic, numPartitions: partitions, replicationFactor: replication },
    configEntries: entriesOf(settings),
  }))
  // False: another process was first.
  if (topics.length) await told(() => admin.createTopics({ topics, waitForLeaders: true }))
  for (const shape of shapes) if (known.has(shape.topic)) await configure(admin, shape)
}

async function configure(admin: Topics, { topic, settings }: TopicShape): Promise<void> {
  const resource = { type: topicType, name: topic }
  const asked = { resources: [{ ...resource, configNames: Object.keys(settings) }], includeSynonyms: false }
  const { resources } = await told(() => admin.describeConfigs(asked))
  const now = new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]))
  if (Object.entries(settings).every(([name, value]) => now.get(name) === value)) return
  const wanted = { validateOnly: false, resources: [{ ...resource, configEntries: entriesOf(settings) }] }
  await told(() => admin.alterConfigs(wanted))
}

const topicType = 2
const entriesOf = (settings: Record<string, string>) =>
  Object.entries(settings).map(([name, value]) => ({ name, value }))
