// What must be true at the end, recomputed from the network's own ledger and from docs/api.md alone: shares no code with
// the product. Every topic is one word, so what it is about is one regular expression. Says what is wrong and where.
import { get } from '../process.ts'

/** A line of the double's ledger. */
export interface Truth {
  id: string
  author: string
  state: 'live' | 'deleted' | 'withdrawn'
  text: string
  lang: string
  hidden: boolean
}

/** What the driver asked for, and that alone: the topics that must be there now. */
export interface Asked {
  id: string
  word: string
}

export interface Findings {
  lost: number
  doubled: number
  resurrected: number
  wrong: number
  /** The first of each, for people. */
  said: string[]
}

interface Shown {
  id: string
  text: string
  quotable: boolean
}

interface Claim {
  evidence: string[]
  quotes: { post: string; text: string }[]
}

type Shares = Record<string, { estimate: number }>
const most = 20
const day = 86_400_000

/** Compares what the API tells with the ledger, for all topics. */
export async function judge(url: string, truths: Truth[], asked: Asked[]): Promise<Findings> {
  const findings: Findings = { lost: 0, doubled: 0, resurrected: 0, wrong: 0, said: [] }
  const say = (what: 'lost' | 'doubled' | 'resurrected' | 'wrong', where: string) => {
    findings[what]++
    if (findings.said.length < most) findings.said.push(`${what}: ${where}`)
  }
  const { topics } = await get<{ topics: { id: string; posts: number; authors: number }[] }>(`${url}/v1/topics`)
  for (const { id } of topics) if (!asked.some((one) => one.id === id)) say('resurrected', `topic ${id} was dropped`)
  for (const { id, word } of asked) {
    const counted = topics.find((one) => one.id === id)
    if (!counted) {
      say('lost', `topic ${id}`)
      continue
    }
    const is = new RegExp(`(?<![\\p{L}\\p{N}_])${word}(?![\\p{L}\\p{N}_])`, 'iu')
    const live = new Map(truths.filter((one) => one.state === 'live' && is.test(one.text)).map((one) => [one.id, one]))
    const topic = { url: `${url}/v1/topics/${id}`, id, live, say }
    await posts(topic, new Set(truths.filter((one) => one.state !== 'live').map((one) => one.id)))
    await numbers(topic, counted)
    await words(topic)
  }
  return findings
}

interface Judged {
  url: string
  id: string
  live: Map<string, Truth>
  say: (what: 'lost' | 'doubled' | 'resurrected' | 'wrong', where: string) => void
}

const window = () => ({
  from: new Date(Date.now() - day).toISOString(),
  to: new Date(Date.now() + day).toISOString(),
})

/** The exact posts with their last texts; who asks not to be quoted is shown without text. */
async function posts({ url, id, live, say }: Judged, gone: Set<string>): Promise<void> {
  const seen = new Set<string>()
  const look = ({ id: post, text, quotable }: Shown, where: string) => {
    const truth = live.get(post)
    if (!truth) return say(gone.has(post) ? 'resurrected' : 'wrong', `${where} of ${id}: ${post} is not about it`)
    if (quotable === truth.hidden) say('wrong', `${where} of ${id}: ${post} is quotable: ${quotable}`)
    if (text !== (truth.hidden ? '' : truth.text)) say('wrong', `${where} of ${id}: ${post} has another text`)
  }
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams({ ...window(), limit: '200', ...(cursor && { cursor }) })
    const page: { posts: Shown[]; next: string | null } = await get(`${url}/posts?${query}`)
    for (const post of page.posts) {
      if (seen.has(post.id)) say('doubled', `posts of ${id}: ${post.id}`)
      seen.add(post.id)
      look(post, 'posts')
    }
    cursor = page.next
  }
  for (const post of live.keys()) if (!seen.has(post)) say('lost', `posts of ${id}: ${post}`)
  const file = await fetch(`${url}/export?${new URLSearchParams({ ...window(), format: 'ndjson' })}`)
  const lines = (await file.text()).trim().split('\n').filter(Boolean)
  const exported = lines.map((line) => (JSON.parse(line) as { id: string }).id)
  if (new Set(exported).size !== exported.length) say('doubled', `export of ${id}`)
  for (const post of exported) if (!live.has(post)) say('resurrected', `export of ${id}: ${post}`)
  for (const post of live.keys()) if (!exported.includes(post)) say('lost', `export of ${id}: ${post}`)
}

/** Counts and shares. The stand-in reads English alone, and is a function of the text (test/doubles/model.ts). */
async function numbers({ url, id, live, say }: Judged, counted: { posts: number; authors: number }): Promise<void> {
  const authors = new Set([...live.values()].map(({ author }) => author)).size
  const close = (what: string, is: number | undefined, be: number, within = 0) => {
    if (is === undefined || !(Math.abs(is - be) <= within)) {
      const isMore = within === 0 && (is ?? 0) > be
      say(within ? 'wrong' : isMore ? 'doubled' : 'lost', `${what} of ${id}: ${is} and not ${be}`)
    }
  }
  close('posts', counted.posts, live.size)
  close('authors', counted.authors, authors)
  const query = new URLSearchParams({ ...window(), view: 'post' })
  const summary = await get<{ posts: number; authors: number; model: string; scored: number; sentiment: Shares }>(
    `${url}/summary?${query}`,
  )
  close('posts in the summary', summary.posts, live.size)
  close('authors in the summary', summary.authors, authors)
  if (!summary.model.startsWith('stand-in')) return
  const read = [...live.values()].filter(({ lang, text }) => lang === 'en' && text.trim())
  close('scored', summary.scored, read.length)
  const tone = (text: string) => (/\bgood\b/i.test(text) ? 'positive' : /\bbad\b/i.test(text) ? 'negative' : 'neutral')
  for (const label of ['negative', 'neutral', 'positive']) {
    const sum = read.reduce((all, { text }) => all + (tone(text) === label ? 0.9 : 0.05), 0)
    if (read.length) close(`share ${label}`, summary.sentiment[label]?.estimate, sum / read.length, 0.005)
  }
}

/** What is told of the topic rests on live posts alone, and no paragraph was kept twice. */
async function words({ url, id, live, say }: Judged): Promise<void> {
  const told = await get<{ claims: Claim[] }>(`${url}/perspective?${new URLSearchParams(window())}`)
  for (const { evidence, quotes } of told.claims) {
    for (const post of evidence) if (!live.has(post)) say('resurrected', `evidence of ${id}: ${post}`)
    for (const { post, text } of quotes)
      if (!live.get(post)?.text.includes(text)) say('resurrected', `quote of ${id}: ${post}`)
  }
  const { editions } = await get<{ editions: { number: number; at: string }[] }>(
    `${url}/perspective/editions?limit=200`,
  )
  const [numbers, times] = [editions.map(({ number }) => number), editions.map(({ at }) => at)]
  if (new Set(numbers).size !== numbers.length) say('doubled', `editions of ${id}: ${numbers.join(' ')}`)
  if (new Set(times).size !== times.length) say('doubled', `editions of ${id} at the same time`)
}
