// Drives a chaos run: a plan of kills and other faults from a seed, one after the other, while the network posts and topics
// come, change and go. Every fault that was planned must happen; at the end the oracle compares. Never counts a fault that it did not
// see happen.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type CrashPoint, crashPoints } from '../../crash.ts'
import { pick, seeded } from '../../test/doubles/posts.ts'
import { get, kill, type Running, startDouble } from '../process.ts'
import { type Asked, type Findings, judge, type Truth } from './oracle.ts'
import { openStage, type Stage, type StageOptions } from './stage.ts'

export interface ChaosOptions {
  on: StageOptions['on']
  kills: number
  /** How often what else may go wrong on this stage does (stage.ts, faults); absent: never. */
  faults?: Record<string, number>
  seed: number
  rate: number
  /** stand-in or real. */
  model: string
  broken?: string
  /** Where to crash; absent: at all points in turn, and from outside at random. */
  points?: CrashPoint[]
  /** A point that nothing passes in so long has not fired. */
  patienceMs?: number
}

export interface ChaosResult extends Findings {
  kills: number
  /** How often each fault happened. */
  fired: Record<string, number>
  /** Planned, and never happened. */
  unfired: string[]
  /** Processes that ended by themselves and were started again, by role. */
  ended: Record<string, number>
  created: number
  topics: number
  live: number
  seconds: number
  isClean: boolean
}

type Kill = CrashPoint | 'anywhere'
type Step = { kill: Kill } | { fault: string }
const vocabulary = ['sourdough', 'printer', 'album', 'cat', 'bus', 'armistice', 'gato', 'tren', 'excuses', 'good']
const key = 'chaos'

