// Alerts and rules as API and pages tell them, and to whom: those who may read everything are told everything, everybody
// else of topics marked public alone, without what the people here say among themselves.
import type { Context } from 'hono'
import type { z } from 'zod'
import type { Alert, Explanation, Rule, WantedRule } from '../alarms.ts'
import { UserError } from '../errors.ts'
import { warningsOf } from '../ruled.ts'
import { writtenOf } from '../ruleForm.ts'
import type * as shapes from './alertShapes.ts'
import { ruleInWords } from './ruleWords.ts'
import type { Served } from './served.ts'

export type ToldAlert = z.output<typeof shapes.Alert>
export type ToldRule = z.output<typeof shapes.Rule>

/** The alert, or a 404 that says where to look. */
export async function alertOf({ alerts }: Pick<Served, 'alerts'>, id: string): Promise<Alert> {
  const alert = await alerts.get(id)
  if (alert) return alert
  const hint = 'GET /v1/alerts lists them; the newest 500 of the last 90 days are kept.'
  throw new UserError(`there is no alert "${id.slice(0, 80)}"`, hint, 404)
}

/** Whether whoever asks may read of all topics. */
export const isInside = (c: Context): boolean => c.get('reader')?.refusal == null

export const isPublic = ({ topics }: Pick<Served, 'topics'>, { topic }: Alert): boolean =>
  topics.get(topic.topic)?.public === true

/** With its words. What a rule is called, and what was said of an alert, stays inside. */
export function toldAlert(
  { alerts }: Pick<Served, 'alerts'>,
  alert: Alert,
  more: { inside: boolean; why?: Explanation },
): ToldAlert {
  const words = alerts.wordsOf(alert, more.why)
  return more.inside ? { ...alert, words } : { ...alert, rule: '', ruleName: '', ack: null, words }
}

/** In the words that make it again, with a sentence, and with what of it leads nowhere. */
export async function toldRule(served: Pick<Served, 'alerts' | 'topics'>, rule: Rule): Promise<ToldRule> {
  const topics = served.topics.list()
  const warnings = warningsOf(rule, { topics, channels: rule.channels.length ? await served.alerts.channels() : [] })
  const { origin, at } = rule
  return { ...(writtenOf(rule) as ToldRule), origin, at, says: ruleInWords(rule, topics), warnings }
}

/** A rule that is there, by its id, or the one that is wanted, with all its defaults. */
export async function ruleFor({ alerts }: Pick<Served, 'alerts'>, given: WantedRule | { id: string }): Promise<Rule> {
  const isNamed = Object.keys(given).length === 1 && given.id !== undefined
  const known = isNamed ? (await alerts.rules()).find(({ id }) => id === given.id) : undefined
  if (known) return known
  if (isNamed) throw new UserError(`there is no rule "${given.id}"`, 'GET /v1/alerts/rules lists them.', 404)
  return alerts.checkRule(given)
}
