// `undercurrent alerts`: list, show, rules, channels, test, back-test. Asks the running process by its API: it alone knows what
// is open and has the store. Prints for people, or what the API answered with --json.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Invocation } from '../cli.ts'
import type { Config } from '../config.ts'
import { askRunning, running } from '../daemon.ts'
import type { ToldAlert, ToldRule } from '../dashboards/alertTold.ts'
import { stateWords } from '../dashboards/alertWords.ts'
import { UserError } from '../errors.ts'
import { checkedYaml } from '../placed.ts'
import { ruleForm, ruleKeys } from '../ruleForm.ts'
import { backtestText, type ToldBacktest } from './backtestText.ts'

export async function alerts(config: Config, invocation: Invocation): Promise<number> {
  const [action = 'list', ...words] = invocation.words
  const act = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : undefined
  if (!act) throw new UserError(`alerts cannot "${action}"`, `It can ${Object.keys(actions).join(', ')}.`)
  const subject = words.join(' ')
  // What is wrong with the words needs no process to be told.
  const asking = act(invocation, subject)
  const url = await running(config)
  if (!url)
    throw new UserError(
      `no undercurrent runs on ${config.dataDir}`,
      'Start it with `npm start` (or name its folder with --data DIR), and ask again.',
    )
  const { answer, text } = await asking((path, body) => askRunning(config, `${url}/v1/alerts${path}`, body))
  console.log(invocation.json ? JSON.stringify(answer) : text)
  return 0
}

type Ask = <T>(path: string, body?: unknown) => Promise<T>
type Told = { answer: unknown; text: string }
type Action = (invocation: Invocation, subject: string) => (ask: Ask) => Promise<Told>

const actions = {
  list:
    ({ topic, state }) =>
    async (ask) => {
      const words = new URLSearchParams({ ...(topic ? { topic } : {}), ...(state ? { state } : {}) })
      const answer = await ask<{ alerts: ToldAlert[] }>(words.size ? `?${words}` : '')
      const none = 'No alerts. While rules watch and posts come in, that means: no change. (undercurrent alerts rules)'
      return { answer, text: answer.alerts.map(lineOf).join('\n') || none }
    },
  show: (_, subject) => {
    const id = need(subject, 'an id', 'undercurrent alerts list shows them')
    return async (ask) => {
      const answer = await ask<ToldAlert & { explanation: Why }>(`/${encodeURIComponent(id)}`)
      return { answer, text: whole(answer) }
    }
  },
  rules: () => async (ask) => {
    const answer = await ask<{ rules: ToldRule[] }>('/rules')
    return { answer, text: answer.rules.map(ruleText).join('\n') || 'No rules: nothing is watched.' }
  },
  channels: () => async (ask) => {
    const answer = await ask<{ channels: { id: string; kind: string; url: string; origin: string }[] }>('/channels')
    const lines = answer.channels.map(({ id, kind, url, origin }) => `${id}  ${kind}  ${url}  (${origin})`)
    return { answer, text: lines.join('\n') || 'No channels: alerts stand on the page, in the feed and in the stream.' }
  },
  test: (_, subject) => {
    const id = need(subject, 'a rule', 'undercurrent alerts rules shows them')
    return async (ask) => {
      const answer = await ask<{ sent: { channel: string; ok: boolean; detail: string }[] }>('/rules/test', { id })
      const lines = answer.sent.map(
        ({ channel, ok, detail }) => `${channel}: ${ok ? 'arrived' : 'did not arrive'}${detail ? ` (${detail})` : ''}`,
      )
      return { answer, text: lines.join('\n') || `The rule "${id}" names no channel: there is nowhere to send a test.` }
    }
  },
  backtest: (invocation) => {
    const { from, to } = invocation
    const rule = ruleOf(invocation)
    return async (ask) => {
      const answer = await ask<ToldBacktest>('/backtest', { rule, ...(from ? { from } : {}), ...(to ? { to } : {}) })
      return { answer, text: backtestText(answer) }
    }
  },
} satisfies Record<string, Action>

/** The id of a rule that is there, or what stands in a file: the same words as in undercurrent.yaml. */
function ruleOf({ rule, 'rule-file': path }: Invocation): object {
  if (rule) return { id: rule }
  if (!path)
    throw new UserError(
      'which rule is to be tried?',
      'Give --rule ID, or --rule-file F with a rule as in undercurrent.yaml.',
    )
  const hint = 'Mend that line; docs/alerting.md lists what a rule may say.'
  const expected = { path, settings: { '': ruleKeys }, hint }
  const text = textOf(path)
  checkedYaml(text, { ...expected, schema: ruleForm })
  return checkedYaml(text, { ...expected, schema: z.record(z.string(), z.unknown()) })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UserError(`cannot read ${path}`, 'Check the path and its permissions.')
  }
}

function need(value: string, what: string, hint: string): string {
  if (value) return value
  throw new UserError(`${what} is missing`, `${hint}.`)
}

const minute = (at: string) => at.slice(0, 16).replace('T', ' ')
const lineOf = ({ id, state, openedAt, words }: ToldAlert) =>
  `${minute(openedAt)}  ${stateWords[state].padEnd(22)}  ${words.title}  (${id})`

interface Why {
  causes: { cause: string; part: { estimate: number | null } }[]
  themes: { phrase: string }[]
  headlines: { headline: string; at: string }[]
}

function whole({
  words,
  state,
  ruleName,
  ack,
  explanation: { causes, themes, headlines },
}: ToldAlert & { explanation: Why }): string {
  const facts = words.facts.map(({ label, value }) => `  ${label}: ${value}`)
  const parts = causes.map(
    ({ cause, part }) =>
      `  ${cause}: ${part.estimate === null ? 'unknown' : Math.round(part.estimate * 1_000) / 1_000}`,
  )
  return [
    words.title,
    `${stateWords[state]}, by the rule ${ruleName}`,
    words.text,
    ...facts,
    ...(parts.length ? ['What the change is made of:', ...parts] : []),
    ...(themes.length ? [`Subjects that grew: ${themes.map(({ phrase }) => phrase).join(', ')}`] : []),
    ...(headlines.length ? ['Published around then (coincidence in time):'] : []),
    ...headlines.map(({ headline, at }) => `  ${minute(at)}  ${headline}`),
    ...(ack ? [`Marked as ${ack.verdict} by ${ack.by}${ack.note ? `: ${ack.note}` : ''}`] : []),
  ].join('\n')
}

const ruleText = ({ id, name, says, origin, warnings }: ToldRule) =>
  [`${id}  ${name}  (${origin})`, `  ${says}`, ...warnings.map((one) => `  Careful: ${one}.`)].join('\n')
