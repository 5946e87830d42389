// A letter as mail. The only file that knows nodemailer. The server is the operator's own word: its address comes from the
// configuration file or the environment alone, and is called wherever it is, inside too (dial.ts is not asked). Names are
// hostile: no header holds a line break, the HTML part is escaped. A password goes only over TLS, but on this machine.
import { Socket } from 'node:net'
import { html } from 'hono/html'
import { unlessAborted } from '../retry.ts'
import type { Outcome, Sent } from '../send.ts'
import type { OpenChannel } from './channels.ts'
import { type Letter, line, mostNamed, unnamed } from './letter.ts'

const timeoutMs = 30_000
const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/

/** Rejects only when the signal aborts. */
export async function mail(letter: Letter, channel: OpenChannel, signal: AbortSignal): Promise<Sent> {
  const server = serverOf(channel)
  if (!server) return { outcome: 'bad_address', answer: null, afterMs: 0, detail: noServer }
  const { createTransport } = await import('nodemailer')
  // A socket of ours, so that it can be left at once.
  const socket = new Socket()
  const transport = createTransport({ ...server, socket, disableFileAccess: true, disableUrlAccess: true })
  const limit = AbortSignal.timeout(timeoutMs)
  const ending = AbortSignal.any([signal, limit])
  try {
    const sent = await unlessAborted(transport.sendMail(mailOf(letter, channel)), ending)
    if (!sent) throw Object.assign(new Error('no whole answer came in time'), { code: 'ETIMEDOUT' })
    const refused = sent.rejected.length
    const detail = refused ? `${refused} of ${channel.to.length} recipients were refused.` : ''
    return { outcome: 'delivered', answer: answerOf(sent.response), afterMs: 0, detail }
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    return failureOf(error as SmtpError)
  } finally {
    transport.close()
  }
}

const noServer = 'The channel has no mail server: give url: smtp://host:port or smtps://host:port.'
/** smtp://host:port or smtps://host:port; null where it is none. */
function serverOf({ url: text, user, password }: OpenChannel) {
  const url = URL.parse(text)
  if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname) return null
  const isTls = url.protocol === 'smtps:'
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isTls ? 465 : 587),
    secure: isTls,
    requireTLS: !isTls && user !== null && !loopback.test(url.hostname),
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
  }
}

/** Same letter, same Message-ID; what follows an alert answers to the mail that told of it first. */
function mailOf(letter: Letter, { from, to }: OpenChannel) {
  const domain = line(/@([^\s<>"@]+)>?\s*$/.exec(from)?.[1] ?? 'undercurrent.invalid', 200)
  const idOf = (id: string) => `<${id}@${domain}>`
  const threads = letter.threads.map(idOf)
  return {
    from: line(from, 320),
    to: to.map((one) => line(one, 320)),
    subject: `[undercurrent] ${letter.title}`,
    messageId: idOf(letter.id),
    ...(threads.length ? { inReplyTo: threads[0], references: threads } : {}),
    headers: {
      'List-Id': `undercurrent alerts <alerts.undercurrent.${domain}>`,
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
    text: textOf(letter),
    html: String(htmlOf(letter)),
  }
}

const because = ({ rule, severity }: Letter) => `You get this because of the rule "${rule.name}" (${severity}).`

function textOf(letter: Letter): string {
  const { title, text, facts, link, alerts } = letter
  const many = alerts.length > 1 ? alerts.slice(0, mostNamed).map((one) => `- ${one.title}\n  ${one.link}`) : []
  const more = unnamed(letter) ? [`and ${unnamed(letter)} more`] : []
  const parts = [
    ...[title, text, facts.map(({ label, value }) => `${label}: ${value}`).join('\n')],
    ...[[...many, ...more].join('\n'), link, `-- \n${because(letter)}`],
  ]
  return parts.filter(Boolean).join('\n\n')
}

function htmlOf(letter: Letter) {
  const { title, text, facts, link, alerts } = letter
  const many = alerts.length > 1 ? alerts.slice(0, mostNamed) : []
  const rows = facts.map(({ label, value }) => html`<tr><th align="left">${label}</th><td>${value}</td></tr>`)
  const named = many.map((one) => html`<li><a href="${one.link}">${one.title}</a></li>`)
  const more = unnamed(letter) ? html`<li>and ${unnamed(letter)} more</li>` : ''
  return html`<!doctype html><html><body style="font-family:sans-serif;line-height:1.5;max-width:40em">
<h1 style="font-size:1.2em"><a href="${link}">${title}</a></h1><p>${text}</p>
${rows.length ? html`<table cellpadding="4">${rows}</table>` : ''}
${named.length ? html`<ul>${named}${more}</ul>` : ''}
<p style="color:#666;font-size:.9em">${because(letter)}</p></body></html>`
}

interface SmtpError extends Error {
  code?: string
  responseCode?: number
}

/** The server's own words stay out of it: they may name what stands behind it. */
function failureOf({ code, responseCode }: SmtpError): Sent {
  const answer = responseCode ?? null
  if (answer !== null) {
    const outcome: Outcome = answer >= 500 ? 'refused' : 'failed'
    return { outcome, answer, afterMs: 0, detail: `The mail server answered ${answer}.` }
  }
  if (code === 'ETIMEDOUT') return { outcome: 'timeout', answer, afterMs: 0, detail: 'The mail server did not answer.' }
  if (code === 'ETLS')
    return { outcome: 'refused', answer, afterMs: 0, detail: 'The mail server offers no TLS: no password is sent.' }
  return { outcome: 'unreachable', answer, afterMs: 0, detail: 'The mail server could not be reached.' }
}

const answerOf = (response: string) => Number(/^\d{3}/.exec(response)?.[0] ?? 250)
