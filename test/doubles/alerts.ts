// Alerts that never were, for pages, API and command line: invented numbers about invented topics, one of every kind and
// state, and rules, channels and deliveries kept in memory as the real ones are told. Rules are checked by the real checks.
import type {
  Ack,
  Alert,
  Alerts,
  AlertWords,
  Backtest,
  BulletinDelivery,
  CausePart,
  Channel,
  Explanation,
  Rule,
  Shift,
  WantedRule,
} from '../../alarms.ts'
import { ruleOf } from '../../alerts/rule.ts'
import { UserError } from '../../errors.ts'
import { usualRule } from '../../ruleForm.ts'
import { fakeModel } from './model.ts'

const hourMs = 3_600_000
const share = (estimate: number, by = 0.04) => ({ estimate, low: estimate - by, high: estimate + by })

export const shiftOf = (given: Partial<Shift> = {}): Shift => ({
  ...{ measure: 'sentiment.negative', phrase: null, direction: 'up', before: share(0.31), after: share(0.44) },
  ...{ difference: share(0.13, 0.05), voices: { before: 412, after: 187 } },
  ...given,
})

/** An alert about the topic `talks`, `hours` before `end`. */
export function alertOf(id: string, given: Partial<Alert> = {}, { end = Date.now(), hours = 2 } = {}): Alert {
  const at = (hoursAgo: number) => new Date(end - hoursAgo * hourMs).toISOString()
  return {
    ...{ id, rule: 'shifts', ruleName: 'Shifts', severity: 'warning', model: 'fake@1', kind: 'sentiment' },
    topic: { topic: 'talks', version: 1, name: 'Peace talks' },
    ...{ state: 'confirmed', at: at(hours - 1), openedAt: at(hours), history: [], seenAt: at(hours - 1) },
    began: { from: at(hours + 2), to: at(hours + 1) },
    before: { from: at(hours + 14), to: at(hours + 2) },
    after: { from: at(hours + 1), to: at(hours - 1) },
    shifts: [shiftOf(), shiftOf({ measure: 'stance.truce.against', before: share(0.2), after: share(0.29) })],
    ...{ perYear: 6, detail: '', reason: '', ack: null },
    ...given,
  }
}

/** One of every kind and state, newest first. */
export function everyAlert(end = Date.now()): Alert[] {
  const collection = 'No post has come in from Bluesky since 08:00; opinion has not changed.'
  const model = 'Our model changed from one to two: shares before and after cannot be compared.'
  const volume = { estimate: 240, low: 214, high: 268 }
  const usual = { estimate: 31, low: 27, high: 35 }
  return [
    alertOf('a-early', { state: 'early', perYear: 52 }, { end, hours: 1 }),
    alertOf('a-open', {}, { end, hours: 2 }),
    alertOf(
      'a-volume',
      {
        ...{ kind: 'volume', severity: 'critical' },
        shifts: [shiftOf({ measure: 'volume', before: usual, after: volume, difference: null })],
      },
      { end, hours: 3 },
    ),
    alertOf(
      'a-theme',
      {
        kind: 'theme',
        shifts: [shiftOf({ measure: 'theme.abc', phrase: 'night trains', before: share(0, 0), after: share(0.18) })],
      },
      { end, hours: 5 },
    ),
    alertOf(
      'a-campaign',
      {
        kind: 'campaign',
        state: 'closed',
        reason: 'No new copy came in for 3 hours.',
        detail: 'One text by 46 accounts: copies, not a change of opinion.',
        shifts: [shiftOf({ measure: 'campaign.xyz', before: share(0, 0), after: share(0.12) })],
      },
      { end, hours: 30 },
    ),
    alertOf(
      'a-withdrawn',
      { state: 'withdrawn', reason: 'It passed: no change is left.', perYear: 52 },
      { end, hours: 40 },
    ),
    alertOf(
      'a-collection',
      { kind: 'collection', state: 'closed', shifts: [], detail: collection, reason: 'Posts come in again.' },
      { end, hours: 52 },
    ),
    alertOf('a-model', { kind: 'model', state: 'closed', shifts: [], detail: model }, { end, hours: 60 }),
    alertOf(
      'a-level',
      {
        kind: 'level',
        rule: 'anger',
        ruleName: 'Anger',
        state: 'closed',
        detail: 'Negative tone was above 60% for 1 hour.',
        reason: 'It is back below 60%.',
        ack: { verdict: 'right', note: 'the strike', by: 'ann', at: new Date(end - 70 * hourMs).toISOString() },
      },
      { end, hours: 74 },
    ),
  ]
}

