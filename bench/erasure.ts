// `npm run bench -- erasure [TOPICS] [POSTS]`: a fifth of all posts is deleted at once, every quoted one among them, from a
// running undercurrent with its own model; how long until every paragraph is reissued and no word or id of them is left in
// API, pages, kept editions, or any byte of the data folder, compressed parts unpacked. The search finds a quoted text first.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Perspective } from '../conclusions.ts'
import { filesWhere } from '../test/store/bytes.ts'
import { seeded } from './posts.ts'
import { get, kill, type Running, startUndercurrent } from './process.ts'

export interface Erased {
  topics: number
  posts: number
  deleted: number
  /** Of the deleted, those that paragraphs quoted. */
  quoted: number
  /** Seconds after the deletes were accepted. */
  seconds: { hidden: number; reissued: number; erased: number }
  /** Kept editions that had sentences withdrawn. */
  redacted: number
  /** Files searched that held a quoted text before: in the store, and in the log. */
  foundBefore: { store: number; log: number }
}

interface Post {
  id: string
  author: string
  text: string
  at: string
  lang: string
}

const subjects = 'ferry,market hall,night tram,town library,ice rink,ring road,harbour crane,school bus'.split(',')
const tones = [
  'is the best thing in years',
  'is a disgrace',
  'makes me angry every morning',
  'gives me hope',
  'is there',
]
const reasons = [
  'and everybody on my street says so',
  'because nobody asked those who use it',
  'although it cost far too much',
  'and I would vote for it again',
  'since the old one fell apart last winter',
]

/** A trace is one of these with six letters behind it: of a text, of an id. No other word begins so. */
const traces = { text: 'xqt', id: 'xqi' }
const lettersOf = (nr: number) => [...String(nr).padStart(6, '0')].map((digit) => 'bdfghklmnp'[Number(digit)]).join('')

function postsOf(topic: string, count: number, first: number): Post[] {
  const random = seeded(first + 1)
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!
  const end = Date.now() - 60_000
  return Array.from({ length: count }, (_, at) => {
    const letters = lettersOf(first + at)
    const text = `In ${topic} the ${pick(subjects)} ${pick(tones)} ${pick(reasons)}, ${traces.text}${letters}.`
    const time = new Date(end - Math.floor(random() * 20 * 3_600_000)).toISOString()
    return { id: `post:${traces.id}${letters}`, author: `account-${first + (at % 200)}`, text, at: time, lang: 'en' }
  })
}

/** Whether bytes hold a trace of any of these posts. */
function holding(letters: Set<string>, kinds: string[]): (bytes: Buffer) => boolean {
  const trace = new RegExp(`(?:${kinds.join('|')})([b-p]{6})`, 'g')
  return (bytes) =>
    bytes
      .toString('latin1')
      .matchAll(trace)
      .some(([, found]) => letters.has(found!))
}
const lettersIn = (id: string) => id.slice(`post:${traces.id}`.length)

class Run {
  readonly #app: Running
  readonly #folder: string
  readonly #topics: string[]

  constructor(app: Running, folder: string, topics: string[]) {
    this.#app = app
    this.#folder = folder
    this.#topics = topics
  }