/** Runs, compares and cleans up. Progress goes to stderr. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-chaos-'))
  const flags = { rate: options.rate, seed: options.seed, match: 0.2, cut: 20_000, repeat: 200 }
  const double = await startDouble(flags)
  const { on, model, broken } = options
  const stage = await openStage({ folder, network: double.url, on, model, ...(broken && { broken }) })
  try {
    return await new Play(options, stage, double).run()
  } finally {
    await stage.close()
    await kill(double, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

class Play {
  readonly #options: ChaosOptions
  readonly #stage: Stage
  readonly #double: Running
  readonly #random: () => number
  readonly #fired: Record<string, number> = {}
  readonly #asked = new Map<string, string>()
  #named = 0
  #turn = 2

  constructor(options: ChaosOptions, stage: Stage, double: Running) {
    this.#options = options
    this.#stage = stage
    this.#double = double
    this.#random = seeded(options.seed)
  }

  async run(): Promise<ChaosResult> {
    const start = performance.now()
    for (const word of ['ceasefire', 'city']) await this.#ask(word)
    const plan = this.#plan()
    // What did not happen in its time is tried again at the end: it must happen all the same.
    const steps = [...plan]
    for (const [nr, step] of steps.entries()) {
      const name = 'kill' in step ? step.kill : step.fault
      process.stderr.write(
        `\r${Math.round((performance.now() - start) / 1_000)} s, ${nr + 1} of ${steps.length}: ${name}        `,
      )
      if (nr % 5 === 2) this.#jump()
      const happened =
        'kill' in step ? await this.#kill(step.kill) : await this.#stage.faults[step.fault]!(this.#random)
      if (happened) this.#count(name)
      else if (steps.length < plan.length * 1.2 + 3) steps.push(step)
      await this.#stage.revive()
      await this.#mend()
    }
    const http = this.#double.url.replace('ws:', 'http:')
    await fetch(`${http}/stop`)
    await this.#settled()
    const lines = (await (await fetch(`${http}/ledger/posts`)).text()).trim().split('\n')
    const truths = lines.map((line) => JSON.parse(line) as Truth)
    const asked: Asked[] = [...this.#asked].map(([id, word]) => ({ id, word }))
    const findings = await judge(this.#stage.url(), truths, asked)
    const planned = [...plan.map((step) => ('kill' in step ? step.kill : step.fault)), ...this.#besides()]
    const unfired = [...new Set<string>(planned)].filter(
      (one) => planned.filter((each) => each === one).length > (this.#fired[one] ?? 0),
    )
    const bad = findings.lost + findings.doubled + findings.resurrected + findings.wrong
    return {
      ...findings,
      ...{
        kills: this.#options.kills,
        fired: this.#fired,
        unfired,
        ended: this.#stage.ended(),
        created: truths.length,
        topics: asked.length,
      },
      live: truths.filter(({ state }) => state === 'live').length,
      seconds: Math.round((performance.now() - start) / 1000),
      isClean: bad === 0 && unfired.length === 0,
    }
  }

  /** Two kills in three at a named point, each point as often as the others; the other faults spread evenly among them. */
  #plan(): Step[] {
    const { kills, points, faults = {} } = this.#options
    const all: readonly CrashPoint[] = points ?? crashPoints
    let at = Math.floor(this.#random() * all.length)
    const steps = Array.from({ length: kills }, (_, nr): { step: Step; when: number } => {
      const isNamed = points || this.#random() >= 1 / 3
      return { step: { kill: isNamed ? all[at++ % all.length]! : 'anywhere' }, when: nr / kills }
    })
    for (const [fault, times] of Object.entries(faults))
      for (let nr = 0; nr < times; nr++) steps.push({ step: { fault }, when: (nr + this.#random()) / times })
    return steps.toSorted((a, b) => a.when - b.when).map(({ step }) => step)
  }

  /** What goes on beside the plan, each at least once. */
  #besides(): string[] {
    return this.#options.points ? [] : ['clock', 'topic added', 'topic corrected', 'topic dropped']
  }

  #count(fault: string): void {
    this.#fired[fault] = (this.#fired[fault] ?? 0) + 1
  }

  #jump(): void {
    const minutes = Math.round((this.#random() - 0.5) * 20)
    if (this.#stage.tell(pick(this.#random, this.#stage.parts()), `clock ${minutes * 60_000}`)) this.#count('clock')
  }

  /** False where nothing passed the point in time; something is killed all the same. */
  async #kill(at: Kill): Promise<boolean> {
    const { patienceMs = 90_000 } = this.#options
    if (at === 'anywhere') {
      await pause(this.#random() * 800)
      const part = pick(this.#random, this.#stage.parts())
      await this.#stage.kill(part)
      this.#count(`killed: ${part.split('-')[0]}`)
      return true
    }
    // What runs in the background waits for company: once is enough there.
    const isSlow = /^(erase|edition|history|drop)\./.test(at)
    const nth = isSlow ? 1 : 1 + Math.floor(this.#random() * 3)
    const parts = this.#stage.passing(at)
    for (const part of parts) this.#stage.tell(part, `crash ${at} ${nth}`)
    const stop = this.#provoke(at)
    const part = await this.#stage.died(parts, patienceMs)
    for (const other of parts) this.#stage.tell(other, 'disarm')
    if (!part) await this.#stage.kill(parts[0]!)
    this.#count(`killed: ${(part ?? parts[0]!).split('-')[0]}`)
    await stop()
    return part !== null
  }

  /** What makes the product pass there: a new topic has a history and a first paragraph, a topic that goes is dropped. */
  #provoke(at: CrashPoint): () => Promise<void> {
    const ending = new AbortController()
    const keepOn = async () => {
      const act = at.startsWith('drop.') ? () => this.#drop() : () => this.#ask(pick(this.#random, vocabulary))
      while (!ending.signal.aborted && /^(drop|history|edition)\./.test(at)) {
        await act().catch(() => {})
        // Long enough for what begins with it: a history whose topic changes meanwhile begins again.
        await pause(6_000, undefined, { signal: ending.signal }).catch(() => {})
      }
    }
    const done = keepOn()
    return () => {
      ending.abort()
      return done
    }
  }

  /** A new topic, or another word for one that is there. What is unanswered may be in or not: mend() asks again. */
  async #ask(word: string): Promise<void> {
    const isNew = this.#asked.size < 3 || this.#turn++ % 5 < 2
    const id = isNew ? `topic-${++this.#named}` : pick(this.#random, [...this.#asked.keys()])
    this.#asked.set(id, word)
    this.#count(isNew ? 'topic added' : 'topic corrected')
    await this.#put(id, word)
  }

  async #put(id: string, query: string): Promise<void> {
    await this.#send('PUT', id, JSON.stringify({ query }))
  }

  async #drop(): Promise<void> {
    if (this.#asked.size < 3) await this.#ask(pick(this.#random, vocabulary))
    const id = pick(this.#random, [...this.#asked.keys()])
    this.#asked.delete(id)
    this.#count('topic dropped')
    await this.#send('DELETE', id)
  }

  async #send(method: string, id: string, body?: string): Promise<void> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(20_000)
    const asked = { method, headers, signal, ...(body && { body }) }
    const response = await fetch(`${this.#stage.url()}/v1/topics/${id}`, asked)
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${id}: ${response.status}`)
  }

  /** After a crash a person looks what became of what was not answered, and asks again. */
  async #mend(): Promise<void> {
    for (const end = Date.now() + 60_000; ; await pause(300)) {
      try {
        return await this.#askAgain()
      } catch (error) {
        // What the faults of the step have left behind may take a while to pass; and a second process may have passed the
        // point before it heard that the first one had.
        if (Date.now() > end) throw error
        await this.#stage.revive()
      }
    }
  }

  async #askAgain(): Promise<void> {
    const { topics } = await get<{ topics: { id: string; query: string }[] }>(`${this.#stage.url()}/v1/topics`)
    for (const { id } of topics) if (!this.#asked.has(id)) await this.#send('DELETE', id)
    for (const [id, word] of this.#asked) {
      if (topics.find((one) => one.id === id)?.query !== word) await this.#put(id, word)
    }
  }

  /** The network has said all it will, and everything it said is in: for longer than a role keeps its state to itself. */
  async #settled(): Promise<void> {
    const rounds = this.#options.on === 'up' ? 5 : 16
    for (let [quiet, before] = [0, '']; quiet < rounds; await pause(400)) {
      const { lag, sources } = await get<Standing>(`${this.#stage.url()}/v1/status`)
      const isReading = sources.every(({ state }) => state === 'live' || state === 'off')
      const now = JSON.stringify(sources.map(({ received }) => received))
      quiet = lag === 0 && isReading && now === before ? quiet + 1 : 0
      before = now
    }
  }
}

interface Standing {
  lag: number
  sources: { state: string; received: number }[]
}
