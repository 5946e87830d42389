// What becomes of a query in X's rule language, as a small tree: terms, and what X cannot narrow ("open") or never has
// ("none"). Everything here may only widen: a part stands for at least the posts that the query's part matches. Pure.

/** Why X cannot look for something, and what to write instead. */
export interface Lack {
  says: string
  change: string
}

export interface Term {
  kind: 'term'
  /** As it stands in a rule. */
  value: string
  /** X takes it without another operator beside it. */
  isAlone: boolean
  /** Roughly how many of all posts have it, 0..1: decides what is left out of a rule that is too long. */
  share: number
  /** Another term of the same `any` covers it by X's documentation: it may go where there is no room. */
  isSpare?: boolean
}
export interface Group {
  kind: 'all' | 'any'
  parts: Narrow[]
}
export type Narrow = Term | Group
/** Open without a lack: true of every post of X. */
export type Part = Narrow | { kind: 'open'; lacks: Lack | null } | { kind: 'none' }

export const none: Part = { kind: 'none' }
export const always: Part = { kind: 'open', lacks: null }
export const open = (says: string, change: string): Part => ({ kind: 'open', lacks: { says, change } })

const isNarrow = (part: Part): part is Narrow => part.kind !== 'open' && part.kind !== 'none'

/** All of some parts; what is open among them is left out, for the rest delivers more. */
export function allOf(parts: Part[]): Part {
  if (parts.some(({ kind }) => kind === 'none')) return none
  const narrow = parts.filter(isNarrow)
  if (narrow.length > 0) return joined('all', narrow)
  return parts.find((part) => part.kind === 'open' && part.lacks) ?? always
}

/** Any of some parts; one that is open opens them all. */
export function anyOf(parts: Part[]): Part {
  const able = parts.filter(({ kind }) => kind !== 'none')
  const opens = able.filter((part) => part.kind === 'open')
  if (opens.length > 0) return opens.find(({ lacks }) => lacks === null) ?? opens[0]!
  return able.length > 0 ? joined('any', able.filter(isNarrow)) : none
}

function joined(kind: Group['kind'], parts: Narrow[]): Narrow {
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]))
  const once = new Map<string, Narrow>()
  for (const part of flat) {
    const text = textOf(part)
    const known = once.get(text)
    if (!known || (known.kind === 'term' && known.isSpare)) once.set(text, part)
  }
  const rest = kind === 'any' ? unsaid([...once.values()]) : [...once.values()]
  return rest.length === 1 ? rest[0]! : { kind, parts: rest }
}

/** Without those of which another asks less: with `peace`, `peace talks` says nothing more. */
function unsaid(parts: Narrow[]): Narrow[] {
  const words = parts.map((part) => new Set(part.kind === 'all' ? part.parts.map(textOf) : [textOf(part)]))
  const few = words.filter(({ size }) => size < 3)
  const isSaid = (own: Set<string>) =>
    few.some((other) => other.size < own.size && [...other].every((one) => own.has(one)))
  return parts.filter((_, at) => words[at]!.size === 1 || !isSaid(words[at]!))
}

/** X wants one operator that stands alone; in an OR we want one on every side, for a side without one has no limit. */
export function standsAlone(part: Narrow): boolean {
  if (part.kind === 'term') return part.isAlone
  return part.kind === 'all' ? part.parts.some(standsAlone) : part.parts.every(standsAlone)
}

/** As a rule: AND is a space and binds before OR; OR within AND stands in parentheses. */
export function textOf(part: Narrow): string {
  if (part.kind === 'term') return part.value
  if (part.kind === 'any') return part.parts.map(textOf).join(' OR ')
  return part.parts.map((one) => (one.kind === 'any' ? `(${textOf(one)})` : textOf(one))).join(' ')
}

function shareOf(part: Narrow): number {
  if (part.kind === 'term') return part.share
  const shares = part.parts.map(shareOf)
  if (part.kind === 'all') return shares.reduce((all, share) => all * share, 1)
  return Math.min(
    1,
    shares.reduce((sum, share) => sum + share, 0),
  )
}

/** The part within so many characters, widened as little as may be; undefined where nothing may be left out any more. */
export function within(part: Narrow, room: number): Narrow | undefined {
  let left = part
  for (let length = textOf(left).length; length > room; length = textOf(left).length) {
    const cut = bestCut(left, 1)
    if (!cut) return undefined
    left = without(left, cut.path)
  }
  return left
}

interface Cut {
  /** Index by level of what is left out. */
  path: number[]
  /** How much wider the whole becomes, for each character that is saved. */
  cost: number
}

/** The cheapest thing to leave out: a spare term, or one of what must all be there. `weight`: how much of it the whole feels. */
function bestCut(part: Narrow, weight: number): Cut | undefined {
  if (part.kind === 'term') return undefined
  const whole = shareOf(part)
  let best: Cut | undefined
  const offer = (cut: Cut | undefined) => {
    if (cut && (!best || cut.cost < best.cost)) best = cut
  }
  for (const [at, one] of part.parts.entries()) {
    const others = part.kind === 'all' ? whole / shareOf(one) : 1
    if (mayGo(part, at)) {
      const wider = part.kind === 'all' ? others - whole : 0
      offer({ path: [at], cost: (weight * wider) / (textOf(one).length + 1) })
    }
    const inner = bestCut(one, weight * others)
    offer(inner && { ...inner, path: [at, ...inner.path] })
  }
  return best
}

function mayGo({ kind, parts }: Group, at: number): boolean {
  const one = parts[at]!
  if (kind === 'any') return one.kind === 'term' && one.isSpare === true
  const left = parts.filter((other) => other !== one)
  return !standsAlone(one) || left.some(standsAlone)
}

function without(part: Narrow, [at = 0, ...rest]: number[]): Narrow {
  if (part.kind === 'term') return part
  const { kind, parts } = part
  return joined(kind, rest.length === 0 ? parts.toSpliced(at, 1) : parts.with(at, without(parts[at]!, rest)))
}
