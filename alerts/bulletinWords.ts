// Several alerts told at once, in words: two hundred topics whose posts stopped coming in are one sentence. Pure. What each
// alert says is the list beside it.
import type { Alert, AlertState, AlertWords } from '../alarms.ts'
import { capital, count, plural } from '../phrasing.ts'
import { fitted, isOfAll, sourceIn } from './lines.ts'
import { chanceOf, isOurs, stateWords, type Wording, wordsOf } from './words.ts'

/** Of several alerts that are told at once; one is told as itself. What each says is the bulletin's list. */
export function bulletinWords(alerts: readonly Alert[], wording: (alert: Alert) => Wording = () => ({})): AlertWords {
  const [first] = alerts
  if (first && alerts.length === 1) return wordsOf(first, wording(first))
  const topics = new Set(alerts.map(({ topic }) => topic.topic)).size
  return {
    title: bulletinTitle(alerts, topics),
    text: bulletinText(alerts),
    facts: statesIn(alerts).map(([state, n]) => ({ label: capital(stateWords[state]), value: count(n) })),
    path: '/alerts',
  }
}

function bulletinTitle(alerts: readonly Alert[], topics: number): string {
  const of = plural(topics, 'topic')
  const isAll = (kind: Alert['kind']) => alerts.length > 0 && alerts.every((one) => one.kind === kind)
  const isOver = alerts.every(({ state }) => state === 'closed')
  if (isAll('collection') && alerts.every(isOfAll)) {
    const sources = [...new Set(alerts.map(sourceIn))].join(', ')
    return fitted((names) => `Posts from ${names} ${isOver ? 'come in again' : 'stopped coming in'}`, sources)
  }
  if (isAll('collection')) return `Posts of ${of} ${isOver ? 'come in again' : 'stopped coming in'}`
  if (isAll('model')) return `How we measure changed for ${of}, not what people say`
  const names = [...new Set(alerts.map(({ topic }) => topic.name))]
  const more = names.length - 2
  const became = statesIn(alerts).map(
    ([state, n]) => `${count(n)} ${state === 'early' ? 'not yet sure' : stateWords[state]}`,
  )
  const rest = more > 0 ? ` and ${plural(more, 'more topic')}` : ''
  const head =
    became.length === 1
      ? became[0]!.replace(' ', ' alerts ')
      : `${plural(alerts.length, 'alert')}, ${became.join(', ')}`
  return fitted((...two) => `${head}: ${two.join(', ')}${rest}`, ...names.slice(0, 2))
}

const states: AlertState[] = ['confirmed', 'early', 'withdrawn', 'closed']
const statesIn = (alerts: readonly Alert[]): [AlertState, number][] =>
  states
    .map((state): [AlertState, number] => [state, alerts.filter((one) => one.state === state).length])
    .filter(([, n]) => n > 0)

function bulletinText(alerts: readonly Alert[]): string {
  const ours = alerts.filter(isOurs).length
  const most = Math.max(0, ...alerts.filter(({ kind }) => kind !== 'level').map(({ perYear }) => perYear))
  const said =
    ours === alerts.length
      ? 'What changed is on our side, not what people think.'
      : ours > 0
        ? `Of them ${count(ours)} are about what we collect or how we measure, not about what people think.`
        : ''
  return [said, ours < alerts.length ? chanceOf({ perYear: most }) : ''].filter(Boolean).join(' ')
}
