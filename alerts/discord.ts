// A letter as Discord's webhooks take it: a line with the link, and one embed. Nobody is mentioned whatever a name says, and
// every character that Discord would read as markup is escaped. Within the documented limits: 2,000 characters of content;
// in the embed 4,096 of description, 25 fields of 256 and 1,024, 6,000 in all.
import type { Severity } from '../alarms.ts'
import type { Posted } from '../send.ts'
import type { OpenChannel } from './channels.ts'
import { type Letter, mostNamed, unnamed, within } from './letter.ts'

const colours: Record<Severity, number> = { critical: 0xb3261e, warning: 0xb26a00, info: 0x2f6f8f }
/** Of the embed's 6,000: the text or the lines of several, the fields, the rule. */
const most = { description: 3_200, label: 60, value: 150, rule: 300 }

export function discordCall(letter: Letter, { url }: OpenChannel): Posted {
  const { title, link, at, severity, facts, rule } = letter
  const embed = {
    description: descriptionOf(letter),
    color: colours[severity],
    fields: facts.map(({ label, value }) => ({
      name: escaped(label, most.label),
      value: escaped(value, most.value),
      inline: true,
    })),
    footer: { text: within(`${rule.name} · ${severity}`, most.rule) },
    timestamp: at,
  }
  // In angle brackets, so that no preview is fetched of it. Not the embed's url: Discord refuses one that is not public.
  const content = `**${escaped(title, 1_000)}**\n<${link}>`
  const body = JSON.stringify({ content, embeds: [embed], allowed_mentions: { parse: [] } })
  return { url, headers: { 'content-type': 'application/json' }, body }
}

function descriptionOf(letter: Letter): string {
  const { text, alerts } = letter
  const whole = escaped(text, alerts.length > 1 ? 800 : most.description)
  if (alerts.length <= 1) return whole
  const lines = alerts.slice(0, mostNamed).map(({ title }) => `• ${escaped(title, 180)}`)
  const more = unnamed(letter) ? [`and ${unnamed(letter)} more`] : []
  return [whole, ...lines, ...more].join('\n')
}

/** A backslash before anything that is neither letter nor digit is not shown, and takes away what it would mean. */
const plain = (text: string) => text.replace(/[\\*_~`|>#[\]()<:@/-]/g, '\\$&')
/** What holds nothing is refused. */
const escaped = (text: string, mostChars: number) => within(text, mostChars, plain) || '-'
