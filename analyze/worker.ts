// A worker thread: texts in, raw outputs of the network out. One session per model folder, one thread, one text at a
// time. A text that fails gives null and leaves the others alone. Holds no state between loads, knows no labels.
// It must never write to stdout: `undercurrent score` owns it.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { openSession, type Session } from './session.ts'
import { openTokens, type TokenReader } from './tokens.ts'

/** One network to run over a post, and the outputs to bring back from it. */
export interface Graph {
  folder: string
  maxTokens: number
  outputs: string[]
}

/** What is wanted of one text: the post pass or not, and a stance pass for each target. */
export interface Task {
  text: string
  post: boolean
  targets: string[]
}

/** Raw outputs: of the post pass in the order of the graphs and their outputs; of stance one row per target. */
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
  const [session, tokens] = await Promise.all([openSession(graph.folder), openTokens(graph.folder, graph.maxTokens)])
  const missing = graph.outputs.filter((name) => !session.outputs.includes(name))
  if (missing.length > 0) {
    throw new Error(
      `${graph.folder}: the network has no output ${missing.join(', ')} (it has ${session.outputs.join(', ')})`,
    )
  }
  return { ...graph, session, tokens }
}

async function readPost(graphs: Open[], text: string): Promise<Float32Array[]> {
  const values: Float32Array[] = []
  for (const { session, tokens, outputs } of graphs) {
    const found = await session.run([tokens.single(text)], outputs)
    for (const name of outputs) values.push(found[name]!.values)
  }
  return values
}

async function readTask(graphs: Open[], task: Task): Promise<Reading | null> {
  try {
    const stance: Float32Array[] = []
    for (const row of graphs[0]!.tokens.pairs(task.targets, task.text)) {
      stance.push((await graphs[0]!.session.run([row], ['stance'])).stance!.values)
    }
    return { post: task.post ? await readPost(graphs, task.text) : [], stance }
  } catch {
    return null
  }
}

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const answer = (what: Answer) => port.postMessage(what)
  try {
    const graphs = await Promise.all((workerData as { graphs: Graph[] }).graphs.map(open))
    port.on('message', async (tasks: Task[]) => {
      const readings: (Reading | null)[] = []
      for (const task of tasks) readings.push(await readTask(graphs, task))
      answer({ readings })
    })
    answer({ ready: true })
  } catch (error) {
    answer({ ready: false, reason: error instanceof Error ? error.message : String(error) })
  }
}

if (parentPort) await serve(parentPort)
