// What the source of X says of itself to a person: what it is doing, what it spent, and what to do. Pure.
import type { Refusal } from './spend.ts'

export interface Limits {
  daily: number
  monthly: number
}

export const dollars = (sum: number): string =>
  `$${sum.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).replace(/\.00$/, '')}`

export const moneyOf = ({ daily, monthly }: Limits, { day, month }: { day: number; month: number }): string =>
  `${dollars(day)} of ${dollars(daily)} spent today, ${dollars(month)} of ${dollars(monthly)} this month.`

/** Why nothing is read, and until when. */
export function reachedOf({ daily, monthly }: Limits, { span, until }: Refusal): string {
  const limit = span === 'day' ? `daily limit of ${dollars(daily)}` : `monthly limit of ${dollars(monthly)}`
  const when = span === 'day' ? '00:00 UTC' : `00:00 UTC on ${new Date(until).toISOString().slice(0, 10)}`
  return `The ${limit} is reached; reading goes on at ${when}.`
}

export const liveOf = (topics: number, isRecovering: boolean): string =>
  `Receiving posts of ${topics} ${topics === 1 ? 'topic' : 'topics'}${isRecovering ? ' and looking up what a cut hid' : ''}.`

/** What a person can do about a status; '' where waiting is all. */
export function adviceOn(status: number): string {
  if (status === 401) return ' Check UNDERCURRENT_X_TOKEN: X does not know this token.'
  if (status === 402 || status === 403)
    return ' The project of this token may not read this stream, or has no credits left: see the developer console of X.'
  return ''
}