const part = (cause: CausePart['cause'], estimate: number, by = 0.02): CausePart => ({
  cause,
  part: share(estimate, by),
})

const nothing: Explanation = { shift: null, causes: [], themes: [], headlines: [], campaigns: [] }

export function why(alert: Alert): Explanation {
  if (!alert.shifts.length) return nothing
  const isVolume = alert.kind === 'volume'
  const cause = (name: CausePart['cause'], estimate: number, by = 0.02) =>
    isVolume ? part(name, estimate * 1_600, by * 1_600) : part(name, estimate, by)
  return {
    shift: alert.shifts[0]!,
    causes: [
      ...[cause('same accounts', 0.03), cause('other accounts', 0.08), cause('platforms', -0.01, 0.03)],
      cause('campaign', 0.03),
    ],
    themes: [
      {
        id: 'abc',
        phrase: 'night trains',
        before: share(0.02, 0.01),
        after: share(0.18),
        difference: share(0.16, 0.04),
      },
      { id: 'def', phrase: '<b>a fare rise</b>', before: share(0, 0), after: share(0.09, 0.03), difference: null },
    ],
    headlines: [
      {
        ...{ story: '0123abcd', headline: 'Operator cancels <i>night</i> trains', url: 'https://news.example/a' },
        at: alert.began.from,
      },
    ],
    articles: {
      ...{ window: alert.before, articles: 7, sites: 4, before: 2 },
      words: [
        { word: 'timetable', sites: 3 },
        { word: 'unions', sites: 2 },
      ],
      newest: [
        { headline: 'Unions and the <b>new</b> timetable', site: 'news.example', url: 'https://news.example/b' },
        { headline: 'A timetable nobody asked for', site: 'daily.example', url: 'javascript:alert(1)' },
      ].map((one) => ({ ...one, at: alert.began.from })),
    },
    campaigns: [{ id: 'xyz', posts: 60, authors: 46, window: alert.after }],
  }
}

const percent = (n: number | null) => (n === null ? 'unknown' : `${Math.round(n * 100)}%`)

const names: Record<string, string> = {
  'sentiment.negative': 'Negative tone',
  'stance.truce.against': 'Those against “a truce now”',
  volume: 'Accounts an hour',
}

function wordsOf(alert: Alert): AlertWords {
  const { shifts, topic, state, detail, perYear, id, reason } = alert
  const lead = shifts[0]
  const sizeOf = ({ estimate }: Shift['before']) => (lead?.measure === 'volume' ? String(estimate) : percent(estimate))
  const name = lead ? (lead.phrase ? `Posts that say “${lead.phrase}”` : names[lead.measure]) : ''
  const what =
    lead && name ? `${name} about ${topic.name} rose from ${sizeOf(lead.before)} to ${sizeOf(lead.after)}` : detail
  const title = (state === 'early' ? `Probably: ${what}` : what).slice(0, 120)
  const sure = `At most ${perYear} such messages a year come from chance alone.`
  const facts = [{ label: 'Voices', value: `${lead?.voices.before ?? 0} before, ${lead?.voices.after ?? 0} after` }]
  return {
    title,
    text: `${detail} ${lead ? sure : ''} ${reason}`.trim(),
    facts: lead ? facts : [],
    path: `/alerts/${id}`,
  }
}

