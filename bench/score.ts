// `npm run bench -- score`: how fast posts are scored (sentiment, emotion and stance to one target), against the same
// network as most people would run it: one session with two threads, batches of 32 in order of arrival; and, where
// --python names an interpreter, against those of bench/rivals.py. All start from raw text. Rounds alternate, so that a
// busy machine hurts all alike; CPU-seconds are the fairer figure. A slow rival is given some of a round's posts.
// The texts are made up from a seed, all different (the duplicate cache must not flatter us), about 24 tokens long.
// Arguments: --model FOLDER --posts N --rounds N --seed N --python PATH
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { planLoads, planRuns } from '../analyze/batch.ts'
import { openEncoder } from '../analyze/encoder.ts'
import { openSession } from '../analyze/session.ts'
import { openTokens, type TokenReader, type Tokens } from '../analyze/tokens.ts'
import type { Mention, Target } from '../types.ts'
import { openRivals, type RivalName, type Rivals, type Round, rivalNames } from './scoreRivals.ts'

export interface ScoreBench {
  folder?: string
  posts?: number
  rounds?: number
  seed?: number
  python?: string
  print?: (line: string) => void
}

export interface Speed {
  postsPerSecond: number
  postsPerCpuSecond: number
  /** Share of the computed tokens that are padding. */
  waste: number
}

export interface Speeds {
  ours: Speed
  plain: Speed
  /** With one worker, as the rivals in Python have one thread: two cores that share one are slower each. These absent without --python. */
  alone?: Speed
  onnx?: Speed
  passes?: Speed
  pipeline?: Speed
  roberta?: Speed
  /** Billions of int8 operations per CPU-second: the most there is to have, and ours on the tokens of the posts. */
  peak?: { measured: number; ours: number }
  versions?: Record<string, string>
}

const home = join(import.meta.dirname, '..')
const target: Target = { id: 'talks', text: 'direct peace talks' }
const threads = 2
const batch = 32
/** Each rival is given every so-manyth post of a round; `peak` makes as many products. */
const everyOf: Record<RivalName, number> = { onnx: 1, passes: 1, pipeline: 5, roberta: 40, peak: 10 }
/** Multiplications and additions of the matrices a token goes through (six layers of 384 and 1,536), in billions. */
const operationsPerToken = (2 * 6 * (4 * 384 * 384 + 2 * 384 * 1_536)) / 1e9

export async function run(args: string[] = []): Promise<Speeds> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { model: text, posts: text, rounds: text, seed: text, python: text } })
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  const [posts, rounds, seed] = [values.posts, values.rounds, values.seed].map(number)
  return benchScore({ folder: values.model, python: values.python, posts, rounds, seed })
}

export async function benchScore(options: ScoreBench): Promise<Speeds> {
  const { folder = join(home, 'models/undercurrent-minilm'), posts = 2_000, rounds = 3, seed = 1 } = options
  const print = options.print ?? ((line: string) => process.stdout.write(`${line}\n`))
  const texts = makeTexts(posts * (rounds + 1), seed)
  const tokens = await openTokens(folder, 128)
  const mean = texts.reduce((sum, text) => sum + tokens.row(text).ids.length, 0) / texts.length
  print(
    `score: ${posts} posts a round, ${mean.toFixed(1)} tokens on average, seed ${seed}, ${availableParallelism()} cores`,
  )
  await using runners = await openRunners(folder, tokens, options.python)
  const found = new Map(runners.list.map(({ name }) => [name, [] as Measured[]]))
  for (let at = 0; at <= rounds; at++)
    for (const { name, every, work } of runners.list) {
      const some = texts.slice(at * posts, (at + 1) * posts).filter((_, row) => row % every === 0)
      const measured = await work(some)
      if (at > 0) found.get(name)!.push({ ...measured, posts: some.length }) // the first warms up
    }
  const tokensPerPost = texts.reduce((sum, text) => sum + rowOf(tokens, text).ids.length, 0) / texts.length
  return told(speedsOf(found, runners, tokensPerPost), print)
}

const rowOf = (tokens: TokenReader, text: string) => tokens.row(text, [target.text])

interface Runner {
  name: string
  every: number
  work: (texts: string[]) => Promise<Round>
}

interface Runners extends AsyncDisposable {
  list: Runner[]
  rivals: Rivals | null
}

