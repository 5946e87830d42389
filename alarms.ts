// What alerts are made of: rules that say what to watch, alerts that tell what changed, channels that tell it on, and
// bulletins, which are what a channel is owed. The part of types.ts that alerts/ and dashboards/ share; holds no behaviour.
// An alert holds numbers and phrases that ten accounts and more share, and never a word of a post, an id or an author.
import type { Estimate, TopicRef, Window } from './answers.ts'
import type { Articles } from './articles.ts'

// ---------------------------------------------------------------- rules

/** Kinds of measures a rule may watch. A rule may also name single ones: sentiment.negative, stance.<target>.favor. */
export const watchedKinds = [
  'sentiment', // the share of a tone
  'stance', // the share on a side of a target
  'emotion', // the share that shows a feeling; a surge only
  'volume', // accounts that post in an hour
  'polarisation', // the share with a tone of either kind
  'theme', // a phrase that comes up and did not before
  'campaign', // one text by many accounts
  'collection', // posts stopped coming in, or come again: never a change of opinion
  'model', // our model or the topic's query changed: never a change of opinion
] as const
export type WatchedKind = (typeof watchedKinds)[number]

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

/** So many messages that should not have been sent, at most, in such a time, over all topics and measures of the rule. */
export interface Budget {
  messages: number
  perMs: number
}

/** A share of a rolling window held against a bound of the user's. */
export interface Level {
  /** sentiment.negative, emotion.fear, stance.<target>.favor, or volume (accounts an hour). */
  measure: string
  /** Exactly one is set. 0..1; for volume a number of accounts. */
  above: number | null
  below: number | null
  /** Length of the window that the share is of. */
  windowMs: number
}

export interface Rule {
  /** 1 to 64 of a-z, 0-9, - and _. */
  id: string
  name: string
  /** Ids of topics, or tag:NAME; empty: all topics. */
  topics: string[]
  /** `watchedKinds` or single measures; empty: all kinds. Ignored by a level rule. */
  measures: string[]
  /** null: a rule of the plain kind, `level` says which. */
  budget: Budget | null
  level: Level | null
  /** Tell of what is probable and not yet sure, too. */
  early: boolean
  /** How long a change must last before it is confirmed, and a level before it is told. */
  forMs: number
  /** After an alert about a topic ended, how long nothing is told about it. */
  cooldownMs: number
  /** Nothing is sent within these hours but what is critical: it waits, and what became of it is told. HH:MM. */
  quiet: { from: string; to: string; zone: string } | null
  severity: Severity
  /** Ids of channels. The page, the feed and the event stream tell of every alert. */
  channels: string[]
  /** Opens and keeps alerts on the page, and tells no channel. */
  isDry: boolean
  /** config: from undercurrent.yaml, which alone can change it. */
  origin: 'config' | 'user'
  /** When it was made or changed last. */
  at: string
}

// ---------------------------------------------------------------- alerts

export const alertStates = ['early', 'confirmed', 'withdrawn', 'closed'] as const
/** early -> confirmed -> closed, or early -> withdrawn; where no early words are wanted it begins as confirmed. */
export type AlertState = (typeof alertStates)[number]

/** One measure of an alert, as it was seen when the alert took its state. */
export interface Shift {
  /** sentiment.negative, emotion.fear, stance.<target>.favor, volume, polarisation, theme.<id>, campaign.<id> */
  measure: string
  /** For themes: the phrase. */
  phrase: string | null
  direction: 'up' | 'down'
  /** Shares, or for volume accounts an hour. */
  before: Estimate
  after: Estimate
  /** After less before; null where one of them is unknown, and for volume. */
  difference: Estimate | null
  /** Voices (an account an hour) behind both sides. */
  voices: { before: number; after: number }
}

/** What somebody said of an alert. */
export interface Ack {
  verdict: 'right' | 'wrong' | 'known'
  note: string
  by: string
  at: string
}

export interface Alert {
  /** Stable: one change of one topic under one rule has one id, whatever crashes. */
  id: string
  rule: string
  ruleName: string
  severity: Severity
  topic: TopicRef & { name: string }
  model: string
  /** What leads; 'level' for rules of the plain kind. */
  kind: WatchedKind | 'level'
  state: AlertState
  /** When it took its state, and when it was first told. */
  at: string
  openedAt: string
  /** The states it took, oldest first. */
  history: { state: AlertState; at: string }[]
  /** When the change probably began: somewhere in this window. */
  began: Window
  /** The windows that are compared, and by when their posts had been received: "exactly what the alert saw". */
  before: Window
  after: Window
  seenAt: string
  /** The surest first; empty for collection and model. */
  shifts: Shift[]
  /** Of alarms of this strength on no change at all, so many a year are expected over all the rule watches. */
  perYear: number
  /** For collection, model, level and campaign: one sentence. Else ''. */
  detail: string
  /** Why it was withdrawn or closed; else ''. */
  reason: string
  /** For model: what read the posts before. */
  former?: string
  ack: Ack | null
}

/** One thing to tell: what became of some alerts of a rule at one look. Durable with the states it tells of. */
export interface Bulletin {
  /** Stable, and unique for ever. */
  id: string
  rule: string
  /** When it was made, and before when it is not sent (quiet hours). */
  at: string
  notBefore: string | null
  channels: string[]
  /** In the state each had then; one that has moved on meanwhile is told as it is now. */
  alerts: { id: string; state: AlertState }[]
}

// ---------------------------------------------------------------- why

/** A part of a difference. The parts add up to the whole. */
export interface CausePart {
  cause: 'same accounts' | 'other accounts' | 'platforms' | 'campaign' | 'our model' | 'our query'
  /** In the unit of the measure. */
  part: Estimate
}

