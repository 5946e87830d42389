// Why it probably changed, from what is live now of what an alert saw: computed anew whenever it is asked, kept nowhere, so
// that a deleted post leaves it. Asks the store at leisure; knows themes and stories only as functions given to it. Names no
// account and holds no word of a post but phrases that ten accounts and more share. Headlines stand beside a change in time
// and are never said to have caused it.
import type { Alert, CausePart, Explanation, Shift } from '../alarms.ts'
import type { Coverage, Filter, Questions, TopicRef, Window } from '../answers.ts'
import type { Said, Sides } from '../sides.ts'
import type { ModelErrors, Topic } from '../types.ts'
import { grownOf, type Phrase } from './grown.ts'
import { factOf, type Leading, leadingOf, presencesOf, sharesOf, shiftOf, voicesOf } from './leading.ts'
import { publishedOf } from './published.ts'
import { rereadOf } from './reread.ts'
import { splitOf } from './split.ts'
import { splitRate } from './splitRate.ts'
import { type Texts, textsOf } from './texts.ts'

/** A story as far as it matters here; its words and its address are hostile. */
export interface KnownStory {
  id: string
  url: string
  headline: string
  /** When it was published; null: not said. */
  at: string | null
  topic: string | null
}

export interface Knowing {
  /** The questions that may wait (Store.askLater). */
  ask: Pick<Questions, 'sides' | 'retold' | 'gaps' | 'articles'>
  errors: ModelErrors
  /** A topic in the version that the alert was about, as far as it is known. */
  topicOf(topic: string, version: number): Topic | undefined
  themes(topic: Topic, window: Window, model: string): Promise<Phrase[]>
  /** Those that a reader may see. */
  stories(): Promise<KnownStory[]>
  /** Those that are watched now. */
  topics(): Topic[]
  /** For alerts of kind model: what read a topic before; null: not known. */
  formerOf(alert: Alert, topic: TopicRef): Pick<Filter, 'topic' | 'model'> | null
}

const hourMs = 3_600_000
const nothing: Explanation = { shift: null, causes: [], themes: [], headlines: [], campaigns: [] }

export async function explain(alert: Alert, knowing: Knowing, signal: AbortSignal): Promise<Explanation> {
  if (alert.kind === 'collection') return nothing
  if (alert.kind === 'model' && alert.topic.topic === '')
    return { ...nothing, reread: await rereadAll(alert, knowing, signal) }
  if (alert.kind === 'model') return { ...nothing, ...(await reread(alert, alert.topic, knowing)) }
  const [lead] = alert.shifts
  const leading = leadingOf(lead ?? { measure: 'volume', phrase: null }, knowing.errors)
  if (!leading) return nothing
  const sides = await knowing.ask.sides(seenBy(alert), {
    ...sidesOf(alert),
    stepMs: leading.stepMs,
    share: leading.share,
  })
  signal.throwIfAborted()
  const texts = textsOf(sides.said)
  const phrases = await phrasesOf(alert, knowing)
  signal.throwIfAborted()
  const why = lead ? await parted(alert, leading, { sides, texts, phrases, knowing }) : null
  signal.throwIfAborted()
  const about = knowing.topicOf(alert.topic.topic, alert.topic.version)
  const articles = await publishedOf(alert, knowing.ask, about)
  return {
    ...{ shift: why?.shift ?? null, causes: why?.causes ?? [] },
    themes: grownOf(apart(sides.said, alert), phrases),
    headlines: headlinesOf(alert, await knowing.stories()),
    campaigns: texts.fresh,
    ...(articles ? { articles } : {}),
    accounts: { looked: sides.looked, of: sides.accounts },
  }
}

/** What the alert saw, less what was deleted or edited since. */
const seenBy = ({ topic: { topic, version }, model, seenAt }: Alert): Omit<Filter, 'window'> => ({
  ...{ topic: { topic, version }, model, receivedBy: seenAt },
})

function sidesOf({ before, after }: Alert): { before: Window; after: Window } {
  const [to] = [before.to, after.from].sort()
  return { before: { from: before.from, to: to! }, after }
}

/** What it may have begun with was said in the window in which it began. */
async function phrasesOf({ topic, after, began, model }: Alert, { topicOf, themes }: Knowing): Promise<Phrase[]> {
  const found = topicOf(topic.topic, topic.version)
  const [from] = [began.from, after.from].sort()
  return found ? themes(found, { from: from!, to: after.to }, model) : []
}

/** Before, as far as it had surely not begun. */
function apart(said: Said[], { before, began }: Alert): Said[] {
  if (began.from <= before.from) return said
  return said.filter(({ isAfter, last }) => isAfter || last < began.from)
}

interface Looked {
  sides: Sides
  texts: Texts
  phrases: Phrase[]
  knowing: Knowing
}
type Why = { shift: Shift; causes: CausePart[] }

async function parted(alert: Alert, leading: Leading, looked: Looked): Promise<Why> {
  const { sides, texts, phrases } = looked
  if (leading.kind === 'rate') return partedRate(alert, leading, looked)
  const forms = phrases.find(({ id }) => leading.measure === `theme.${id}`)?.forms ?? []
  const voices = voicesOf(sides.said, leading, { texts, has: factOf(leading, texts, forms) })
  const shift = shiftOf(leading, voices)
  // Parts of a difference that is not told are not told either.
  if (shift.difference === null) return { shift, causes: [] }
  return { shift, causes: await splitOf(voices, { error: leading.error.difference, seed: seedOf(alert) }) }
}

