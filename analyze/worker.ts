// A worker thread: texts in, raw outputs of the network out. One session per model folder, one thread. Our own network reads a
// post and its targets in one row, rows of like length in one run; a classifier of other make reads one text at a time.
// A text that fails gives null and leaves the others alone. Holds no state between loads, knows no labels.
// It must never write to stdout: `undercurrent score` owns it.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { planRuns } from './batch.ts'
import { type Outputs, openSession, type Session } from './session.ts'
import { openTokens, type TokenReader, type Tokens } from './tokens.ts'

/** One network to run over a post, and the outputs to bring back from it. */
export interface Graph {
  folder: string
  maxTokens: number
  /** Of the post. */
  outputs: string[]
  /** Ours reads the targets behind the post, and has the output `stance`. */
  targets?: true
}

/** What is wanted of one text: what is read of the post itself or not, and its stance to each target. */
export interface Task {
  text: string
  post: boolean
  targets: string[]
}

/** Raw outputs: of the post in the order of the graphs and their outputs; of stance one row per target. */
export interface Reading {
  post: Float32Array[]
  stance: Float32Array[]
}

export type Answer = { ready: true } | { ready: false; reason: string } | { readings: (Reading | null)[] }

interface Open extends Graph {
  session: Session
  tokens: TokenReader
}

// Scoring takes what is left of the machine: who reads a page or a box is served first. Only Linux knows a thread by itself;
// elsewhere this would be the whole process.
if (process.platform === 'linux') setPriority(0, 10)

async function open(graph: Graph): Promise<Open> {
  const opening = [openSession(graph.folder), openTokens(graph.folder, graph.maxTokens)] as const
  // Whoever hears that one failed ends the worker, which aborts the whole process while native code is at work.
  await Promise.allSettled(opening)
  const [session, tokens] = await Promise.all(opening)
  const reason = refusal(graph, session)
  if (reason) throw new Error(`${graph.folder}: the network ${reason}`)
  return { ...graph, session, tokens }
}

/** Why this network cannot be read as asked. */
function refusal(graph: Graph, { inputs, outputs }: Session): string | null {
  const counts = inputs.includes('position_ids')
  // Up to undercurrent-minilm@3 a row was a pair: its answers to a row of this layout would mean nothing.
  if (graph.targets && !counts)
    return 'takes no position_ids: its layout is older than undercurrent-minilm@4; leave out model.folder, or name a newer one'
  const missing = outputsOf(graph).filter((name) => !outputs.includes(name))
  if (missing.length > 0) return `has no output ${missing.join(', ')} (it has ${outputs.join(', ')})`
  return !graph.targets && counts ? 'takes position_ids, which makes differ: export it without that input' : null
}

const outputsOf = ({ outputs, targets }: Graph) => (targets ? [...outputs, 'stance'] : outputs)

/** Targets asked in one row; more make more rows, so that a row stays small. */
const mostTargets = 16
/** Against, neither, favor (labels.ts checks it). */
const stanceLabels = 3

/** A row of our own network: some targets of one task, from `first` on. */
interface Row extends Tokens {
  task: number
  first: number
  targets: number
}

function rowsOf({ tokens }: Open, { text, targets }: Task, task: number): Row[] {
  const rows: Row[] = []
  for (let first = 0; first === 0 || first < targets.length; first += mostTargets) {
    const some = targets.slice(first, first + mostTargets)
    rows.push({ ...tokens.row(text, some), task, first, targets: some.length })
  }
  return rows
}

/** Our own network: of each post the outputs in their order, and the stance to each of its targets. */
async function readOwn(own: Open, tasks: Task[]): Promise<Reading[]> {
  const readings: Reading[] = tasks.map(() => ({ post: [], stance: [] }))
  const rows = tasks.flatMap((task, at) => rowsOf(own, task, at))
  for (const run of planRuns(rows.map(({ ids }) => ids.length))) {
    const some = run.map((index) => rows[index]!)
    const found = await own.session.run(some, outputsOf(own))
    const most = Math.max(...some.map(({ targets }) => targets))
    if (found.stance!.width !== most * stanceLabels) throw new Error('a target without a token of its own')
    some.forEach(({ task, first, targets }, row) => {
      const reading = readings[task]!
      if (tasks[task]!.post) reading.post = own.outputs.map((name) => valuesOf(found[name]!, row))
      const stance = valuesOf(found.stance!, row)
      for (let at = 0; at < targets; at++)
        reading.stance[first + at] = stance.slice(at * stanceLabels, (at + 1) * stanceLabels)
    })
  }
  return readings
}

const valuesOf = ({ values, width }: Outputs[string], row: number) => values.slice(row * width, (row + 1) * width)

/** A classifier of other make: one text at a time, as its int8 may share a range among what is read together. */
async function readForeign({ session, tokens, outputs }: Open, tasks: Task[], readings: Reading[]): Promise<void> {
  for (const [at, { text, post }] of tasks.entries()) {
    if (!post) continue
    const found = await session.run([tokens.row(text)], outputs)
    for (const name of outputs) readings[at]!.post.push(found[name]!.values)
  }
}

async function readAll(graphs: Open[], tasks: Task[]): Promise<Reading[]> {
  const own = graphs.find(({ targets }) => targets)
  const readings = own ? await readOwn(own, tasks) : tasks.map((): Reading => ({ post: [], stance: [] }))
  for (const graph of graphs) if (graph !== own) await readForeign(graph, tasks, readings)
  return readings
}

/** All at once; where that fails, one by one, so that only what fails is lost. */
async function read(graphs: Open[], tasks: Task[]): Promise<(Reading | null)[]> {
  try {
    return await readAll(graphs, tasks)
  } catch {
    const readings: (Reading | null)[] = []
    for (const task of tasks) readings.push((await readAll(graphs, [task]).catch(() => [null]))[0]!)
    return readings
  }
}

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const answer = (what: Answer) => port.postMessage(what)
  try {
    const opening = (workerData as { graphs: Graph[] }).graphs.map(open)
    await Promise.allSettled(opening)
    const graphs = await Promise.all(opening)
    port.on('message', async (tasks: Task[]) => answer({ readings: await read(graphs, tasks) }))
    answer({ ready: true })
  } catch (error) {
    answer({ ready: false, reason: error instanceof Error ? error.message : String(error) })
  }
}

if (parentPort) await serve(parentPort)
