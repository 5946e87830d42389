// A chat endpoint on port 0 that answers as a test says: real bytes on a real socket, and it remembers what it was sent.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sentence } from '../../conclusions.ts'

/** What our request tells it about a paragraph. */
export interface Brief {
  topic: string
  opening: string[]
  themes: string[]
  connectives: string[]
  claims: { id: string; kind: string; says: string; estimate: number | null }[]
  clauses: { claims: string[]; wordings: Record<string, string> }[]
}

export interface Received {
  path: string
  headers: Record<string, string | string[] | undefined>
  body: string
}

export interface ChatEndpoint extends AsyncDisposable {
  url: string
  received: Received[]
}

/** Answers with the bytes of a response, whatever they are. */
export type Reply = (response: ServerResponse, brief: Brief) => void

export async function chatEndpoint(reply: Reply): Promise<ChatEndpoint> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString('utf8')
    received.push({ path: request.url ?? '', headers: request.headers, body })
    const { messages } = JSON.parse(body) as { messages: { role: string; content: string }[] }
    reply(response, JSON.parse(messages.find(({ role }) => role === 'user')!.content) as Brief)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}/v1`, received, [Symbol.asyncDispose]: close }
}

/** As the OpenAI API wraps what a model wrote. */
export const completion = (content: string): string =>
  JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content } }],
  })

export const says =
  (write: (brief: Brief) => unknown): Reply =>
  (response, brief) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(completion(JSON.stringify(write(brief))))

/** A careful endpoint: what it must open with, then the other clauses two by two, with words it may use. */
export function honest({ clauses, opening, claims }: Brief): Sentence[] {
  const first = clauses.filter(
    (clause) => clause.claims.length > 1 && clause.claims.every((id) => opening.includes(id)),
  )
  const left = opening.filter((id) => !first.some((clause) => clause.claims.includes(id)))
  const wanted = (kind: string) => claims.filter((claim) => claim.kind === kind).map(({ id }) => id)
  const of = (ids: string[]) =>
    ids.map((id) => clauses.find((clause) => clause.claims.length === 1 && clause.claims[0] === id)!)
  const told = [
    ...of(left),
    ...of(wanted('stance')),
    ...of(wanted('emotion').slice(0, 2)),
    ...of(wanted('theme').slice(0, 2)),
  ]
  const rows = [first, ...pairsOf(told), of(wanted('quote').slice(0, 1))].filter((row) => row.length > 0)
  return rows.map((row) => ({ text: joined(row), claims: row.flatMap((clause) => clause.claims) }))
}

const pairsOf = <T>(list: T[]): T[][] => list.flatMap((_, at) => (at % 2 ? [] : [list.slice(at, at + 2)]))
const joined = (row: Brief['clauses']): string =>
  `${row.map(({ wordings }) => Object.keys(wordings)[0]).join(', while at the same time ')}.`
