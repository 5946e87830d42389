// `npm run bench -- score`: how fast posts are scored (sentiment, emotion and stance to one target), against the same
// network as most people would run it: one session with two threads, batches of 32 in order of arrival. Both start
// from raw text. Rounds alternate, so that a busy machine hurts both alike; CPU-seconds are the fairer figure.
// The texts are made up from a seed, all different (the duplicate cache must not flatter us), about 24 tokens long.
// Arguments: --model FOLDER --posts N --rounds N --seed N
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEncoder } from '../analyze/encoder.ts'
import { openSession } from '../analyze/session.ts'
import { openTokens, type Tokens } from '../analyze/tokens.ts'
import type { Mention, Target } from '../types.ts'

export interface ScoreBench {
  folder?: string
  posts?: number
  rounds?: number
  seed?: number
  print?: (line: string) => void
}

export interface Speed {
  postsPerSecond: number
  postsPerCpuSecond: number
  /** Share of the computed tokens that are padding. */
  waste: number
}

const home = join(import.meta.dirname, '..')
const target: Target = { id: 'talks', text: 'direct peace talks' }
const threads = 2
const batch = 32

export async function run(args: string[] = []): Promise<{ ours: Speed; plain: Speed }> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string' },
      posts: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  const [posts, rounds, seed] = [values.posts, values.rounds, values.seed].map(number)
  return benchScore({ folder: values.model, posts, rounds, seed })
}

export async function benchScore(options: ScoreBench): Promise<{ ours: Speed; plain: Speed }> {
  const { folder = join(home, 'models/undercurrent-minilm'), posts = 2_000, rounds = 3, seed = 1 } = options
  const print = options.print ?? ((line: string) => process.stdout.write(`${line}\n`))
  const texts = makeTexts(posts * (rounds + 1), seed)
  const round = (at: number) => texts.slice(at * posts, (at + 1) * posts)
  await using model = await openEncoder({ folder, threads })
  const plain = await openPlain(folder)
  const longest = (await openTokens(folder, 128)).single
  const mean = texts.reduce((sum, text) => sum + longest(text).ids.length, 0) / texts.length
  print(
    `score: ${posts} posts a round, ${mean.toFixed(1)} tokens on average, seed ${seed}, ${availableParallelism()} cores`,
  )

  const ours: Measured[] = []
  const theirs: Measured[] = []
  await model.score(round(0).map(mentionOf)) // warm up
  await plain.score(round(0).slice(0, 200))
  for (let at = 1; at <= rounds; at++) {
    ours.push(await measure(() => model.score(round(at).map(mentionOf))))
    theirs.push(await measure(() => plain.score(round(at))))
  }
  const speeds = { ours: speedOf(ours, posts, 0), plain: speedOf(theirs, posts, plain.waste()) }
  print(`  undercurrent (${threads} workers)         ${told(speeds.ours)}`)
  print(`  plain session (2 threads, 32)    ${told(speeds.plain)}`)
  const ratio = speeds.ours.postsPerCpuSecond / speeds.plain.postsPerCpuSecond
  print(
    `  ${ratio.toFixed(2)}x per CPU-second, ${(speeds.ours.postsPerSecond / speeds.plain.postsPerSecond).toFixed(2)}x per second`,
  )
  await plain.release()
  return speeds
}

/** The comparator: both passes of a batch in the order of arrival, padded to its longest. */
async function openPlain(folder: string) {
  const session = await openSession(folder, threads, {})
  const tokens = await openTokens(folder, 128)
  let computed = 0
  let useful = 0
  const runRows = async (rows: Tokens[]) => {
    computed += rows.length * Math.max(...rows.map(({ ids }) => ids.length))
    useful += rows.reduce((sum, { ids }) => sum + ids.length, 0)
    await session.run(rows)
  }
  return {
    async score(texts: string[]) {
      for (let at = 0; at < texts.length; at += batch) {
        const some = texts.slice(at, at + batch)
        await runRows(some.map(tokens.single))
        await runRows(some.flatMap((text) => tokens.pairs([target.text], text)))
      }
    },
    waste: () => 1 - useful / computed,
    release: () => session.release(),
  }
}

interface Measured {
  seconds: number
  cpuSeconds: number
}

async function measure(work: () => Promise<unknown>): Promise<Measured> {
  const start = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - start) / 1_000, cpuSeconds: (user + system) / 1e6 }
}

function speedOf(measured: Measured[], posts: number, waste: number): Speed {
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  return {
    postsPerSecond: posts / median(measured.map(({ seconds }) => seconds)),
    postsPerCpuSecond: posts / median(measured.map(({ cpuSeconds }) => cpuSeconds)),
    waste,
  }
}

const told = ({ postsPerSecond, postsPerCpuSecond, waste }: Speed) =>
  `${postsPerSecond.toFixed(0).padStart(5)} posts/s ${postsPerCpuSecond.toFixed(0).padStart(5)} posts/CPU-s, padding ${(100 * waste).toFixed(1)} %`

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
