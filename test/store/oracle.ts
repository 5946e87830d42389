// The store in a few lines of memory, for the property test: each operation applied once, in order, by the rules of the
// contract and nothing else. No hashes, no tombstone tables, no markers: sets and comparisons.
import type { Addition, StoredPost } from '../../answers.ts'
import type { AccountChange, DeleteChange, Score } from '../../types.ts'
import { rankOf, voidedRank } from '../../versions.ts'

interface Kept {
  score: Score
  rank: bigint
  live: boolean
}

interface Account {
  out: number[]
  back: number[]
}

export class Oracle {
  readonly #rows = new Map<string, Kept>()
  /** Highest rank that a delete voids, by post. */
  readonly #deleted = new Map<string, bigint>()
  /** Lowest rank that an update leaves, by post. */
  readonly #floors = new Map<string, bigint>()
  /** Highest rank known of a post that some topic holds, or that took it out of one. */
  readonly #known = new Map<string, bigint>()
  readonly #accounts = new Map<string, Account>()

  add({ scores, seen, scope }: Addition): void {
    const told = new Map(seen.map((one) => [one.id, one]))
    for (const { id, op, version } of seen) {
      const rank = rankOf(version)
      if (op === 'update' && rank > (this.#floors.get(id) ?? -1n)) this.#floors.set(id, rank)
    }
    const known = new Map(this.#known)
    for (const kept of this.#rows.values()) {
      const { topic, topicVersion, post } = kept.score.mention
      const one = told.get(post.id)
      const decided = scope.some((ref) => ref.topic === topic && ref.version === topicVersion)
      const about = scores.filter(
        ({ mention }) =>
          mention.topic === topic && mention.topicVersion === topicVersion && mention.post.id === post.id,
      )
      if (!one || !kept.live || kept.rank >= rankOf(one.version)) continue
      // What an update took back is gone, also where its new words may not go in.
      if (one.op !== 'update' && !(decided && about.length === 0)) continue
      kept.live = false
      this.#learn(post.id, rankOf(one.version))
    }
    for (const score of scores) this.#admit(score, known)
  }

  #learn(id: string, rank: bigint): void {
    if (rank > (this.#known.get(id) ?? -1n)) this.#known.set(id, rank)
  }

  #admit(score: Score, known: Map<string, bigint>): void {
    const { post, version, topic, topicVersion } = score.mention
    const rank = rankOf(version)
    if (rank <= (this.#deleted.get(post.id) ?? -1n)) return
    if (rank < (this.#floors.get(post.id) ?? 0n) || rank < (known.get(post.id) ?? 0n)) return
    if (post.author !== null && this.#isOut(post.author, post.at)) {
      this.#void(post.id, voidedRank(null))
      return
    }
    this.#rows.set(JSON.stringify([topic, topicVersion, score.model, post.id]), { score, rank, live: true })
    this.#learn(post.id, rank)
  }

  forget(changes: (DeleteChange | AccountChange)[]): void {
    for (const [nr, change] of changes.entries()) {
      if (change.op === 'delete') this.#void(change.id, voidedRank(change.revision))
      else this.#turn(change, changes.slice(nr + 1))
    }
    for (const { op, ...change } of changes) if (op === 'withdraw') this.#leave((change as AccountChange).author)
  }

  #turn({ op, author, at }: AccountChange, later: (DeleteChange | AccountChange)[]): void {
    const account = this.#accounts.get(author) ?? { out: [], back: [] }
    const undone = later.some((change) => change.op === 'withdraw' && change.author === author && change.at === at)
    if (op === 'withdraw') account.out.push(Date.parse(at))
    else if (!undone) account.back.push(Date.parse(at))
    this.#accounts.set(author, account)
  }

  #leave(author: string): void {
    for (const { score, live } of [...this.#rows.values()]) {
      const { post } = score.mention
      if (live && post.author === author && this.#isOut(author, post.at)) this.#void(post.id, voidedRank(null))
    }
  }

  #void(id: string, rank: bigint): void {
    if (rank > (this.#deleted.get(id) ?? -1n)) this.#deleted.set(id, rank)
    for (const kept of this.#rows.values())
      if (kept.score.mention.post.id === id && kept.rank <= rank) kept.live = false
  }

  /** Out from when it first posted until it came back after it last left. */
  #isOut(author: string, at: string): boolean {
    const { out, back } = this.#accounts.get(author) ?? { out: [], back: [] }
    const left = Math.max(...out)
    return out.length > 0 && !back.some((ms) => ms >= left && ms <= Date.parse(at))
  }

  /** Live posts of a topic version and model: id and text, sorted. */
  posts(topic: string, version: number, model: string): Pick<StoredPost, 'id' | 'text'>[] {
    const rows = [...this.#rows.values()].filter(
      ({ live, score }) =>
        live && score.mention.topic === topic && score.mention.topicVersion === version && score.model === model,
    )
    const found = rows.map(({ score }) => ({ id: score.mention.post.id, text: score.mention.post.text }))
    return found.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  state(id: string): 'live' | 'gone' | 'none' {
    if ([...this.#rows.values()].some(({ live, score }) => live && score.mention.post.id === id)) return 'live'
    return this.#deleted.has(id) ? 'gone' : 'none'
  }
}
