// One letter to one channel, by whatever it speaks, and what came of it. Everything but mail goes through dial.ts: the public
// internet and what server.dial.allow names, judged anew at each call, no redirect followed.
import { type Sending, type Sent, send } from '../send.ts'
import { alertmanagerCall, resendMs } from './alertmanager.ts'
import type { OpenChannel } from './channels.ts'
import { discordCall } from './discord.ts'
import type { Letter } from './letter.ts'
import { mail } from './mail.ts'
import { slackCall, slackSpacingMs } from './slack.ts'
import { webhookCall } from './webhook.ts'

/** Rejects only when the signal aborts. */
export function tell(letter: Letter, channel: OpenChannel, sending: Sending & { origin: string }): Promise<Sent> {
  if (channel.kind === 'mail') return mail(letter, channel, sending.signal)
  return send(callOf(letter, channel, { nowMs: sending.now(), origin: sending.origin }), sending)
}

function callOf(letter: Letter, channel: OpenChannel, calling: { nowMs: number; origin: string }) {
  if (channel.kind === 'slack') return slackCall(letter, channel)
  if (channel.kind === 'discord') return discordCall(letter, channel)
  return (channel.kind === 'alertmanager' ? alertmanagerCall : webhookCall)(letter, channel, calling)
}

/** Between two letters. */
export const spacingMs = ({ kind }: OpenChannel): number => (kind === 'slack' ? slackSpacingMs : 0)

/** How long a channel rests at most by itself: one that must hear of the same thing again and again, not long. */
export const capMs = ({ kind }: OpenChannel): number | undefined => (kind === 'alertmanager' ? resendMs : undefined)
