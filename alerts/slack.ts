// A letter as Slack's incoming webhooks take it (and what speaks like them): a line of text for notifications, and blocks.
// The three characters that begin markup are escaped and nothing is linked but by us, so a name can neither call a channel
// nor pose as a link. Within the documented limits: 50 blocks, 3,000 characters a section, 10 fields of 2,000; and within
// the 13,000 in all that no page documents.
import type { Posted } from '../send.ts'
import type { OpenChannel } from './channels.ts'
import { type Letter, mostNamed, unnamed, within } from './letter.ts'

/** Slack takes one message a second. */
export const slackSpacingMs = 1_000

export function slackCall(letter: Letter, { url }: OpenChannel): Posted {
  const blocks = [
    section(`*${linked(letter.link, letter.title)}*${letter.text ? `\n${escaped(letter.text, 2_000)}` : ''}`),
    ...(letter.facts.length ? [{ type: 'section', fields: letter.facts.map(field) }] : []),
    ...(letter.alerts.length > 1 ? letter.alerts.slice(0, mostNamed).map(named) : []),
    ...(unnamed(letter) ? [section(linked(letter.link, `and ${unnamed(letter)} more`))] : []),
    { type: 'context', elements: [mrkdwn(`${escaped(letter.rule.name, 200)} · ${letter.severity}`)] },
  ]
  const text = `${escaped(letter.title, 1_000)} ${plain(letter.link)}`
  const body = JSON.stringify({ text, blocks, unfurl_links: false, unfurl_media: false })
  return { url, headers: { 'content-type': 'application/json; charset=utf-8' }, body }
}

/** verbatim: Slack makes no links and no mentions of what looks like one. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true })
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) })
const field = ({ label, value }: { label: string; value: string }) =>
  mrkdwn(`*${escaped(label, 80)}*\n${escaped(value, 300)}`)
const named = ({ title, link }: { title: string; link: string }) => section(`• ${linked(link, title)}`)

const plain = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const escaped = (text: string, most: number) => within(text, most, plain)
/** A bar would end the address. */
const linked = (link: string, text: string) => `<${plain(link.replaceAll('|', '%7C'))}|${escaped(text, 250)}>`
