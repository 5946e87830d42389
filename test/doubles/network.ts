// The network behind the Jetstream double: accounts that post, edit, delete, leave and come back, all from one seed, and
// the LEDGER of what is true afterwards. Written apart from the code under test, whose answers are compared with it.
// One account's events stay in order; across accounts they are shuffled a little before they get their seq.
import { about, pick, seeded, texts } from './posts.ts'

export interface NetworkOptions {
  seed: number
  accounts?: number
  /** Shares of events. The rest are new posts. */
  matchShare?: number
  updateShare?: number
  deleteShare?: number
  accountShare?: number
  wishShare?: number
  againShare?: number
}

export interface NetworkEvent {
  seq: number
  did: string
  kind: 'commit' | 'account' | 'identity'
  timeUs: number
  collection?: string
  operation?: 'create' | 'update' | 'delete'
  rkey?: string
  rev?: string
  record?: object
  account?: object
}

type Happening = Omit<NetworkEvent, 'seq' | 'timeUs'>

export interface Entry {
  author: string
  rkey: string
  state: 'live' | 'deleted' | 'withdrawn'
  /** '' once it is gone: the ledger remembers no more than anybody may. */
  text: string
  lang: string
  about: boolean
}

export interface Counts {
  events: number
  created: number
  updated: number
  live: number
  deleted: number
  withdrawn: number
  about: number
  authors: number
}

const digits = '234567abcdefghijklmnopqrstuvwxyz'
/** The double's own TIDs: a counter of microseconds, so that every commit has a later one than those before it. */
function tid(us: number): string {
  let rest = BigInt(us) << 10n
  const out: string[] = []
  for (let at = 0; at < 13; at++, rest /= 32n) out.unshift(digits[Number(rest % 32n)]!)
  return out.join('')
}

export const postUri = (did: string, rkey: string) => `at://${did}/app.bsky.feed.post/${rkey}`
const post = 'app.bsky.feed.post'
const wish = 'app.bsky.actor.contentVisibilityDeclaration'

export class Network {
  readonly ledger = new Map<string, Entry>()
  /** Accounts that asked not to be quoted. */
  readonly hidden = new Set<string>()
  readonly #options: Required<NetworkOptions>
  readonly #random: () => number
  readonly #next: () => { text: string; lang: string }
  readonly #accounts: string[]
  readonly #gone = new Set<string>()
  /** Accounts that left once: what they lost then is never written again here, so the truth stays plain. */
  readonly #left = new Set<string>()
  #live: string[] = []
  #erased: string[] = []
  #seq = 0
  #lastUs = 0
  #counts = { created: 0, updated: 0 }

