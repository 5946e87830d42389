// The registry of topics: what is tracked, in which versions. The log is the truth: every change is appended before it
// is known here, and what others append arrives through `apply` or `refresh`. A version number is never given twice,
// also after a drop, so a replayed drop can never take the numbers of a topic that was made later.

import { QueryError, UserError } from '../errors.ts'
import type { Proposal, StoryText, Topics } from '../given.ts'
import type { Change, Log, SettingChange, Topic, TopicChange, TopicDefinition } from '../types.ts'
import { checkDefinition, hashOf, isSameDefinition, isSameVersion } from './definition.ts'
import { previewQuery } from './preview.ts'
import { proposeAll } from './propose.ts'

export interface TopicRegistry extends Topics {
  /** Topics of the configuration file. One is applied when the file's definition of it changed since last time. */
  applyConfig(definitions: TopicDefinition[]): Promise<Topic[]>
  /** A topic change read from the log, in order. Idempotent, also for changes known from a later state of the log. */
  apply(change: TopicChange): void
  /** Reads the log's state anew: for a process that does not follow the log. */
  refresh(): Promise<void>
  /** Calls back after each change; returns what ends that. */
  onChange(listener: () => void): () => void
}

export interface TopicsOptions {
  /** Wall clock in milliseconds: when a version was made. */
  now?: () => number
}

interface Entry {
  /** Live versions, oldest first. Empty once dropped. */
  versions: Topic[]
  /** The highest version that ever was. */
  highest: number
}

interface Registry {
  log: Log
  options: TopicsOptions
  entries: Map<string, Entry>
  /** Hash of the configuration file's definition when it was last applied, by topic id. */
  configured: Map<string, string>
  listeners: Set<() => void>
  /** Writes happen one after the other: each decides by what the one before made. */
  turn: Promise<unknown>
  /** The look at the kept posts that is under way. */
  look: Promise<unknown>
  /** Grows with each applied change. */
  changes: number
}

const configKey = 'topic-config:'
const versionKey = 'topic-version:'

/** Opens the registry on what the log knows. */
export async function openTopics(log: Log, options: TopicsOptions = {}): Promise<TopicRegistry> {
  const registry: Registry = {
    log,
    options,
    entries: new Map(),
    configured: new Map(),
    listeners: new Set(),
    turn: Promise.resolve(),
    look: Promise.resolve(),
    changes: 0,
  }
  await load(registry)
  return {
    list: () => [...registry.entries.values()].flatMap(({ versions }) => versions.slice(-1)),
    get: (id) => registry.entries.get(id)?.versions.at(-1),
    versions: (id) => [...(registry.entries.get(id)?.versions ?? [])],
    put: async (definition, origin = 'user') => put(registry, checkDefinition(definition), origin),
    drop: (id, version) => drop(registry, id, version),
    preview: (query, signal) => previewQuery(log, query, { signal }),
    propose: async (story, signal) => (await propose(registry, [story], signal))[0]!,
    proposeAll: (stories, signal) => propose(registry, stories, signal),
    applyConfig: async (definitions) => applyConfig(registry, definitions),
    apply: (change) => learn(registry, [change]),
    refresh: () => inTurn(registry, () => load(registry)),
    onChange: (listener) => {
      registry.listeners.add(listener)
      return () => registry.listeners.delete(listener)
    },
  }
}

/** One look at the posts at a time: each holds many of them. */
function propose(registry: Registry, stories: StoryText[], signal: AbortSignal): Promise<Proposal[]> {
  const topics = [...registry.entries.values()].flatMap(({ versions }) => versions.slice(-1))
  const look = registry.look.then(() => proposeAll(registry.log, stories, { topics, signal }))
  registry.look = look.catch(() => {}) // its own caller hears of it
  return look
}

function inTurn<T>(registry: Registry, work: () => Promise<T>): Promise<T> {
  const turn = registry.turn.then(work)
  registry.turn = turn.catch(() => {}) // its own caller hears of it
  return turn
}

/** Replaces what is known by the log's state; again when a change was applied while that was being read. */
async function load(registry: Registry): Promise<void> {
  let logged: Change[]
  let before: number
  do {
    before = registry.changes
    logged = (await registry.log.settings()).map(({ change }) => change)
  } while (before !== registry.changes)
  registry.entries.clear()
  registry.configured.clear()
  // Topics first: a setting may be older than the latest name of the version that it speaks of.
  learn(registry, [...logged.filter(({ op }) => op === 'topic'), ...logged.filter(({ op }) => op === 'setting')])
}

async function write(registry: Registry, changes: (TopicChange | SettingChange)[]): Promise<void> {
  if (changes.length === 0) return
  await registry.log.append({ source: 'undercurrent', changes, cursor: null })
  learn(registry, changes)
}

