// Which windows of large topics are held in memory, and that what they say is what the table says. A window is read once;
// what is written after that is taken in as it is written, and where nobody knows what of it came to be written, read anew
// before the next question: an answer is never older than one from the table. Of the embedded engine alone, where every
// write is made by this process; a server has other writers.
import type { Filter } from '../answers.ts'
import { inWindow, timeText } from './filter.ts'
import type { Place } from './rows.ts'
import type { Sql } from './sql.ts'
import type { Watcher } from './watch.ts'
import { WindowRows } from './window.ts'
import { type Lying, rowsIn } from './windowRead.ts'
import { readOf, versionBytes, type Written } from './windowWrite.ts'

export interface WindowsOptions {
  /** Rows of a topic version from which on it is worth it. */
  leastRows?: number | undefined
  note: (event: string, fields: object) => void
}

export interface Windows {
  /** The rows of this window and more, as of now; null where the table is to be asked. */
  of(filter: Filter): Promise<WindowRows | null>
}

interface Held extends Lying {
  key: string
  rows: WindowRows
  /** Posts that are to be read anew. */
  touched: Set<string>
  usedAt: number
  /** Resolves once it holds what was written until now; false: it is of no use. One after the other. */
  ready: Promise<boolean>
  /** Nothing of it is being read: what is written may be taken in. */
  isRead: boolean
}

const hourMs = 3_600_000
const usualLeastRows = 20_000
/** Of all windows, as they are read: each is 4 bytes a label, its numbers and its hashes. One in use may grow to twice as many. */
const mostRows = 250_000
const mostTouched = 5_000
const unusedMs = 600_000
/** Whether a window is worth it is looked at again so often. */
const weighedMs = 60_000
const mostWeights = 1_000
/** Rows that are taken in between two looks at what else there is to do. */
const rowsAtOnce = 5_000

const keyOf = (topic: string, version: number, model: string) => JSON.stringify([topic, version, model])

export class HeldWindows implements Windows, Watcher {
  readonly #sql: Sql
  readonly #leastRows: number
  readonly #note: WindowsOptions['note']
  #held: Held[] = []
  readonly #weights = new Map<string, { isWorth: boolean; at: number }>()

  constructor(sql: Sql, { leastRows = usualLeastRows, note }: WindowsOptions) {
    this.#sql = sql
    this.#leastRows = leastRows
    this.#note = note
  }