  constructor(options: NetworkOptions) {
    this.#options = {
      ...{ accounts: 300, matchShare: 0.1, updateShare: 0.04, deleteShare: 0.06, accountShare: 0.004 },
      ...{ wishShare: 0.004, againShare: 0.01 },
      ...options,
    }
    this.#random = seeded(options.seed)
    this.#next = texts(this.#random, this.#options.matchShare)
    const name = () =>
      Array.from({ length: 24 }, () => pick(this.#random, [...'abcdefghijklmnopqrstuvwxyz234567'])).join('')
    this.#accounts = Array.from({ length: this.#options.accounts }, () => `did:plc:${name()}`)
  }

  /** `count` more events, the first at `fromUs`, one every `stepUs`, shuffled across accounts. */
  produce(count: number, fromUs: number, stepUs = 1): NetworkEvent[] {
    const events: Happening[] = []
    const times: number[] = []
    for (let at = 0; at < count; at++) {
      this.#lastUs = Math.max(this.#lastUs + 1, Math.floor(fromUs + at * stepUs))
      times.push(this.#lastUs)
      events.push(this.#event())
    }
    return shuffle(events, this.#random).map((event, at) => ({ seq: ++this.#seq, timeUs: times[at]!, ...event }))
  }

  counts(): Counts {
    const count: Counts = {
      events: this.#seq,
      ...this.#counts,
      live: 0,
      deleted: 0,
      withdrawn: 0,
      about: 0,
      authors: 0,
    }
    const authors = new Set<string>()
    for (const entry of this.ledger.values()) {
      count[entry.state]++
      if (entry.state !== 'live') continue
      if (entry.about) count.about++
      authors.add(entry.author)
    }
    return { ...count, authors: authors.size }
  }

  #event(): Happening {
    const { updateShare, deleteShare, accountShare, wishShare, againShare } = this.#options
    let dice = this.#random()
    const falls = (share: number) => {
      dice -= share
      return dice < 0
    }
    if (falls(accountShare)) return this.#leaveOrReturn()
    if (falls(wishShare)) return this.#wish()
    const entry = this.ledger.get(pick(this.#random, this.#live) ?? '')
    if (falls(updateShare) && entry?.state === 'live') return this.#write('update', entry.author, entry.rkey)
    if (falls(deleteShare) && entry?.state === 'live') return this.#erase(entry)
    const erased = this.ledger.get(pick(this.#random, this.#erased) ?? '')
    if (falls(againShare) && erased?.state === 'deleted' && !this.#left.has(erased.author)) {
      return this.#write('create', erased.author, erased.rkey)
    }
    let author = pick(this.#random, this.#accounts)
    while (this.#gone.has(author)) author = pick(this.#random, this.#accounts)
    return this.#write('create', author, tid(this.#lastUs))
  }

  #write(operation: 'create' | 'update', did: string, rkey: string) {
    const { text, lang } = this.#next()
    const id = postUri(did, rkey)
    const parent = pick(this.#random, this.#live)
    this.ledger.set(id, { author: did, rkey, state: 'live', text, lang, about: about(text) })
    if (operation === 'create') {
      this.#live.push(id)
      this.#counts.created++
    } else this.#counts.updated++
    const years = Math.floor(this.#random() * 60)
    const createdAt = this.#random() < 0.02 ? `${1980 + years}-01-01T00:00:00.000Z` : new Date(this.#lastUs / 1000)
    const reply = parent && this.#random() < 0.3 ? { root: { uri: parent }, parent: { uri: parent } } : undefined
    const record = { $type: post, createdAt, text, langs: [lang], ...(reply ? { reply } : {}) }
    return { did, kind: 'commit' as const, collection: post, operation, rkey, rev: tid(this.#lastUs), record }
  }

  #erase(entry: Entry) {
    const id = postUri(entry.author, entry.rkey)
    this.#end(id, 'deleted')
    this.#live.splice(this.#live.indexOf(id), 1)
    this.#erased.push(id)
    const { author: did, rkey } = entry
    const operation = 'delete' as const
    return { did, kind: 'commit' as const, collection: post, operation, rkey, rev: tid(this.#lastUs) }
  }

  #end(id: string, state: 'deleted' | 'withdrawn') {
    const entry = this.ledger.get(id)!
    this.ledger.set(id, { ...entry, state, text: '', about: false })
  }

  #leaveOrReturn() {
    const dice = this.#random()
    const back = dice < 0.3 ? [...this.#gone][0] : undefined
    if (back) this.#gone.delete(back)
    const did = back ?? pick(this.#random, this.#accounts)
    if (!back && dice < 0.8 && this.#gone.size < this.#accounts.length / 2) {
      this.#gone.add(did)
      this.#left.add(did)
      for (const [id, entry] of this.ledger)
        if (entry.author === did && entry.state === 'live') this.#end(id, 'withdrawn')
      this.#live = this.#live.filter((id) => !id.startsWith(`at://${did}/`))
    }
    // One in five leaves nobody: an account that never left is told to be active, as the network does.
    const gone = this.#gone.has(did)
    const status = gone ? { status: pick(this.#random, ['deleted', 'takendown', 'suspended', 'deactivated']) } : {}
    return { did, kind: 'account' as const, account: { active: !gone, did, seq: 1, ...status } }
  }

  #wish() {
    const did = pick(this.#random, this.#accounts)
    const hide = this.#random() < 0.7
    if (hide) this.hidden.add(did)
    else this.hidden.delete(did)
    const record = { $type: wish, hideFromAlgorithmicRecommendations: hide }
    const operation = 'create' as const
    return { did, kind: 'commit' as const, collection: wish, operation, rkey: 'self', rev: tid(this.#lastUs), record }
  }
}

/** Swaps neighbours now and then, never two of one account. */
function shuffle<T extends { did: string }>(events: T[], random: () => number): T[] {
  for (let at = 1; at < events.length; at++) {
    const [before, after] = [events[at - 1]!, events[at]!]
    if (before.did !== after.did && random() < 0.3) [events[at - 1], events[at]] = [after, before]
  }
  return events
}
