// A letter as a webhook gets it: a CloudEvent (1.0, structured mode) whose bytes are signed after Standard Webhooks.
// For machines: the alerts as they are, of many the strongest dozen and the ids of all.
import type { Posted } from '../send.ts'
import { signatureHeaders } from '../signature.ts'
import type { OpenChannel } from './channels.ts'
import { type Letter, mostNamed } from './letter.ts'

export interface Calling {
  nowMs: number
  /** Where readers find us. */
  origin: string
}

/** Ids that a letter holds at most: CloudEvents pass through machines that promise no more than 64 kB. */
const mostIds = 500

export function webhookCall(letter: Letter, { url, secret }: OpenChannel, { nowMs, origin }: Calling): Posted {
  const body = JSON.stringify(eventOf(letter, origin))
  const signed = secret === null ? {} : signatureHeaders({ id: letter.id, nowMs, body }, [secret])
  return { url, headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', ...signed }, body }
}

function eventOf(letter: Letter, origin: string) {
  const { id, at, rule, severity, title, text, facts, link, alerts } = letter
  const named = alerts.slice(0, mostNamed)
  return {
    ...{ specversion: '1.0', id, source: origin, type: typeOf(letter), subject: subjectOf(letter), time: at },
    datacontenttype: 'application/json',
    data: {
      ...{ rule, severity, title, text, facts, url: link, count: alerts.length },
      alerts: named.map((one) => ({ ...one.alert, title: one.title, url: one.link })),
      ids: alerts.slice(0, mostIds).map(({ alert }) => alert.id),
    },
  }
}

function typeOf({ isTest, state }: Letter): string {
  if (isTest) return 'io.undercurrent.alert.test'
  return state ? `io.undercurrent.alert.${state}` : 'io.undercurrent.alerts'
}

const subjectOf = ({ state, alerts, rule }: Letter) => (state ? `alerts/${alerts[0]!.alert.id}` : `rules/${rule.id}`)