  async of({ topic, model, window }: Filter): Promise<WindowRows | null> {
    const [from, to] = [Date.parse(window.from), Date.parse(window.to)]
    if (!(from < to)) return null
    const key = keyOf(topic.topic, topic.version, model)
    // To read too many rows anew takes as long as to read all.
    this.#held = this.#held.filter(({ touched, rows }) => touched.size <= mostTouched && rows.count <= 2 * mostRows)
    const held = () => this.#held.find((one) => one.key === key && one.window.from <= from && to <= one.window.to)
    // Somewhat more than the window: the next one, a moment later, is to fit in, too.
    const wide = { from: Math.floor(from / hourMs) * hourMs, to: (Math.floor(to / hourMs) + 2) * hourMs }
    const isWorth = held() !== undefined || (await this.#isWorth({ topic, model }, wide))
    const one = held() ?? (isWorth ? this.#begin({ topic, model }, wide) : undefined)
    if (!one) return null
    one.usedAt = performance.now()
    if (one.touched.size)
      one.ready = one.ready.then((isReady) => isReady && this.#safely(one, () => this.#catchUp(one)))
    return (await one.ready) ? one.rows : null
  }

  /** These were written, all of them. */
  wrote(rows: Written[]): void {
    for (const row of rows)
      for (const one of this.#holding(row)) {
        if (!one.isRead || one.touched.has(row.post)) one.touched.add(row.post)
        else this.#take(row, one)
      }
  }

  #take(row: Written, one: Held): void {
    const { rows, window } = one
    try {
      const found = readOf(row)
      const isInside = found && found.read.at >= window.from && found.read.at < window.to
      rows.write(row.post, versionBytes(row.version), isInside ? found.read : null)
      if (isInside && !rows.knows(found.read.shape)) rows.name(found.read.shape, found.shares)
    } catch (error) {
      this.#giveUp(one, error)
    }
  }

  /** Of these nobody knows what was written. */
  doubt(rows: Place[]): void {
    for (const row of rows) for (const one of this.#holding(row)) one.touched.add(row.post)
  }

  #holding({ topic, topic_version, model }: Place): Held[] {
    if (!this.#held.length) return []
    const key = keyOf(topic, topic_version, model)
    return this.#held.filter((one) => one.key === key)
  }

  clear(): void {
    this.#held = []
    this.#weights.clear()
  }

  async #isWorth({ topic, model }: Held['where'], wide: Held['window']): Promise<boolean> {
    const key = JSON.stringify([topic.topic, topic.version, model, wide])
    const known = this.#weights.get(key)
    if (known && performance.now() - known.at < weighedMs) return known.isWorth
    const [counted] = await this.#sql.askSmall<{ n: string; inside: string }>(
      `SELECT count() AS n, countIf(${inWindow}) AS inside FROM undercurrent.mentions
       WHERE topic = {topic:String} AND topic_version = {topicVersion:UInt32} AND model = {model:String}`,
      { topic: topic.topic, topicVersion: topic.version, model, from: timeText(wide.from), to: timeText(wide.to) },
    )
    const isWorth = Number(counted!.n) >= this.#leastRows && Number(counted!.inside) <= mostRows
    if (this.#weights.size >= mostWeights) this.#weights.clear()
    this.#weights.set(key, { isWorth, at: performance.now() })
    return isWorth
  }

  #begin(where: Held['where'], window: Held['window']): Held {
    const key = keyOf(where.topic.topic, where.topic.version, where.model)
    const usedAt = performance.now()
    const one: Held = {
      key,
      where,
      window,
      usedAt,
      rows: new WindowRows(),
      touched: new Set(),
      ready: Promise.resolve(false),
      isRead: false,
    }
    this.#held.push(one)
    one.ready = this.#safely(one, async () => {
      await this.#readAll(one)
      this.#spare(one)
    })
    return one
  }

  /** A window that could not be read or brought up to date is given up, and the table answers. */
  async #safely(one: Held, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      this.#giveUp(one, error)
      return false
    }
  }

  #giveUp(one: Held, error: unknown): void {
    this.#note('a window is no longer held in memory', { error })
    this.#held = this.#held.filter((other) => other !== one)
  }

  async #catchUp(one: Held): Promise<void> {
    const posts = [...one.touched]
    if (!posts.length) return
    one.touched.clear()
    one.isRead = false
    const found = await rowsIn(this.#sql, one, posts)
    const rows = [...found.rows]
    const isNews = rows.some((row) => !one.rows.knows(row.shape))
    const labels = isNews ? await found.labels() : []
    // In one go: whoever was given the rows may read them between any two steps.
    for (const post of posts) one.rows.remove(post)
    for (const row of rows) one.rows.put(row)
    for (const [shape, shares] of labels) one.rows.name(shape, shares)
    one.isRead = true
  }

  async #readAll(one: Held): Promise<void> {
    const found = await rowsIn(this.#sql, one)
    let taken = 0
    for (const row of found.rows) {
      one.rows.put(row)
      if (++taken % rowsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    for (const [shape, shares] of await found.labels()) one.rows.name(shape, shares)
    one.isRead = true
  }

  /** Makes room: what nobody asks for any more, what the new one holds too, and the longest unused of what is too much. */
  #spare(fresh: Held): void {
    let rows = fresh.rows.size
    const stays = new Set(
      this.#held
        .toSorted((a, b) => b.usedAt - a.usedAt)
        .filter((one) => {
          if (one === fresh || !one.isRead) return true
          const isWithin =
            one.key === fresh.key && one.window.from >= fresh.window.from && one.window.to <= fresh.window.to
          const stays = !isWithin && performance.now() - one.usedAt < unusedMs && rows + one.rows.size <= mostRows
          if (stays) rows += one.rows.size
          return stays
        }),
    )
    this.#held = this.#held.filter((one) => stays.has(one))
  }
}
