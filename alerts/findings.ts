// What is looked for once an hour because it takes longer: phrases that may be new, which the detector then watches, and
// campaigns, which are facts and need no statistics. Remembers phrases for two days; a campaign is told once.
import type { Alert, Rule } from '../alarms.ts'
import type { Window } from '../answers.ts'
import type { Campaigns, Themes } from '../conclusions.ts'
import type { Topic } from '../types.ts'
import { type Begun, type Candidate, newCampaigns, newThemes } from './fresh.ts'
import { keyOf } from './held.ts'
import type { Looked } from './look.ts'
import { alertId } from './record.ts'

export interface Finding {
  themes(topic: Topic, window: Window): Promise<Pick<Themes, 'themes'>>
  campaigns(topic: Topic, window: Window): Promise<Campaigns>
  model: { id: string }
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const phraseMs = 2 * dayMs
const mostPhrases = 8
/** A campaign of which nothing was posted for so long is over. */
const campaignMs = dayMs

interface Known {
  atMs: number
  voices: number
  phrases: (Candidate & { sinceMs: number })[]
  campaigns: Begun[]
}

export interface Fresh {
  phrasesOf(topic: Topic): Candidate[]
  /** Looks at topics whose hour has come and that were posted about since. */
  look(topics: Looked[], untilMs: number): Promise<void>
  campaignAlerts(rule: Rule, topics: Looked[], at: { kept: Alert[]; nowMs: number }): Alert[]
}

const iso = (ms: number) => new Date(ms).toISOString()

export function openFresh({ themes, campaigns, model }: Finding): Fresh {
  const known = new Map<string, Known>()
  const lookAt = async ({ topic, tallies }: Looked, untilMs: number) => {
    const before = known.get(keyOf(topic))
    const voices = tallies.voices.slice(-144).reduce((sum, count) => sum + count, 0)
    if (before && (untilMs - before.atMs < hourMs || voices === before.voices)) return
    const window = { from: iso(untilMs - dayMs), to: iso(untilMs) }
    const found = voices ? await newThemes(topic, window, themes) : []
    const held = (before?.phrases ?? []).filter(({ sinceMs }) => untilMs - sinceMs < phraseMs)
    const more = found
      .filter(({ id }) => !held.some((one) => one.id === id))
      .map((one) => ({ ...one, sinceMs: untilMs }))
    const begun = voices ? await newCampaigns(topic, window, { campaigns, known: new Set() }) : []
    known.set(keyOf(topic), {
      atMs: untilMs,
      voices,
      phrases: [...held, ...more].slice(-mostPhrases),
      campaigns: begun,
    })
  }
  return {
    phrasesOf: (topic) => known.get(keyOf(topic))?.phrases.map(({ sinceMs: _, ...phrase }) => phrase) ?? [],
    look: async (topics, untilMs) => {
      for (const topic of topics) await lookAt(topic, untilMs)
    },
    campaignAlerts: (rule, topics, { kept, nowMs }) => {
      const own = kept.filter(({ kind }) => kind === 'campaign')
      const opened = topics.flatMap(({ topic }) => {
        const begun = known.get(keyOf(topic))?.campaigns ?? []
        return begun.map((campaign) => campaignAlert(campaign, { rule, topic, model: model.id, nowMs }))
      })
      return [
        ...opened.filter(({ id }) => !own.some((one) => one.id === id)),
        ...own.flatMap((alert) => overAt(alert, nowMs)),
      ]
    },
  }
}

/** Nothing was posted of it for a day. */
function overAt(alert: Alert, nowMs: number): Alert[] {
  if (alert.state !== 'confirmed' || nowMs - Date.parse(alert.after.to) <= campaignMs) return []
  const at = iso(nowMs)
  return [{ ...alert, state: 'closed', at, history: [...alert.history, { state: 'closed', at }] }]
}

interface Telling {
  rule: Rule
  topic: Topic
  model: string
  nowMs: number
}

/** Counted, not estimated: there is no interval, and chance has no part in it. */
function campaignAlert({ id, posts, authors, window, share }: Begun, { rule, topic, model, nowMs }: Telling): Alert {
  const at = iso(nowMs)
  const whole = (value: number) => ({ estimate: value, low: value, high: value })
  const before = { from: new Date(2 * Date.parse(window.from) - Date.parse(window.to)).toISOString(), to: window.from }
  return {
    id: alertId([rule.id, topic.id, topic.version, 'campaign', id]),
    ...{ rule: rule.id, ruleName: rule.name, severity: rule.severity, model, kind: 'campaign' },
    topic: { topic: topic.id, version: topic.version, name: topic.name },
    ...{ state: 'confirmed', at, openedAt: at, history: [{ state: 'confirmed', at }] },
    ...{ began: { from: window.from, to: window.from }, before, after: window, seenAt: at },
    shifts: [
      {
        ...{ measure: `campaign.${id}`, phrase: null, direction: 'up', before: whole(0), after: whole(share) },
        ...{ difference: whole(share), voices: { before: 0, after: authors } },
      },
    ],
    ...{ perYear: 0, detail: `${authors} accounts posted one text ${posts} times.`, reason: '', ack: null },
  }
}
