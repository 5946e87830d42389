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
interface Told {
  configName: string
  configValue: string
  configSource: number
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
    resources: Resource[]
  }): Promise<{ resources: { configEntries: Told[] }[] }>
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
  const { resources } = await told(() => admin.describeConfigs({ resources: [resource], includeSynonyms: false }))
  const entries = resources[0]!.configEntries
  const now = new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
  if (Object.entries(settings).every(([name, value]) => now.get(name) === value)) return
  // The whole of a topic's own settings is replaced: what an operator set beside ours is told again.
  const own = entries.filter(({ configSource }) => configSource === ofTopic)
  const all = {
    ...Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])),
    ...settings,
  }
  const wanted = { validateOnly: false, resources: [{ ...resource, configEntries: entriesOf(all) }] }
  await told(() => admin.alterConfigs(wanted))
}

const topicType = 2
/** Where a setting comes from: the topic's own, not the broker's. */
const ofTopic = 1
const entriesOf = (settings: Record<string, string>) =>
  Object.entries(settings).map(([name, value]) => ({ name, value }))