/** Why it probably changed, from what is live now of what the alert saw. */
export interface Explanation {
  /** The measure that leads, as it reads now. */
  shift: Shift | null
  causes: CausePart[]
  /** Themes that grew, the one that grew most first. */
  themes: { id: string; phrase: string; before: Estimate; after: Estimate; difference: Estimate | null }[]
  /** Published around the change: coincidence in time, never a cause. */
  headlines: { story: string; headline: string; url: string; at: string }[]
  campaigns: { id: string; posts: number; authors: number; window: Window }[]
  /**
   * What feeds of sites brought from six hours before it began until it had, `before`: in the same hours of the day before.
   * Counted apart from posts, and no cause either. Absent where nobody wrote anything.
   */
  articles?:
    | (Omit<Articles, 'next'> & { window: Window; before: number; words: { word: string; sites: number }[] })
    | undefined
  /** Of another model: how it reads the same posts of a topic, beside how the one before did. The largest difference first. */
  reread?: { topic: string; name: string; shift: Shift }[]
  /** Accounts that were looked at, of those there are; absent: none had to be. */
  accounts?: { looked: number; of: number }
}

// ---------------------------------------------------------------- words

/** An alert in words a person understands; hostile text is only ever a topic's name or a theme's phrase. */
export interface AlertWords {
  /** At most 120 characters: "Negative tone about night trains rose from 31 % to 44 %". */
  title: string
  /** One to four sentences: what, how sure, since when, why. */
  text: string
  /** Label and value, for cards and tables. */
  facts: { label: string; value: string }[]
  /** Path of the page that shows what the alert saw. */
  path: string
}

// ---------------------------------------------------------------- channels

export const channelKinds = ['webhook', 'slack', 'discord', 'alertmanager', 'mail'] as const
export type ChannelKind = (typeof channelKinds)[number]

export interface Channel {
  id: string
  kind: ChannelKind
  /** Where it is called; for mail the server's host and port. Never told whole where it is a secret (slack, discord). */
  url: string
  /** mail only. */
  from: string
  to: string[]
  origin: 'config' | 'user'
}

/** What came of telling one bulletin to one channel. */
export interface BulletinDelivery {
  id: string
  bulletin: string
  channel: string
  rule: string
  alerts: string[]
  status: 'waiting' | 'retrying' | 'delivered' | 'dead' | 'superseded'
  attempts: number
  at: string
  next: string | null
  answer: number | null
  error: string | null
}

// ---------------------------------------------------------------- back-test

/** An injected change: by so much of the share, at such a rate of voices. */
export interface InjectedShift {
  measure: string
  by: number
  /** Median and 90 % point of the hours until it was told, early and confirmed; null: not within the span. */
  early: { median: number; p90: number } | null
  confirmed: { median: number; p90: number } | null
  /** Of so many injections, how many were told within a week. */
  found: number
  of: number
}

export interface Backtest {
  rule: Rule
  window: Window
  topics: { topic: string; name: string; voices: number; days: number }[]
  /** What would have been told, oldest first. */
  alerts: Alert[]
  /** Messages that would have been sent, and how many of them one expects with no change at all. */
  messages: number
  expectedFalse: number
  injected: InjectedShift[]
  /** For the chart: by topic and step, the strength of the strongest measure against its two thresholds. */
  chart: { topic: string; stepMs: number; from: string; strength: (number | null)[]; early: number; confirm: number }[]
}

// ---------------------------------------------------------------- what pages and API are given

/** A rule as a user gives it: what is left out has its default. */
export type WantedRule = Partial<Omit<Rule, 'origin' | 'at'>> & { id?: string }

export interface AlertNews {
  alert: Alert
}

/** right + wrong + known + open = all alerts of the topic that were told. */
export interface AlertScorecard {
  right: number
  wrong: number
  known: number
  unanswered: number
  withdrawn: number
}

export interface Alerts {
  /** Newest first. */
  list(asked?: { topic?: string; state?: AlertState; limit?: number }): Promise<Alert[]>
  get(id: string): Promise<Alert | null>
  wordsOf(alert: Alert, explanation?: Explanation): AlertWords
  explain(alert: Alert, signal: AbortSignal): Promise<Explanation>
  /** Throws UserError where there is no such alert. */
  ack(id: string, ack: Omit<Ack, 'at'>): Promise<Alert>
  scorecard(topic: string): Promise<AlertScorecard>
  rules(): Promise<Rule[]>
  /** Makes or changes a rule; throws UserError on what is none, and on rules of the configuration file. */
  putRule(wanted: WantedRule): Promise<Rule>
  dropRule(id: string): Promise<void>
  /** A rule as it would be, all defaults in; throws UserError as putRule does. */
  checkRule(wanted: WantedRule): Promise<Rule>
  /** Sends an invented alert, named as a test, to the channels of a rule. */
  testRule(rule: Rule, signal: AbortSignal): Promise<{ channel: string; ok: boolean; detail: string }[]>
  backtest(rule: Rule, window: Window | null, signal: AbortSignal): Promise<Backtest>
  channels(): Promise<Channel[]>
  putChannel(wanted: {
    id?: string
    kind: string
    url: string
    secret?: string
  }): Promise<Channel & { secret?: string }>
  dropChannel(id: string): Promise<void>
  deliveries(): BulletinDelivery[]
  /** Tells of alerts as they take a state, until the returned function is called. */
  listen(listener: (news: AlertNews) => void): () => void
  /** Up to when posts were looked at; null: not yet, since this process began. */
  lookedUntil(): string | null
}
