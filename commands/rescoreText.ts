// How a rescore is told on a terminal: its progress while it runs, and at the end what changed only because the model did.
// Pure but for the stream it is given. A share of a topic version is always told with the posts it is over.

import type { Progress, Rescored } from '../analyze/rescore.ts'
import { count, plural } from '../phrasing.ts'
import type { Remodelled } from '../sides.ts'

export interface Summed extends Rescored {
  model: string
  /** null: from the start of the log. */
  from: string | null
  topics: Remodelled[]
  /** Ids of topics whose comparison was cut off. */
  uncompared: string[]
  /** What makes the model the one that is used; null: it is configured. */
  remedy: { folder: string; file: string | null; former: string | null } | null
}

interface Telling {
  model: string
  now: () => number
}

const everyMs = { terminal: 500, file: 10_000 }

/** On a terminal one line that changes, elsewhere a line now and then. */
export function openProgress(
  stream: Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean },
  { model, now }: Telling,
): { tell(progress: Progress): void; wait(): void; end(): void } {
  let [shown, began] = [Number.NEGATIVE_INFINITY, null as { at: number; done: number } | null]
  return {
    tell: (progress) => {
      began ??= { at: now(), done: progress.done }
      if (now() - shown < (stream.isTTY ? everyMs.terminal : everyMs.file)) return
      shown = now()
      const line = progressLine(progress, { model, seconds: (shown - began.at) / 1000, from: began.done })
      stream.write(stream.isTTY ? `\r${line}\u001b[K` : `${line}\n`)
    },
    wait: () => stream.write('waiting until analyze has read what is in the log; it must run meanwhile\n'),
    end: () => {
      if (stream.isTTY && began) stream.write('\n')
    },
  }
}

/** `seconds` since `from` of it was done. */
export function progressLine(
  { done, posts }: Pick<Progress, 'done' | 'posts'>,
  { model, seconds, from }: { model: string; seconds: number; from: number },
): string {
  const parts = [`${Math.floor(done * 100)} % read by ${model}`, plural(posts, 'post')]
  if (seconds > 0) parts.push(`${count(Math.round(posts / seconds))}/s`)
  if (seconds > 0 && done > from) parts.push(`about ${spell((seconds * (1 - done)) / (done - from))} left`)
  return parts.join(', ')
}

function spell(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3_600).toFixed(1)} h`
}

/** For people. */
export function summaryText(summed: Summed): string {
  const { model, posts, isComplete, isResumed, topics, uncompared, remedy } = summed
  if (!isComplete) return `Stopped after ${plural(posts, 'post')}. The same command goes on from there.`
  const what = posts ? `${plural(posts, 'post')} read by ${model}` : `Nothing was left to read by ${model}`
  const since = summed.from ? `, none of before ${summed.from}` : ''
  const late = uncompared.map((id) => `${id}: too many posts to compare at once`)
  return [
    `${what}${since}${isResumed ? ' (went on from where it was)' : ''}.`,
    ...topics.map(topicText),
    ...late,
    remedyText(model, remedy),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function topicText(one: Remodelled): string {
  const { topic, version, former, model, posts, scored, shares, turned, left } = one
  const width = Math.max(0, ...shares.map(({ measure }) => measure.length))
  const head = `${topic} (version ${version}): ${former} -> ${model}, the same ${plural(posts, 'post')} read by both, ${count(scored)} scored by both`
  const lines = shares.map(
    ({ measure, before, after }) =>
      `  ${measure.padEnd(width)}  ${hundredths(before)} -> ${hundredths(after)} %  ${signed(after - before)}`,
  )
  const turns = turned.map(
    ({ measure, posts, of }) => `  ${measure}: another label leads in ${count(posts)} of ${count(of)}`,
  )
  return [head, ...lines, ...turns, ...leftText(left)].join('\n')
}

function leftText({ wordless, other }: Remodelled['left']): string[] {
  const lines: string[] = []
  if (other) lines.push(`  ${plural(other, 'post')} not read again: no longer in the log, or came while this ran`)
  if (wordless) lines.push(`  ${plural(wordless, 'post')} kept without words, so never to be read again`)
  if (lines.length) lines.push('  These keep their former scores: the page says how many, and counts them in no share.')
  return lines
}

const hundredths = (share: number) => (share * 100).toFixed(1).padStart(5)
const signed = (difference: number) => `${difference < 0 ? '-' : '+'}${Math.abs(difference * 100).toFixed(1)}`

function remedyText(model: string, remedy: Summed['remedy']): string {
  if (!remedy)
    return 'This is the configured model: its scores are shown at once where undercurrent runs with it, else from its next start.'
  const file = remedy.file ?? 'undercurrent.yaml'
  const former = remedy.former ?? 'the configured model'
  return [
    `To use it: set model.folder to ${remedy.folder} in ${file}, and start undercurrent again.`,
    `Until then everything goes on with ${former}; what comes meanwhile is read by ${model} when it starts.`,
  ].join('\n')
}