export function backtestOf(rule: Rule, alerts: Alert[], end = Date.now()): Backtest {
  const from = new Date(end - 48 * hourMs).toISOString()
  const injected = [0.05, 0.1, 0.2].map((by, nr) => ({
    ...{ measure: 'sentiment.negative', by, found: [4, 18, 20][nr]!, of: 20 },
    early: nr ? { median: 9 / nr, p90: 20 / nr } : null,
    confirmed: nr ? { median: 14 / nr, p90: 30 / nr } : null,
  }))
  const strength = Array.from({ length: 96 }, (_, at) =>
    at % 17 === 3 ? null : 1.5 + Math.sin(at / 6) + (at > 70 ? (at - 70) / 6 : 0),
  )
  return {
    ...{
      rule,
      window: { from, to: new Date(end).toISOString() },
      alerts,
      messages: alerts.length + 1,
      expectedFalse: 0.29,
    },
    topics: [{ topic: 'talks', name: 'Peace talks', voices: 1_204, days: 2 }],
    ...{ injected, chart: [{ topic: 'talks', stepMs: hourMs / 2, from, strength, early: 3.1, confirm: 4.6 }] },
  }
}

export interface FakeAlerts extends Alerts {
  /** Puts an alert in its new state, and tells whoever listens. */
  move(alert: Alert): void
  /** What was sent as a test, tried and acknowledged, in order. */
  asked: string[]
}

export interface FakeOptions {
  alerts?: Alert[]
  rules?: WantedRule[]
  channels?: Channel[]
  deliveries?: BulletinDelivery[]
  /** Holds back `explain` until it resolves. */
  gate?: Promise<void>
  /** Absent: just now. */
  lookedUntil?: string | null
}

