// Up to where a rule has looked at which topics, and by which model: what a restart goes on from. Settings of the log; may be
// older than what was done, never newer: what is walked again comes out the same.
import { set, settingsUnder } from '../settings.ts'
import type { Log } from '../types.ts'

const markSetting = 'alert-mark:'
/** So far apart marks are written: each is a row of the log. */
const everyMs = 1_800_000

export interface Mark {
  atMs: number
  /** What read the posts then. */
  model: string
  /** Topics with their versions. */
  topics: string[]
}

/** null: the rule has not looked at anything yet. */
export async function keptMark(log: Pick<Log, 'settings'>, rule: string): Promise<Mark | null> {
  const text = (await settingsUnder(log, markSetting)).get(rule)
  return text ? (JSON.parse(text) as Mark) : null
}

/** Resolves once durable; writes nothing where hardly anything is new. */
export async function keepMark(
  log: Pick<Log, 'append'>,
  { rule, mark, before }: { rule: string; mark: Mark; before: Mark | null },
): Promise<void> {
  const isSame =
    before !== null && before.model === mark.model && JSON.stringify(before.topics) === JSON.stringify(mark.topics)
  if (!mark.topics.length || (isSame && mark.atMs - before.atMs < everyMs)) return
  await set(log, { [markSetting + rule]: JSON.stringify(mark) })
}

/** When any rule looked last, as far as it is written down; null: none ever did. */
export async function lastLook(log: Pick<Log, 'settings'>): Promise<number | null> {
  const marks = [...(await settingsUnder(log, markSetting)).values()].map((text) => (JSON.parse(text) as Mark).atMs)
  return marks.length ? Math.max(...marks) : null
}
