// The meter: whatever is reserved, received, cut, killed, looked up, and whatever any clock does, what X wrote in one of its
// own days and months never passes the cap. X is a model here: it writes while a stream is open, and so far ahead of us as
// can be under way.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Meter, openMeter } from '../../ingest/spend.ts'
import type { Keep } from '../../ingest/spendBook.ts'
import { openXClock } from '../../ingest/xClock.ts'

const dayMs = 86_400_000
const price = 0.005
const start = Date.UTC(2026, 10, 29, 23, 58)

/** Time as it is at X, on this machine's wall, and on its two steady clocks. */
class Times {
  x = start
  wall = start
  readonly steady = [5_000, 9_000]
  pass(ms: number): void {
    this.x += ms
    this.wall += ms
    for (const at of this.steady.keys()) this.steady[at]! += ms
  }
  /** The machine sleeps: only one of its clocks goes on. */
  sleep(ms: number): void {
    this.pass(ms)
    this.steady[0]! -= ms
  }
  clock() {
    return openXClock({ now: () => this.wall, steady: this.steady.map((_, at) => () => this.steady[at]!) })
  }
}

/** A disk that may take its time; a write that was not awaited may be on it, or not, when the power goes. */
class Disk implements Keep {
  value: string | null = null
  #pending: { value: string; done: () => void }[] = []
  read = async () => this.value
  write = (value: string) => new Promise<void>((done) => this.#pending.push({ value, done }))
  flush(): void {
    for (const { value, done } of this.#pending.splice(0)) {
      this.value = value
      done()
    }
  }
  lose(howMany: number): void {
    for (const { value } of this.#pending.splice(0).slice(0, howMany)) this.value = value
  }
  /** Awaits what needs the disk. */
  async through<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    void work.finally(() => {
      isDone = true
    })
    while (!isDone) {
      this.flush()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return work
  }
}

const inFlight = 50
const caps = { day: 300, month: 700 }

class World {
  readonly times = new Times()
  readonly disk = new Disk()
  readonly written = new Map<string, number>()
  readonly passed: string[] = []
  isOpen = false
  underWay = 0
  /** Of what was lost since the last settlement, and whether all of it may be looked up. */
  lost = 0
  received = 0
  meter!: Meter
  #clock = this.times.clock()

  /** `isClean`: what was under way when it was stopped may still be looked up. */
  async begin(isClean = false): Promise<void> {
    this.isOpen = false
    this.underWay = 0
    if (!isClean) this.lost = 0
    this.#clock = this.times.clock()
    const options = { source: 'x', price, daily: caps.day * price, monthly: caps.month * price, inFlight, step: 10 }
    this.meter = await openMeter({ ...options, keep: this.disk, clock: this.#clock })
    this.hear(0, 0)
  }
  hear(there: number, back: number): void {
    const sent = this.#clock.mark()
    this.times.pass(there)
    const date = new Date(this.times.x).toUTCString()
    this.times.pass(back)
    this.#clock.heard(date, sent)
  }
  async open(): Promise<void> {
    if (!this.isOpen) this.isOpen = (await this.disk.through(this.meter.ready())) === null
  }
  write(posts: number): void {
    if (!this.isOpen) return
    const more = Math.min(posts, inFlight - this.underWay)
    this.underWay += more
    this.bill(more)
  }
  bill(posts: number): void {
    const day = new Date(this.times.x).toISOString().slice(0, 10)
    for (const [span, cap] of [[day, caps.day] as const, [day.slice(0, 7), caps.month] as const]) {
      const sum = (this.written.get(span) ?? 0) + posts
      this.written.set(span, sum)
      if (sum > cap) this.passed.push(`${span}: ${sum}`)
    }
  }
  receive(posts: number): void {
    for (let left = Math.min(posts, this.underWay); left > 0 && this.isOpen; left--) {
      this.underWay--
      this.received++
      if (!this.meter.received()) this.cut()
    }
  }
  cut(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.lost += this.underWay
    this.underWay = 0
    this.meter.lost()
  }
  async tick(): Promise<void> {
    if (this.isOpen && (await this.disk.through(this.meter.tick()))) this.cut()
  }
  async look(most: number, brought: number, isAnswered: boolean): Promise<void> {
    const claim = await this.disk.through(this.meter.claim(most))
    if ('until' in claim) return
    const posts = Math.min(most, brought)
    this.bill(posts)
    if (isAnswered) this.meter.used(claim, posts)
  }
}

type Step = (world: World) => void | Promise<void>
const n = (most: number) => fc.integer({ min: 0, max: most })
const steps: fc.Arbitrary<{ name: string; step: Step }> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ name: 'open', step: (world: World) => world.open() }) },
  {
    weight: 16,
    arbitrary: fc.tuple(n(60), n(60)).map(([written, received]) => ({
      name: `write ${written}, receive ${received}`,
      step: (world: World) => {
        world.write(written)
        world.receive(received)
      },
    })),
  },
  { weight: 3, arbitrary: fc.constant({ name: 'tick', step: (world: World) => world.tick() }) },
  { weight: 2, arbitrary: fc.constant({ name: 'flush', step: (world: World) => world.disk.flush() }) },
  { weight: 1, arbitrary: fc.constant({ name: 'cut', step: (world: World) => world.cut() }) },
  {
    weight: 1,
    arbitrary: n(3).map((writes) => ({
      name: `kill -9, ${writes} writes survive`,
      step: (world: World) => {
        world.disk.lose(writes)
        return world.begin()
      },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      name: 'stop',
      step: async (world: World) => {
        world.cut()
        await world.disk.through(world.meter.close())
        await world.begin(true)
      },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      name: 'close',
      step: (world: World) => {
        // X ends the stream after its last line: all that was written is read.
        world.receive(world.underWay)
        world.isOpen = false
      },
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(n(3), n(40_000)).map(([far, ms]) => ({
      name: `pass ${far === 0 ? ms * 3_000 : ms}`,
      step: async (world: World) => {
        // While a stream is open, the meter is asked far more often than this.
        world.times.pass(world.isOpen || far > 0 ? ms : ms * 3_000)
        await world.tick()
      },
    })),
  },
  {
    weight: 1,
    arbitrary: n(20_000).map((ms) => ({ name: `sleep ${ms}`, step: (world: World) => world.times.sleep(ms) })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(n(3_000), n(3_000)).map(([there, back]) => ({
      name: `hear ${there} ${back}`,
      step: (world: World) => world.hear(there, back),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: -400, max: 400 }).map((days) => ({
      name: `set the clock by ${days} days`,
      step: (world: World) => {
        world.times.wall += days * dayMs
      },
    })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(10, 100), n(100), fc.boolean()).map(([most, brought, isAnswered]) => ({
      name: `look up ${brought} of ${most}${isAnswered ? '' : ', no answer'}`,
      step: (world: World) => world.look(most, brought, isAnswered),
    })),
  },
  {
    weight: 1,
    arbitrary: n(30).map((more) => ({
      name: 'settle',
      step: (world: World) => {
        world.meter.settle(world.lost + more)
        world.lost = 0
      },
    })),
  },
)

describe('the meter', () => {
  test('any sequence of reserve, receive, crash and clock never passes a cap', async () => {
    let received = 0
    let full = 0
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 60, maxLength: 250 }), async (sequence) => {
        const world = new World()
        await world.begin()
        for (const { step } of sequence) {
          await step(world)
          expect(world.passed).toEqual([])
        }
        received += world.received
        for (const [span, sum] of world.written) if (span.length === 10 && sum > caps.day / 2) full++
      }),
      { numRuns: 1_000, seed: 10 },
    )
    // Not by reading nothing.
    expect(received).toBeGreaterThan(10_000)
    expect(full).toBeGreaterThan(50)
  })

  test('reads up to what can be under way, and no further', async () => {
    const world = new World()
    await world.begin()
    await world.open()
    while (world.isOpen) {
      world.write(5)
      world.receive(5)
      world.disk.flush()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(world.received).toBeGreaterThan(caps.day - inFlight - 25)
    expect(world.received).toBeLessThanOrEqual(caps.day - inFlight + 1)
    expect(await world.disk.through(world.meter.ready())).toEqual({ span: 'day', until: Date.UTC(2026, 10, 30) })
  })

  test('is refused by the month, until the next one', async () => {
    const world = new World()
    world.disk.value = JSON.stringify({ '2026-11': caps.month * price * 1e6 })
    await world.begin()
    expect(await world.disk.through(world.meter.ready())).toEqual({ span: 'month', until: Date.UTC(2026, 11, 1) })
    world.times.pass(2 * dayMs)
    world.hear(0, 0)
    expect(await world.disk.through(world.meter.ready())).toBe(null)
  })
})
