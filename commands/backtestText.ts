// A back-test as text for a terminal: what would have been told, how quickly changes would have been, and the course of each
// topic as a line of blocks with what was above the lines under it. Pure.
import type { z } from 'zod'
import type * as shapes from '../dashboards/alertShapes.ts'
import { stateWords } from '../dashboards/alertWords.ts'

export type ToldBacktest = z.output<typeof shapes.Backtest>

const columns = 72
const blocks = '▁▂▃▄▅▆▇█'
const minute = (at: string) => at.slice(0, 16).replace('T', ' ')
const round = (n: number) => Math.round(n * 10) / 10

export function backtestText(test: ToldBacktest): string {
  const { rule, window, topics, alerts, messages, expectedFalse, injected, chart } = test
  const voices = topics.reduce((sum, one) => sum + one.voices, 0)
  const expected = rule.budget
    ? `; had nothing changed at all, one would expect ${expectedFalse < 0.1 ? 'fewer than 0.1' : round(expectedFalse)}`
    : ''
  return [
    `${rule.name}: ${rule.says}`,
    `Tried on ${minute(window.from)} to ${minute(window.to)} UTC: ${topics.length} topic(s), ${voices} voices.`,
    `${messages} message(s) about ${alerts.length} alert(s) would have been sent${expected}.`,
    ...alerts.map(
      ({ openedAt, state, words }) => `  ${minute(openedAt)}  ${stateWords[state].padEnd(22)}  ${words.title}`,
    ),
    ...(injected.length
      ? ['', 'How quickly it tells a change that is put into the kept posts:', ...quickness(injected)]
      : []),
    ...chart.flatMap((one) => ['', ...course(one, topics.find(({ topic }) => topic === one.topic)?.name ?? one.topic)]),
  ].join('\n')
}

function quickness(injected: ToldBacktest['injected']): string[] {
  const hours = (one: { median: number; p90: number } | null) =>
    one ? `${round(one.median)} h (${round(one.p90)} h)` : 'not within a week'
  const head = ['change', 'told', 'probable after (9 of 10)', 'sure after (9 of 10)']
  const rows = injected.map(({ measure, by, early, confirmed, found, of }) => [
    ...[`${Math.round(by * 100)} points ${measure}`, `${found} of ${of}`, hours(early), hours(confirmed)],
  ])
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)))
  return [head, ...rows].map(
    (row) =>
      `  ${row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd()}`,
  )
}

/** Each column is the strongest of its steps; under it what was told: = sure, - probable. A blank: nothing is known. */
function course({ strength, early, confirm, stepMs, from }: ToldBacktest['chart'][number], name: string): string[] {
  const per = Math.max(1, Math.ceil(strength.length / columns))
  const drawn = Array.from({ length: Math.ceil(strength.length / per) }, (_, at) => {
    const known = strength.slice(at * per, (at + 1) * per).filter((one) => one !== null)
    return known.length ? Math.max(...known) : null
  })
  const most = Math.max(confirm, ...drawn.map((one) => one ?? 0)) || 1
  const block = (one: number | null) =>
    one === null ? ' ' : blocks[Math.min(blocks.length - 1, Math.floor((Math.max(0, one) / most) * blocks.length))]!
  const mark = (one: number | null) => (one === null || one < early ? ' ' : one < confirm ? '-' : '=')
  const end = new Date(Date.parse(from) + strength.length * stepMs).toISOString()
  return [
    `${name}: how far from its usual course (- probable, = sure)`,
    `  ${drawn.map(block).join('')}`,
    `  ${drawn.map(mark).join('')}`.trimEnd(),
    `  ${minute(from)}${' '.repeat(Math.max(2, drawn.length - 32))}${minute(end)}`,
  ]
}