export function fakeAlerts({
  alerts = [],
  rules = [usualRule],
  channels = [],
  deliveries = [],
  gate,
  lookedUntil = new Date().toISOString(),
}: FakeOptions = {}): FakeAlerts {
  const { labels } = fakeModel()
  const at = new Date().toISOString()
  const make = (wanted: WantedRule, origin: Rule['origin']) =>
    ruleOf(
      { ...wanted, id: wanted.id ?? (wanted.name ?? 'rule').toLowerCase().replace(/[^a-z0-9]+/g, '-') },
      { labels, origin, at },
    )
  const kept = new Map(rules.map((wanted) => make(wanted, 'config')).map((rule) => [rule.id, rule]))
  const ways = new Map(channels.map((channel) => [channel.id, channel]))
  const known = new Map(alerts.map((alert) => [alert.id, alert]))
  const listeners = new Set<(news: { alert: Alert }) => void>()
  const asked: string[] = []
  const ruled = (id: string) => {
    const rule = kept.get(id)
    if (rule?.origin === 'config')
      throw new UserError(`the rule "${id}" is of the configuration file`, 'Change it in undercurrent.yaml.', 409)
    return rule
  }
  const list: Alerts['list'] = async ({ topic, state, limit = 500 } = {}) =>
    [...known.values()]
      .filter((one) => (!topic || one.topic.topic === topic) && (!state || one.state === state))
      .slice(0, limit)
  return {
    lookedUntil: () => lookedUntil,
    ...{ asked, list, wordsOf, deliveries: () => deliveries, get: async (id) => known.get(id) ?? null },
    explain: async (alert) => {
      await gate
      return why(alert)
    },
    ack: async (id, given) => {
      const ack: Ack = { ...given, at: new Date().toISOString() }
      const said = { ...known.get(id)!, ack }
      known.set(id, said)
      asked.push(`ack ${id} ${given.verdict} ${given.note} by ${given.by}`)
      return said
    },
    scorecard: async (topic) => {
      const told = await list({ topic })
      const said = (verdict: string) => told.filter(({ ack }) => ack?.verdict === verdict).length
      const withdrawn = told.filter(({ state }) => state === 'withdrawn').length
      const counts = { right: said('right'), wrong: said('wrong'), known: said('known'), withdrawn }
      return { ...counts, unanswered: told.filter(({ ack }) => !ack).length }
    },
    rules: async () => [...kept.values()],
    putRule: async (wanted) => {
      if (wanted.id) ruled(wanted.id)
      const rule = make(wanted, 'user')
      kept.set(rule.id, rule)
      return rule
    },
    dropRule: async (id) => {
      if (!ruled(id)) throw new UserError(`there is no rule "${id}"`, 'GET /v1/alerts/rules lists them.', 404)
      kept.delete(id)
    },
    checkRule: async (wanted) => make(wanted, 'user'),
    testRule: async (rule) => {
      asked.push(`test ${rule.id}`)
      return rule.channels.map((channel, nr) => ({ channel, ok: nr === 0, detail: nr ? 'it answered 500' : '' }))
    },
    backtest: async (rule, window) => {
      asked.push(`backtest ${rule.id} ${window ? `${window.from} ${window.to}` : 'all'}`)
      return backtestOf(rule, (await list()).slice(0, 3))
    },
    channels: async () => [...ways.values()],
    putChannel: async ({ id, kind, url, secret }) => {
      if (!url.startsWith('http')) throw new UserError(`"${url}" is no address`, 'Give one of the web.')
      const made: Channel = {
        id: id ?? `${kind}-${ways.size + 1}`,
        kind: kind as Channel['kind'],
        url,
        from: '',
        to: [],
        origin: 'user',
      }
      ways.set(made.id, made)
      return kind === 'webhook' ? { ...made, secret: secret ?? 'whsec_made' } : made
    },
    dropChannel: async (id) => {
      if (!ways.delete(id))
        throw new UserError(`there is no channel "${id}"`, 'GET /v1/alerts/channels lists them.', 404)
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    move: (alert) => {
      known.set(alert.id, alert)
      for (const listener of listeners) listener({ alert })
    },
  }
}

/** A place where everything is there: alerts of every kind, rules of both, channels, and what became of deliveries. */
export const everything = ({ version = 1 } = {}): FakeOptions => ({
  alerts: everyAlert().map((alert) => ({ ...alert, topic: { ...alert.topic, version } })),
  rules: [
    usualRule,
    {
      id: 'anger',
      name: 'Anger',
      level: { measure: 'sentiment.negative', above: 0.6, below: null, windowMs: 3 * hourMs },
      topics: ['talks', 'gone'],
      channels: ['team', 'lost'],
      quiet: { from: '22:00', to: '07:00', zone: 'Europe/Berlin' },
    },
  ],
  channels: [
    { id: 'team', kind: 'slack', url: 'hooks.slack.example …abcd', from: '', to: [], origin: 'config' },
    {
      id: 'desk',
      kind: 'mail',
      url: 'smtp://mail.example:587',
      from: 'uc@site.example',
      to: ['desk@site.example'],
      origin: 'config',
    },
    {
      id: 'pager',
      kind: 'webhook',
      url: 'https://hooks.example/services/a-secret-in-the-path',
      from: '',
      to: [],
      origin: 'user',
    },
  ],
  deliveries: (['delivered', 'retrying', 'dead', 'superseded'] as const).map((status, nr) => ({
    ...{
      id: `d-${nr}`,
      bulletin: `b-${nr}`,
      channel: nr % 2 ? 'pager' : 'team',
      rule: 'shifts',
      alerts: ['a-open'],
      status,
    },
    ...{
      attempts: nr + 1,
      at: new Date().toISOString(),
      answer: nr % 2 ? 500 : 200,
      error: nr % 2 ? 'it answered 500' : null,
    },
    next: status === 'retrying' ? new Date().toISOString() : null,
  })),
})
