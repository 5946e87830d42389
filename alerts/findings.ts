// What is looked for once an hour because it takes longer: phrases that may be new, which the detector then watches, and
// campaigns, which are facts and need no statistics. Keeps phrases for two days, over restarts; a campaign is told once.
import type { Alert, Rule } from '../alarms.ts'
import type { Window } from '../answers.ts'
import type { Campaigns, Themes } from '../conclusions.ts'
import { CorruptionError } from '../errors.ts'
import type { Log, Topic } from '../types.ts'
import { type Begun, type Candidate, newCampaigns, newThemes, underOneId } from './fresh.ts'
import { keyOf } from './held.ts'
import type { Looked } from './look.ts'
import { keepPhrases, keptPhrases, type Phrase } from './phrases.ts'
import { alertId, closed } from './record.ts'

export interface Finding {
  log: Pick<Log, 'settings' | 'append'>
  themes(topic: Topic, window: Window): Promise<Pick<Themes, 'themes'>>
  campaigns(topic: Topic, window: Window): Promise<Campaigns>
  model: { id: string }
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const phraseMs = 2 * dayMs
/** What a first look tells of: as long as a story lives. */
const firstMs = 2 * dayMs
/** What is watched stays watched: an alert may be open about it. */
const mostPhrases = 12
/** A campaign of which nothing was posted for so long is over. */
const campaignMs = dayMs

interface Known {
  atMs: number
  voices: number
  phrases: Phrase[]
  campaigns: Begun[]
}

function openBegin(
  { log }: Finding,
  known: Map<string, Known>,
  keep: (key: string, now: Known) => Promise<void>,
): Fresh['begin'] {
  let isRead = false
  return async (topics, untilMs) => {
    if (!isRead) for (const [key, phrases] of await keptPhrases(log)) known.set(key, { ...unread, phrases })
    isRead = true
    const there = new Set(topics.map(keyOf))
    for (const [key, now] of known) {
      const isThere = there.has(key)
      const phrases = now.phrases.filter(({ sinceMs }) => isThere && untilMs - sinceMs < phraseMs)
      await keep(key, { ...now, phrases })
      if (!isThere) known.delete(key)
    }
  }
}

/** Of which only the phrases are known. */
const unread: Known = { atMs: Number.NEGATIVE_INFINITY, voices: -1, phrases: [], campaigns: [] }

interface Looking {
  untilMs: number
  note: (event: string, fields: object) => void
  signal: AbortSignal
}

export interface Fresh {
  /** Reads what was kept, once; lets go of what is older than two days, and of other topics. */
  begin(topics: Topic[], untilMs: number): Promise<void>
  phrasesOf(topic: Topic): Candidate[]
  /** Looks at topics whose hour has come and that were posted about since; one that fails is left out. */
  look(topics: Looked[], at: Looking): Promise<void>
  /** Those that began, that go on, and that are over. */
  campaignAlerts(rule: Rule, topics: Looked[], at: { kept: Alert[]; nowMs: number }): Alert[]
}

const iso = (ms: number) => new Date(ms).toISOString()

export function openFresh(finding: Finding): Fresh {
  const known = new Map<string, Known>()
  const keep = async (key: string, now: Known) => {
    const before = known.get(key)
    if (JSON.stringify(before?.phrases ?? []) !== JSON.stringify(now.phrases))
      await keepPhrases(finding.log, key, now.phrases)
    known.set(key, now)
  }
  const lookAt = async ({ topic, tallies }: Looked, untilMs: number) => {
    const before = known.get(keyOf(topic))
    const voices = tallies.voices.slice(-144).reduce((sum, count) => sum + count, 0)
    if (before && (untilMs - before.atMs < hourMs || voices === before.voices)) return
    await keep(keyOf(topic), {
      ...{ atMs: untilMs, voices },
      ...(await foundOf({ topic, before, voices, untilMs }, finding)),
    })
  }
  return {
    begin: openBegin(finding, known, keep),
    phrasesOf: (topic) => known.get(keyOf(topic))?.phrases.map(({ sinceMs: _, ...phrase }) => phrase) ?? [],
    look: async (topics, { untilMs, note, signal }) => {
      for (const looked of topics) {
        if (signal.aborted) return
        try {
          await lookAt(looked, untilMs)
        } catch (error) {
          if (error instanceof CorruptionError) throw error
          if (!signal.aborted) note('phrases and campaigns were not looked for', { topic: looked.topic.id, error })
        }
      }
    },
    campaignAlerts: (rule, topics, { kept, nowMs }) => {
      const found = topics.flatMap(({ topic }) => {
        const begun = known.get(keyOf(topic))?.campaigns ?? []
        return begun.map((campaign) => campaignAlert(campaign, { rule, topic, model: finding.model.id, nowMs }))
      })
      return nextOf(found, { kept: kept.filter(({ kind }) => kind === 'campaign'), nowMs })
    },
  }
}

/** Those that began, as over where they long are: that is no news. Then those that go on, or are over now. */
function nextOf(all: Alert[], { kept, nowMs }: { kept: Alert[]; nowMs: number }): Alert[] {
  const found = asKept(all, kept)
  const begun = found.filter(({ id }) => !kept.some((one) => one.id === id))
  return [
    ...begun.map((alert) => (overAt(alert, nowMs) ? closed(alert, Date.parse(alert.at), '') : alert)),
    ...kept.flatMap((alert) => {
      const now = found.find(({ id }) => id === alert.id)
      const next = now && now.after.to > alert.after.to ? grown(alert, now) : overAt(alert, nowMs)
      return next ? [next] : []
    }),
  ]
}

/** After a restart its members are not known: what goes on at the same time and is not told of by its own id is the same. */
function asKept(found: Alert[], kept: Alert[]): Alert[] {
  const orphans = kept.filter((one) => one.state === 'confirmed' && !found.some(({ id }) => id === one.id))
  return found.map((one) => {
    if (kept.some(({ id }) => id === one.id)) return one
    const isSame = ({ topic, after }: Alert) =>
      topic.topic === one.topic.topic && after.from < one.after.to && one.after.from < after.to
    const nr = orphans.findIndex(isSame)
    return nr < 0 ? one : { ...one, id: orphans.splice(nr, 1)[0]!.id }
  })
}

interface Asked {
  topic: Topic
  before: Known | undefined
  voices: number
  untilMs: number
}

async function foundOf(
  { topic, before, voices, untilMs }: Asked,
  { themes, campaigns }: Finding,
): Promise<Pick<Known, 'phrases' | 'campaigns'>> {
  const window = { from: iso(untilMs - dayMs), to: iso(untilMs) }
  const found = voices ? await newThemes(topic, window, themes) : []
  const held = before?.phrases ?? []
  const more = found.filter(({ id }) => !held.some((one) => one.id === id)).map((one) => ({ ...one, sinceMs: untilMs }))
  const isFirst = !before || before.atMs === unread.atMs
  const wide = !isFirst ? window : { from: iso(untilMs - firstMs), to: iso(untilMs) }
  const begun = await newCampaigns(topic, wide, { campaigns, known: new Set() })
  return { phrases: [...held, ...more].slice(0, mostPhrases), campaigns: underOneId(begun, before?.campaigns ?? []) }
}

/** It goes on: the same alert, with what is counted by now. */
function grown(known: Alert, { after, shifts, detail, seenAt }: Alert): Alert | null {
  if (known.state !== 'confirmed') return null
  return { ...known, after: { from: known.after.from, to: after.to }, shifts, detail, seenAt }
}

/** Nothing was posted of it for a day. */
function overAt(alert: Alert, nowMs: number): Alert | null {
  const isOver = alert.state === 'confirmed' && nowMs - Date.parse(alert.after.to) > campaignMs
  return isOver ? closed(alert, nowMs, '') : null
}

interface Telling {
  rule: Rule
  topic: Topic
  model: string
  nowMs: number
}

/** Counted, not estimated: there is no interval, and chance has no part in it. */
function campaignAlert({ id, posts, authors, window, share }: Begun, { rule, topic, model, nowMs }: Telling): Alert {
  // A first look finds what was: it is told as of then.
  const at = iso(Math.min(nowMs, Date.parse(window.to)))
  const whole = (value: number) => ({ estimate: value, low: value, high: value })
  const before = { from: new Date(2 * Date.parse(window.from) - Date.parse(window.to)).toISOString(), to: window.from }
  return {
    // Whatever the query is by now: the campaign is the same.
    id: alertId([rule.id, topic.id, 'campaign', id]),
    ...{ rule: rule.id, ruleName: rule.name, severity: rule.severity, model, kind: 'campaign' },
    topic: { topic: topic.id, version: topic.version, name: topic.name },
    ...{ state: 'confirmed', at, openedAt: at, history: [{ state: 'confirmed', at }] },
    ...{ began: { from: window.from, to: window.from }, before, after: window, seenAt: iso(nowMs) },
    shifts: [
      {
        ...{ measure: `campaign.${id}`, phrase: null, direction: 'up', before: whole(0), after: whole(share) },
        ...{ difference: whole(share), voices: { before: 0, after: authors } },
      },
    ],
    ...{ perYear: 0, detail: `${authors} accounts posted one text ${posts} times.`, reason: '', ack: null },
  }
}