/** Accounts an hour, over hours that were wholly collected. */
async function partedRate(alert: Alert, { measure, phrase }: Leading, { sides, texts, knowing }: Looked): Promise<Why> {
  const windows = sidesOf(alert)
  const gaps = async (window: Window) => knowing.ask.gaps({ ...seenBy(alert), window })
  const lost = {
    before: lostHours(windows.before, await gaps(windows.before)),
    after: lostHours(windows.after, await gaps(windows.after)),
  }
  const sideOf = ({ isAfter }: Pick<Said, 'isAfter'>) => (isAfter ? 'after' : 'before')
  const there = presencesOf(sides.said, texts, (one) => lost[sideOf(one)].steps.has(one.step))
  const hours = { before: lost.before.hours, after: lost.after.hours }
  // What was looked at speaks for all accounts.
  const scale = sides.looked > 0 ? sides.accounts / sides.looked : 1
  const scaled = { before: hours.before / scale, after: hours.after / scale }
  const { before, after, causes } = await splitRate(there, { hours: scaled, seed: seedOf(alert) })
  const count = (isAfter: boolean) => Math.round(there.filter((one) => one.isAfter === isAfter).length * scale)
  const direction = after.estimate! < before.estimate! ? 'down' : 'up'
  const voices = { before: count(false), after: count(true) }
  return { shift: { measure, phrase, direction, before, after, difference: null, voices }, causes }
}

/** Which hours of a window a gap touches, and how many hours are left; a thousandth at least, so that a rate is one. */
function lostHours({ from, to }: Window, gaps: Coverage['gaps']): { steps: Set<number>; hours: number } {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  const steps = new Set<number>()
  for (const gap of gaps) {
    const first = Math.floor((Math.max(start, Date.parse(gap.from)) - start) / hourMs)
    const last = Math.ceil((Math.min(end, Date.parse(gap.to)) - start) / hourMs)
    for (let step = first; step < last; step++) steps.add(step)
  }
  const lengthOf = (step: number) => Math.min(end, start + (step + 1) * hourMs) - (start + step * hourMs)
  const gone = [...steps].reduce((sum, step) => sum + lengthOf(step), 0)
  return { steps, hours: Math.max(0.001, (end - start - gone) / hourMs) }
}

/** The same posts as our model and query of now read them, against those before. */
async function reread(
  alert: Alert,
  ref: TopicRef,
  { ask, formerOf }: Knowing,
): Promise<Pick<Explanation, 'shift' | 'causes'>> {
  const former = formerOf(alert, ref)
  const measure = alert.shifts[0]?.measure ?? 'sentiment.negative'
  const share = sharesOf(measure)
  const topic = { topic: ref.topic, version: ref.version }
  if (!former || !share) return { shift: null, causes: [] }
  const { receivedBy, ...seen } = seenBy(alert)
  // Posts that were here are written anew when another model reads them.
  const by = alert.topic.topic === '' ? {} : { receivedBy }
  const retold = await ask.retold({ ...seen, ...by, topic, window: alert.after }, { former, share })
  const query = former.topic.version !== topic.version
  const found = await rereadOf(retold, { measure, model: former.model !== alert.model, query, seed: seedOf(alert) })
  return found ?? { shift: null, causes: [] }
}

const weekMs = 7 * 24 * hourMs
const mostReread = 12

/** How the posts of a week read, topic by topic, now and before: read by both by now, whenever they were read. */
async function rereadAll(
  alert: Alert,
  knowing: Knowing,
  signal: AbortSignal,
): Promise<NonNullable<Explanation['reread']>> {
  const from = new Date(Date.parse(alert.after.to) - weekMs).toISOString()
  const asked = { ...alert, after: { from, to: alert.after.to } }
  const found: NonNullable<Explanation['reread']> = []
  for (const { id, version, name } of knowing.topics()) {
    signal.throwIfAborted()
    const { shift } = await reread(asked, { topic: id, version }, knowing)
    if (shift) found.push({ topic: id, name, shift })
  }
  const size = ({ shift: { difference } }: { shift: Shift }) => Math.abs(difference?.estimate ?? 0)
  return found.sort((a, b) => size(b) - size(a)).slice(0, mostReread)
}

const mostHeadlines = 5

/** Published from six hours before to an hour after the window in which it began, the nearest to its middle first. */
function headlinesOf({ topic, began }: Alert, stories: KnownStory[]): Explanation['headlines'] {
  const [from, to] = [Date.parse(began.from), Date.parse(began.to)]
  const near = stories.flatMap(({ id, url, headline, at, topic: of }) => {
    const ms = Date.parse(at ?? '')
    if (of !== topic.topic || !isWeb(url) || !(ms >= from - 6 * hourMs && ms <= to + hourMs)) return []
    return [{ story: id, headline, url, at: at!, away: Math.abs(ms - (from + to) / 2) }]
  })
  near.sort((a, b) => a.away - b.away || (a.story < b.story ? -1 : 1))
  return near.slice(0, mostHeadlines).map(({ away, ...told }) => told)
}

const isWeb = (url: string) => /^https?:$/.test(URL.parse(url)?.protocol ?? '')

/** FNV-1a of its id: the same alert draws the same. */
function seedOf({ id }: Alert): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
