// Invented posts as X holds them: ids that hold their time, edits as new ids that share a history, long ones, reposts,
// replies, text escaped as X escapes it. Seeded. Also how a rule matches them: words and OR only, `sample:` by the id alone.
import { seeded } from './posts.ts'

export interface XPost {
  id: string
  /** As its author wrote it. */
  text: string
  author: string
  lang: string
  at: number
  history: string[]
  reference: { type: 'replied_to' | 'retweeted'; id: string } | null
  likes: number
  reposts: number
}

const epochMs = 1_288_834_974_657n
/** The id of the nr-th post of a millisecond. */
export const snowflake = (ms: number, nr = 0): string =>
  String(((BigInt(Math.floor(ms)) - epochMs) << 22n) | BigInt(nr & 0xfff))

export interface PlanOptions {
  seed: number
  count: number
  fromMs: number
  stepMs: number
  /** One in so many is an edit of an earlier one, a repost, longer than 280 characters. 0: none. */
  editEvery?: number
  repostEvery?: number
  longEvery?: number
  word?: string
}

/** Posts in order of time, each with the word in it. */
export function planPosts({ seed, count, fromMs, stepMs, word = 'ferry', ...every }: PlanOptions): XPost[] {
  const random = seeded(seed)
  const dice = (one = 0) => one > 0 && random() < 1 / one
  const posts: XPost[] = []
  for (let nr = 0; nr < count; nr++) {
    const at = Math.floor(fromMs + nr * stepMs)
    const id = snowflake(at, nr)
    const tail = dice(every.longEvery) ? ` and ${'on it goes '.repeat(40)}` : ''
    const text = `the ${word} at pier ${nr} is late & we wait <again>${tail}`
    const first = posts[Math.floor(random() * posts.length)]
    const author = String(1_000 + Math.floor(random() * 40))
    const fresh: XPost = {
      ...{ id, text, author, lang: random() < 0.8 ? 'en' : 'und', at, history: [id], reference: null },
      ...{ likes: Math.floor(random() * 9), reposts: Math.floor(random() * 3) },
    }
    if (first && !first.reference && dice(every.editEvery)) {
      const newest = posts.findLast((post) => post.history[0] === first.history[0])!
      posts.push({ ...newest, id, at, text: `${text} (edited)`, history: [...newest.history, id] })
    } else if (first && dice(every.repostEvery))
      posts.push({ ...fresh, reference: { type: 'retweeted', id: first.id } })
    else posts.push(fresh)
  }
  return posts
}

/** First id → latest text of every post that is one. */
export function truthOfX(posts: XPost[]): Map<string, string> {
  const own = posts.filter(({ reference }) => reference?.type !== 'retweeted')
  return new Map(own.map(({ history, text }) => [history[0]!, text]))
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The post as v2 sends it: id, text and history always, the rest where it is asked for. */
export function payloadOf(post: XPost, fields: Set<string>): Record<string, unknown> {
  const text = escaped(post.text)
  const isLong = post.text.length > 280
  const all: Record<string, unknown> = {
    ...{ author_id: post.author, created_at: new Date(post.at).toISOString(), lang: post.lang },
    public_metrics: { retweet_count: post.reposts, reply_count: 0, like_count: post.likes, quote_count: 0 },
    ...(post.reference ? { referenced_tweets: [post.reference] } : {}),
    ...(isLong ? { note_tweet: { text } } : {}),
  }
  const asked = Object.entries(all).filter(([key]) => fields.has(key))
  const short = isLong ? `${text.slice(0, 270)}… https://t.co/x` : text
  return { id: post.id, text: short, edit_history_tweet_ids: post.history, ...Object.fromEntries(asked) }
}

/** Whether a rule lets a post through. */
export function letsThrough(value: string, post: XPost): boolean {
  const [, percent = '100'] = / sample:(\d+)$/.exec(value) ?? []
  if (Number(percent) < 100 && drawOf(post.id) >= Number(percent)) return false
  if (/ -is:retweet\b/.test(value) && post.reference?.type === 'retweeted') return false
  const words = value.replace(/ sample:\d+$| -is:retweet\b|[()"]/g, '').trim()
  const text = post.text.toLowerCase()
  return words.split(' OR ').some((all) => all.split(' ').every((word) => text.includes(word.toLowerCase())))
}

/** 0 to 99, the same for the same post. */
function drawOf(id: string): number {
  return Math.floor(seeded(Number(BigInt(id) % 4_294_967_291n))() * 100)
}