/** Takes in changes that are durable, and tells the listeners when they changed a topic. */
function learn(registry: Registry, changes: Change[]): void {
  let changed = false
  for (const change of changes) {
    if (change.op === 'topic') changed = learnTopic(entryOf(registry, change.topic.id), change.topic) || changed
    else if (change.op === 'topic.drop') changed = forget(entryOf(registry, change.id), change.version) || changed
    else if (change.op === 'setting') learnSetting(registry, change)
  }
  if (!changed) return
  registry.changes++
  for (const listener of registry.listeners) listener()
}

function entryOf({ entries }: Registry, id: string): Entry {
  const entry = entries.get(id) ?? { versions: [], highest: 0 }
  entries.set(id, entry)
  return entry
}

function learnTopic(entry: Entry, topic: Topic): boolean {
  if (topic.version > entry.highest) {
    entry.versions.push(topic)
    entry.highest = topic.version
    return true
  }
  const known = entry.versions.findIndex(({ version }) => version === topic.version)
  // Not known and not new: it was dropped since.
  if (known < 0 || isSameDefinition(entry.versions[known]!, topic)) return false
  entry.versions[known] = topic
  return true
}

function forget(entry: Entry, version: number | null): boolean {
  const before = entry.versions.length
  if (version === null) entry.versions = []
  else {
    entry.versions = entry.versions.filter((topic) => topic.version !== version)
    entry.highest = Math.max(entry.highest, version)
  }
  return entry.versions.length < before
}

function learnSetting(registry: Registry, { key, value }: SettingChange): void {
  if (key.startsWith(configKey)) {
    const id = key.slice(configKey.length)
    if (value === null) registry.configured.delete(id)
    else registry.configured.set(id, value)
  } else if (key.startsWith(versionKey)) {
    const entry = entryOf(registry, key.slice(versionKey.length))
    entry.highest = Math.max(entry.highest, Number(value))
  }
}

function put(registry: Registry, definition: TopicDefinition, origin: Topic['origin']) {
  return inTurn(registry, async () => {
    const created = !registry.entries.get(definition.id)?.versions.length
    await write(registry, changesFor(registry, definition, origin))
    return { topic: registry.entries.get(definition.id)!.versions.at(-1)!, created }
  })
}

/** A new version when the query or the targets differ, the same one under a new name or flag, or nothing. */
function changesFor(registry: Registry, definition: TopicDefinition, origin: Topic['origin']): TopicChange[] {
  const { versions, highest } = entryOf(registry, definition.id)
  const current = versions.at(-1)
  if (current && isSameDefinition(current, definition)) return []
  if (current && isSameVersion(current, definition)) return [{ op: 'topic', topic: { ...current, ...definition } }]
  const at = new Date((registry.options.now ?? Date.now)()).toISOString()
  return [{ op: 'topic', topic: { ...definition, version: highest + 1, at, origin } }]
}

/** Drops each version by its number, and remembers the highest: see the top of this file. */
function drop(registry: Registry, id: string, version?: number): Promise<boolean> {
  return inTurn(registry, async () => {
    const { versions, highest } = registry.entries.get(id) ?? { versions: [], highest: 0 }
    const dropped = version === undefined ? versions : versions.filter((topic) => topic.version === version)
    if (dropped.length === 0) return false
    if (version !== undefined && version === versions.at(-1)!.version) {
      const hint = 'drop the whole topic, or change it first: then this version is an old one'
      throw new UserError(`version ${version} of "${id}" is the one in use`, hint, 409)
    }
    const drops = dropped.map((topic): TopicChange => ({ op: 'topic.drop', id, version: topic.version }))
    await write(registry, [...drops, { op: 'setting', key: versionKey + id, value: String(highest) }])
    return true
  })
}

function applyConfig(registry: Registry, definitions: TopicDefinition[]): Promise<Topic[]> {
  const checked = definitions.map(checkConfigured)
  const twice = checked.find(({ id }, i) => checked.findIndex((other) => other.id === id) < i)
  if (twice) throw new UserError(`two topics have the id "${twice.id}"`, 'give each topic an id of its own')
  return inTurn(registry, async () => {
    const changes: (TopicChange | SettingChange)[] = []
    const differing = checked.filter((one) => registry.configured.get(one.id) !== hashOf(one))
    for (const one of differing) {
      changes.push(...changesFor(registry, one, 'config'))
      changes.push({ op: 'setting', key: configKey + one.id, value: hashOf(one) })
    }
    // A topic that left the file stays (dropping erases numbers: a person's decision); back in the file it is new.
    for (const id of registry.configured.keys()) {
      if (!checked.some((one) => one.id === id)) changes.push({ op: 'setting', key: configKey + id, value: null })
    }
    await write(registry, changes)
    return differing.map(({ id }) => registry.entries.get(id)!.versions.at(-1)!)
  })
}

/** Errors of a file name the topic they are in. */
function checkConfigured(definition: TopicDefinition): TopicDefinition {
  try {
    return checkDefinition(definition)
  } catch (error) {
    if (error instanceof QueryError) {
      throw new QueryError(`topic "${definition.id}": ${error.message}`, error.column, error.hint)
    }
    if (error instanceof UserError) throw new UserError(`topic "${definition.id}": ${error.message}`, error.hint)
    throw error
  }
}