async function openRunners(folder: string, tokens: TokenReader, python?: string): Promise<Runners> {
  await using opened = new AsyncDisposableStack()
  const ours = async (name: string, workers: number): Promise<Runner> => {
    const model = opened.use(await openEncoder({ folder, threads: workers }))
    const score = (texts: string[]) => model.score(texts.map(mentionOf))
    const waste = (texts: string[]) =>
      wasteOf(
        texts.map((text) => rowOf(tokens, text).ids.length),
        workers,
      )
    return { name, every: 1, work: async (texts) => ({ ...(await measure(() => score(texts))), waste: waste(texts) }) }
  }
  const plain = opened.use(await openPlain(folder, tokens))
  const rivals = python ? opened.use(await openRivals(python, folder)) : null
  const list = [await ours('ours', threads)]
  list.push({
    name: 'plain',
    every: 1,
    work: async (texts) => ({ ...(await measure(() => plain.score(texts))), waste: plain.waste() }),
  })
  if (rivals) list.push(await ours('alone', 1))
  for (const name of rivals ? rivalNames : [])
    list.push({ name, every: everyOf[name], work: (texts) => rivals!.run(name, texts, target.text) })
  const all = opened.move()
  return { list, rivals, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** The comparator: batches in the order of arrival, padded to their longest. */
async function openPlain(folder: string, tokens: TokenReader) {
  const session = await openSession(folder, threads, { extra: {} })
  let computed = 0
  let useful = 0
  const runRows = async (rows: Tokens[]) => {
    computed += rows.length * Math.max(...rows.map(({ ids }) => ids.length))
    useful += rows.reduce((sum, { ids }) => sum + ids.length, 0)
    await session.run(rows)
  }
  return {
    async score(texts: string[]) {
      for (let at = 0; at < texts.length; at += batch)
        await runRows(texts.slice(at, at + batch).map((text) => rowOf(tokens, text)))
    },
    waste: () => 1 - useful / computed,
    [Symbol.asyncDispose]: () => session.release(),
  }
}

/** Padding of ours: loads and runs as production plans them (by true lengths, where production's loads go by estimates). */
function wasteOf(lengths: number[], workers: number): number {
  let computed = 0
  for (const load of planLoads(lengths, { workers })) {
    const some = load.map((index) => lengths[index]!)
    for (const run of planRuns(some)) computed += run.length * some[run.at(-1)!]!
  }
  return 1 - lengths.reduce((sum, length) => sum + length, 0) / computed
}

interface Measured extends Round {
  posts: number
}

async function measure(work: () => Promise<unknown>): Promise<Omit<Round, 'waste'>> {
  const start = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - start) / 1_000, cpuSeconds: (user + system) / 1e6 }
}

function speedsOf(found: Map<string, Measured[]>, { rivals }: Runners, tokensPerPost: number): Speeds {
  const speeds = Object.fromEntries([...found].map(([name, rounds]) => [name, speedOf(rounds)]))
  const { ours, plain, peak, ...others } = speeds
  if (!rivals) return { ours: ours!, plain: plain! }
  return {
    ...{ ours: ours!, plain: plain!, ...others, versions: rivals.versions },
    peak: {
      measured: peak!.postsPerCpuSecond * rivals.operations,
      ours: others.alone!.postsPerCpuSecond * tokensPerPost * operationsPerToken,
    },
  }
}

function speedOf(measured: Measured[]): Speed {
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  return {
    postsPerSecond: median(measured.map(({ posts, seconds }) => posts / seconds)),
    postsPerCpuSecond: median(measured.map(({ posts, cpuSeconds }) => posts / cpuSeconds)),
    waste: measured.at(-1)!.waste,
  }
}

const titles = {
  ours: `undercurrent (${threads} workers)`,
  plain: `plain session (${threads} threads, ${batch})`,
  alone: 'undercurrent (1 worker)',
  onnx: 'Python, int8, sorted (1 thread)',
  passes: 'Python, int8, sorted, two passes',
  pipeline: 'Hugging Face pipeline (1 thread)',
  roberta: 'three pipelines, roberta-base (1 thread)',
}

const mine = { ours: true, alone: true }

function told(speeds: Speeds, print: (line: string) => void): Speeds {
  for (const [name, title] of Object.entries(titles)) {
    const one = speeds[name as keyof typeof titles]
    if (!one) continue
    const { postsPerSecond, postsPerCpuSecond, waste } = one
    const beside = name === 'plain' ? speeds.ours : speeds.alone!
    const ratio = name in mine ? 0 : beside.postsPerCpuSecond / postsPerCpuSecond
    const [all, each] = [postsPerSecond, postsPerCpuSecond].map((x) => x.toFixed(x < 10 ? 1 : 0).padStart(5))
    const behind = name in mine ? '' : `; ours is ${ratio.toFixed(2)}x per CPU-second`
    print(`  ${title.padEnd(40)} ${all} posts/s ${each} posts/CPU-s, padding ${(100 * waste).toFixed(1)} %${behind}`)
  }
  const { peak } = speeds
  if (!peak) print('  the rivals in Python were not measured: --python PATH names an interpreter (bench/rivals.py)')
  else
    print(
      `  int8 products: ${peak.measured.toFixed(0)} billion operations per CPU-second at most, ours ${peak.ours.toFixed(0)}`,
    )
  return speeds
}

function mentionOf(text: string): Mention {
  const unsaid = { author: null, likes: null, reposts: null, replyTo: null, revision: null, quotable: true }
  return {
    topic: 'bench',
    topicVersion: 1,
    targets: [target],
    post: { op: 'create', source: 'bench', id: text, text, at: '2026-01-01T00:00:00.000Z', lang: 'en', ...unsaid },
    version: { revision: null, arrival: 1 },
  }
}

const words = `the a of and to in is that for on with this they we you it not but so why how peace talks war vote
  government people money work school news world today again really never always hope angry tired sad happy great
  terrible ridiculous finally maybe sure please stop start trust believe negotiations ceasefire ministers election
  concessions unbelievable exhausted relieved skeptical commentary infrastructure`.split(/\s+/)
const ends = ['.', '!', '?', '...', ' 😂', ' #peace', ' 🙏', '']

/** Lengths as posts have them: log-normal, a mean of about 24 tokens, from one word to the longest a post may be. */
export function makeTexts(count: number, seed: number): string[] {
  let state = seed >>> 0
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const pick = (list: string[]) => list[Math.floor(random() * list.length)]!
  return Array.from({ length: count }, (_, index) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    const length = Math.max(1, Math.min(90, Math.round(Math.exp(2.71 + 0.65 * normal))))
    const body = Array.from({ length }, () => pick(words)).join(' ')
    return `${body} ${index}${pick(ends)}`
  })
}
