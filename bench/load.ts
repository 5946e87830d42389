// An open loop of GETs: each is due at its own moment whether or not earlier ones were answered, and waits are counted from
// then (no coordinated omission). Runs as a process of its own: `node bench/load.ts URL RATE SECONDS PATH...`; the last line
// it prints is its result as JSON. Raw sockets, so that the generator takes as little of the machine as it can.
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Loaded {
  sent: number
  /** Whole answers with status 200. */
  ok: number
  other: Record<string, number>
  bytesEach: number
  /** Milliseconds from when a request was due to the last byte of its answer. */
  p50: number
  p99: number
  p999: number
  max: number
  /** CPU the generator itself used, in cores. */
  generatorCores: number
}

const connections = 64

interface Line {
  socket: Socket
  due: number
  chunks: Buffer[]
  length: number
}

/** Status and whole length of an answer, once its head is there. */
function headOf(answer: Buffer): { status: string; whole: number } | null {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = answer.toString('latin1', 0, end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without content-length: ${head.slice(0, 200)}`)
  return { status: head.slice(9, 12), whole: end + 4 + Number(length) }
}

export async function load(url: string, rate: number, { seconds, paths }: { seconds: number; paths: string[] }) {
  const { hostname, port, host } = new URL(url)
  const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`)
  const waits: number[] = []
  const other: Record<string, number> = {}
  const free: Line[] = []
  const waiting: number[] = []
  let [sent, ok, bytes] = [0, 0, 0]
  const begin = (line: Line, due: number) => {
    Object.assign(line, { due, chunks: [], length: 0 })
    line.socket.write(requests[sent++ % requests.length]!)
  }
  const take = (line: Line, chunk: Buffer) => {
    line.chunks.push(chunk)
    line.length += chunk.length
    const head = headOf(line.chunks.length === 1 ? chunk : Buffer.concat(line.chunks))
    if (!head || line.length < head.whole) return
    waits.push(performance.now() - line.due)
    bytes += head.whole
    if (head.status === '200') ok++
    else other[head.status] = (other[head.status] ?? 0) + 1
    const due = waiting.shift()
    if (due === undefined) free.push(line)
    else begin(line, due)
  }
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname)
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      const line = { socket, due: 0, chunks: [], length: 0 }
      socket.on('data', (chunk) => take(line, chunk))
      free.push(line)
    }),
  )
  const cpu = process.cpuUsage()
  const start = performance.now()
  const total = rate * seconds
  for (let nr = 0; nr < total; ) {
    const now = performance.now()
    for (; nr < total && start + (nr * 1_000) / rate <= now; nr++) {
      const due = start + (nr * 1_000) / rate
      const line = free.shift()
      if (line) begin(line, due)
      else waiting.push(due)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const until = performance.now() + 10_000
  while (waits.length < total && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10))
  const { user, system } = process.cpuUsage(cpu)
  const generatorCores = (user + system) / 1_000 / (performance.now() - start)
  for (const line of free) line.socket.destroy()
  return told({ waits, sent, ok, other, bytes, generatorCores })
}

function told(of: {
  waits: number[]
  sent: number
  ok: number
  other: Record<string, number>
  bytes: number
  generatorCores: number
}): Loaded {
  const order = of.waits.toSorted((a, b) => a - b)
  const at = (part: number) => Math.round((order[Math.ceil(part * order.length) - 1] ?? Number.NaN) * 10) / 10
  const { sent, ok, other, generatorCores } = of
  const quantiles = { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
  return {
    sent,
    ok,
    other,
    bytesEach: Math.round(of.bytes / of.waits.length),
    ...quantiles,
    generatorCores: Math.round(generatorCores * 100) / 100,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = '', rate = '2000', seconds = '30', ...paths] = process.argv.slice(2)
  console.log(JSON.stringify(await load(url, Number(rate), { seconds: Number(seconds), paths })))
  process.exit(0)
}
