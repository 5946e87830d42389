// The double as a process of its own, for the demo: `node test/doubles/jetstream.ts --rate 45 --seed 1 --port 0` prints
// {"url"} and posts at that rate until it is told to stop (POST /stop) or its parent is gone. GET /ledger: what is true
// now, as counts; GET /ledger/posts: every post as NDJSON. `--past 6h` makes history before it starts.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import type { JetstreamDouble } from './jetstream.ts'
import { demoTopic } from './posts.ts'

/** Produces at `rate` events a second until the returned function is called. */
export function keepPosting(double: JetstreamDouble, rate: number): () => void {
  let produced = 0
  const start = performance.now()
  // Never two in one millisecond: real accounts do not leave and return within one either.
  const stepUs = Math.max(1_000, 1e6 / rate)
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * rate) - produced
    if (due <= 0) return
    produced += due
    double.produce(due, Date.now() * 1000 - (due - 1) * stepUs, stepUs)
  }, 20)
  return () => clearInterval(timer)
}

/** Ground truth over HTTP; `stop` ends the posting, the host keeps serving. */
export function control(double: JetstreamDouble, stop: () => void) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url === '/stop') stop()
    else if (request.url === '/ledger/posts') {
      for (const [id, { author, state, about, text, lang }] of double.network.ledger) {
        const hidden = double.network.hidden.has(author)
        response.write(`${JSON.stringify({ id, author, state, about, text, lang, hidden })}\n`)
      }
      response.end()
      return true
    } else if (request.url !== '/ledger') return false
    response.end(JSON.stringify({ ...double.network.counts(), topic: demoTopic, readers: double.readers }))
    return true
  }
}

export async function serve(start: typeof JetstreamDouble.start): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { rate: text, seed: text, port: text, match: text, past: text, cut: text, repeat: text, accounts: text },
  })
  const number = (name: keyof typeof values, otherwise: number) => Number(values[name] ?? otherwise)
  const double = await start({
    ...{ seed: number('seed', 1), port: number('port', 0), matchShare: number('match', 0.1) },
    accounts: number('accounts', 300),
    ...{ cutEvery: number('cut', 0), repeatEvery: number('repeat', 0) },
  })
  const [rate, past] = [number('rate', 45), Number.parseFloat(values.past ?? '0') * 3_600_000]
  if (past > 0) double.produce(Math.floor((past / 1000) * rate), (Date.now() - past) * 1000, 1e6 / rate)
  const stop = keepPosting(double, rate)
  double.control = control(double, stop)
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && process.exit(0), 500)
  process.on('SIGTERM', () => process.exit(0))
  console.log(JSON.stringify({ url: double.url, http: double.url.replace('ws:', 'http:'), seed: number('seed', 1) }))
}