  async erase(posts: Post[]): Promise<Erased> {
    await this.#put(posts)
    await this.#until(() => this.#isIssued())
    const quoted = await this.#quoted()
    const others = posts.filter(({ id }, nr) => !quoted.has(id) && nr % 3 === 0).map(({ id }) => id)
    const gone = [...quoted, ...others].slice(0, Math.max(quoted.size, posts.length / 5))
    const letters = new Set(gone.map(lettersIn))
    const planted = filesWhere(this.#folder, holding(new Set([...quoted].map(lettersIn)), [traces.text]))
    const foundBefore = {
      store: planted.filter((path) => path.includes('/store/')).length,
      log: planted.filter((path) => path.includes('/log')).length,
    }
    if (!foundBefore.store || !foundBefore.log) throw new Error('the search does not find what is there')
    const everywhere = Object.values(traces)
    if (!holding(letters, everywhere)(await this.#everything())) throw new Error('nothing of it was to be seen before')

    console.log(`${posts.length} posts in; deleting ${gone.length}, ${quoted.size} of them quoted`)
    await this.#write(gone.map((id) => ({ op: 'delete', id })))
    const start = performance.now()
    const since = () => Math.round((performance.now() - start) / 100) / 10
    await this.#settle()
    if (holding(letters, everywhere)(await this.#everything())) throw new Error('a deleted post is still to be seen')
    const hidden = since()
    await this.#until(() => this.#isIssued())
    const reissued = since()
    await this.#until(async () => {
      if (filesWhere(this.#folder, holding(letters, [traces.text])).length) return false
      // The log keeps the deletes themselves, which name what they delete, until retention takes them.
      return filesWhere(join(this.#folder, 'store'), holding(letters, everywhere)).length === 0
    })
    const erased = since()
    if (holding(letters, everywhere)(await this.#everything())) throw new Error('a deleted post is to be seen again')
    const editions = await Promise.all(this.#topics.map((topic) => this.#editions(topic)))
    return {
      ...{ topics: this.#topics.length, posts: posts.length, deleted: gone.length, quoted: quoted.size },
      ...{ seconds: { hidden, reissued, erased }, foundBefore },
      redacted: editions.flat().filter(({ withdrawn }) => withdrawn > 0).length,
    }
  }

  async #put(posts: Post[]): Promise<void> {
    for (let from = 0; from < posts.length; from += 1_000) await this.#write(posts.slice(from, from + 1_000))
    await this.#settle()
  }

  async #write(changes: object[]): Promise<void> {
    const authorization = `Bearer ${readFileSync(join(this.#folder, 'api-key'), 'utf8').trim()}`
    const response = await fetch(`${this.#app.url}/v1/posts`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-ndjson' },
      body: changes.map((change) => JSON.stringify(change)).join('\n'),
    })
    const { accepted } = (await response.json()) as { accepted: number }
    if (accepted !== changes.length) throw new Error(`${accepted} of ${changes.length} changes accepted`)
  }

  #settle(): Promise<void> {
    return this.#until(async () => (await get<{ lag: number }>(`${this.#app.url}/v1/status`)).lag === 0)
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    for (const start = Date.now(); !(await holds()); await sleep(200))
      if (Date.now() - start > 300_000) throw new Error('not within five minutes')
  }

  #told = (topic: string) => get<Perspective>(`${this.#app.url}/v1/topics/${topic}/perspective`)
  #editions = async (topic: string) =>
    (
      await get<{ editions: (Pick<Perspective, 'manifest'> & { withdrawn: number })[] }>(
        `${this.#app.url}/v1/topics/${topic}/perspective/editions?limit=200`,
      )
    ).editions

  /** What is read is what was kept last. */
  async #isIssued(): Promise<boolean> {
    for (const topic of this.#topics) {
      const [told, [newest]] = [await this.#told(topic), await this.#editions(topic)]
      if (told.refusal) throw new Error(`${topic} is refused: ${told.refusal.reason}`)
      if (newest?.manifest.hash !== told.manifest.hash) return false
    }
    return true
  }

  async #quoted(): Promise<Set<string>> {
    const told = await Promise.all(this.#topics.map(this.#told))
    return new Set(told.flatMap(({ claims }) => claims.flatMap(({ quotes }) => quotes.map(({ post }) => post))))
  }

  /** All that anybody may read of the topics. */
  async #everything(): Promise<Buffer> {
    const paths = this.#topics.flatMap((id) => [
      ...['perspective', 'perspective/editions?limit=200', 'themes', 'campaigns', 'posts?limit=200'].map(
        (path) => `/v1/topics/${id}/${path}`,
      ),
      ...[`/topics/${id}?hours=all`, `/topics/${id}?sort=typical`, `/embed/${id}.html`, `/embed/${id}.json`],
    ])
    const bodies: string[] = []
    for (const path of ['/', ...paths]) bodies.push(await (await fetch(this.#app.url + path)).text())
    return Buffer.from(bodies.join('\n'))
  }
}

export async function erasure(topics: number, postsEach: number): Promise<Erased> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-erasure-'))
  const names = Array.from({ length: topics }, (_, nr) => `quarter${lettersOf(nr)}`)
  const targets = [{ id: 'more', text: 'more of it' }]
  const config = {
    sources: { bluesky: false },
    topics: names.map((id) => ({ id, name: `The ${id}`, query: id, targets })),
  }
  writeFileSync(join(folder, 'undercurrent.yaml'), JSON.stringify(config))
  const data = join(folder, 'data')
  const app = await startUndercurrent(data, join(folder, 'undercurrent.yaml'))
  try {
    const posts = names.flatMap((name, nr) => postsOf(name, postsEach, nr * postsEach))
    return await new Run(app, data, names).erase(posts)
  } finally {
    await kill(app, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function run([topics = '30', posts = '400']: string[] = []): Promise<Erased> {
  const erased = await erasure(Number(topics), Number(posts))
  console.log(erased)
  return erased
}
