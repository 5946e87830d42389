// A mail server on port 0 (the smtp-server package), and its mails read as a mail program reads them: unfolded headers,
// encoded words, the parts of the body.
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface Mail {
  /** Names in small letters; every occurrence. */
  headers: Map<string, string[]>
  from: string
  to: string[]
  text: string
  html: string
  raw: string
}

export interface Mailbox extends AsyncDisposable {
  port: number
  mails: Mail[]
  /** Who said who they are, and with which password. */
  logins: string[]
  connections(): number
  /** How it answers a mail from now on: 250, or this. */
  answer(code: number | null): void
  /** Who is not known here. */
  refuse(address: string): void
}

export async function openMailbox(options: { tls?: boolean; silent?: boolean } = {}): Promise<Mailbox> {
  const [mails, logins, refused]: [Mail[], string[], Set<string>] = [[], [], new Set()]
  let [code, connections]: [number | null, number] = [null, 0]
  const failure = (responseCode: number) => Object.assign(new Error('10.0.0.7 behind us says no'), { responseCode })
  const server = new SMTPServer({
    ...{ authOptional: true, allowInsecureAuth: true, disableReverseLookup: true, logger: false },
    disabledCommands: options.tls ? [] : ['STARTTLS'],
    onConnect: (_, done) => {
      connections++
      if (!options.silent) done()
    },
    onAuth: ({ username, password }, _, done) => {
      logins.push(`${username} ${password}`)
      if (password === 'right') done(null, { user: username })
      else done(failure(535))
    },
    onRcptTo: ({ address }, _, done) => done(refused.has(address) ? failure(550) : null),
    onData: (stream, { envelope }, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        if (code) return done(failure(code))
        const to = envelope.rcptTo.map(({ address }) => address)
        mails.push(read(Buffer.concat(parts).toString('utf8'), (envelope.mailFrom || { address: '' }).address, to))
        done(null)
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    ...{ port: (server.server.address() as AddressInfo).port, mails, logins, connections: () => connections },
    answer: (next) => {
      code = next
    },
    refuse: (address) => void refused.add(address),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function read(raw: string, from: string, to: string[]): Mail {
  const { headers, body } = split(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get('content-type')?.[0] ?? '')?.[1]
  const parts = boundary
    ? body
        .split(`--${boundary}`)
        .slice(1, -1)
        .map((part) => split(part.replace(/^\r\n/, '')))
    : []
  const of = (type: string) => {
    const part = parts.find((one) => one.headers.get('content-type')?.[0]?.startsWith(type))
    return part ? decoded(part.body, part.headers.get('content-transfer-encoding')?.[0] ?? '') : ''
  }
  return { headers, from, to, text: of('text/plain'), html: of('text/html'), raw }
}

function split(raw: string): { headers: Map<string, string[]>; body: string } {
  const end = raw.indexOf('\r\n\r\n')
  const headers = new Map<string, string[]>()
  for (const one of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const [name, value] = [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]
    headers.set(name, [...(headers.get(name) ?? []), words(value)])
  }
  return { headers, body: raw.slice(end + 4) }
}

/** RFC 2047; white space between two encoded words is none. */
function words(value: string): string {
  return value.replace(/\?=\s+=\?/g, '?==?').replace(/((?:=\?utf-8\?[bq]\?[^?]*\?=)+)/gi, (all) => {
    const bytes = [...all.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, kind, text]) =>
      kind!.toLowerCase() === 'b' ? Buffer.from(text!, 'base64') : quoted(text!.replaceAll('_', ' ')),
    )
    return Buffer.concat(bytes).toString('utf8')
  })
}

const quoted = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

function decoded(body: string, encoding: string): string {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString('utf8')
  if (/quoted-printable/i.test(encoding)) return quoted(body.replace(/=\r\n/g, '')).toString('utf8')
  return body
}
