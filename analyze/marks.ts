// What marks a story in the posts beside its own words, and a test by it: does a post seem to be about the story? Marks are
// words that stand in the core posts far more often than elsewhere (log-odds ratio with an informative Dirichlet prior,
// Monroe et al. 2008), counted once for each author and each wording. The test errs on single posts; how often, it knows of
// itself, so the share of a set of posts that is about the story can be told (Rogan and Gladen 1978). Pure.
import type { Look } from './look.ts'

/** The prior speaks with the weight of so many posts. */
const priorPosts = 20
/** Fewer voices make no mark: nobody may put a word into it alone. */
export const leastVoices = 4
const [leastRatio, leastZ, mostMarks] = [1.5, 2.5, 100]
/** A post whose marks sum up to this seems to be about the story. */
const threshold = 2
const backgroundPosts = 2_000
const leastNear = 100
/** A mark stands so many times as often in the core as near it. */
const nearRatio = 2
/** A test that finds hardly more in the core than by chance tells nothing. */
const leastPower = 0.1

export interface Mark {
  /** By number in the look. */
  word: number
  ratio: number
  z: number
  /** Of the core's voices, how many hold it. */
  voices: number
}

export interface Test {
  marks: Mark[]
  /** Whether a post's other words speak of the story. */
  passes(post: number): boolean
  /** Share of the core that passes, and share of what is about something else that passes all the same; 0..1. */
  sensitivity: number
  chance: number
}

export interface Learning {
  /** Posts that are about the story by its own words, one for each voice. */
  core: number[]
  /** Posts that hold little of the story: mostly about something else that is spoken of in some of the same words. */
  near: number[]
  /** The story's own words mark nothing. */
  isOwn: (word: string) => boolean
}

export function testOf(look: Look, { core, near, isOwn }: Learning): Test {
  const marks = apart(look, marksOf(look, core, isOwn), { core, near })
  const ratios = new Map(marks.map(({ word, ratio }) => [word, ratio]))
  const sum = (post: number, ratioOf: (word: number) => number) => {
    let total = 0
    for (const word of look.words[post]!) total += ratioOf(word)
    return total
  }
  const sums = new Map<number, number>()
  const sumOf = (post: number) => {
    const known = sums.get(post) ?? sum(post, (word) => ratios.get(word) ?? 0)
    sums.set(post, known)
    return known
  }
  // A core post is judged by the marks that the others make.
  const voices = new Map(marks.map(({ word, voices }) => [word, voices]))
  const without = new Map(
    marks.map(({ word, voices }) => [word, ratioOf(look, { word, voices: voices - 1 }, core.length)]),
  )
  const byOthers = (word: number) => ((voices.get(word) ?? 0) > leastVoices ? without.get(word)!.ratio : 0)
  const sensitivity = core.length > 0 ? core.filter((post) => sum(post, byOthers) >= threshold).length / core.length : 0
  return {
    marks,
    passes: (post) => sumOf(post) >= threshold,
    sensitivity,
    chance: byChance(look, { core, near }, (post) => sumOf(post) >= threshold),
  }
}

export interface Seen {
  passed: number
  voices: number
}

/** The terms speak with the weight of so many posts. */
const priorVoices = 8
/** In log-odds: the most that the test may give, and take. */
const [mostGain, mostLoss] = [1.2, 3]

/**
 * The share that the terms tell, corrected by the test as far as it has power and posts to judge by. It may take away
 * more than it gives: other words can show that posts are about a wider subject, and never that they are about this story.
 */
export function blend(prior: number, { sensitivity, chance }: Test, { passed, voices }: Seen): number {
  const power = sensitivity - chance
  if (power < leastPower || voices === 0) return prior
  const share = Math.min(1, Math.max(0, (passed / voices - chance) / power))
  const heard = voices * power
  const by = Math.min(mostGain, Math.max(-mostLoss, logit(share)))
  return 1 / (1 + Math.exp(-logit(prior) - (heard / (heard + priorVoices)) * by))
}

const logit = (share: number): number => Math.log((share + 0.01) / (1.01 - share))

function marksOf(look: Look, core: number[], isOwn: (word: string) => boolean): Mark[] {
  const found = new Map<number, number>()
  for (const post of core) for (const word of look.words[post]!) found.set(word, (found.get(word) ?? 0) + 1)
  return [...found]
    .filter(([word, voices]) => voices >= leastVoices && !isOwn(look.texts[word]!))
    .map(([word, voices]) => ({ word, voices, ...ratioOf(look, { word, voices }, core.length) }))
    .filter(({ ratio, z }) => ratio >= leastRatio && z >= leastZ)
    .sort((a, b) => b.z - a.z)
    .slice(0, mostMarks)
}

/** Log-odds of a word in the core against all other posts, and by how many of its standard errors it differs from none. */
function ratioOf({ posts, counts }: Look, { word, voices }: Pick<Mark, 'word' | 'voices'>, core: number) {
  const total = counts[word]!
  const prior = (priorPosts * (total + 1)) / (posts.length + 1)
  const others = Math.max(0, total - voices)
  const odds = (count: number, of: number) => (count + prior) / (Math.max(count, of) + priorPosts - count - prior)
  const ratio = Math.log(odds(voices, core) / odds(others, posts.length - core))
  return { ratio, z: ratio / Math.sqrt(1 / (voices + prior) + 1 / (others + prior)) }
}

/** Marks that also tell the core from what is near it. */
function apart({ words }: Look, marks: Mark[], { core, near }: Pick<Learning, 'core' | 'near'>): Mark[] {
  if (near.length < leastNear) return marks
  const counts = new Map(marks.map(({ word }) => [word, 0]))
  for (const post of near) for (const word of words[post]!) counts.set(word, (counts.get(word) ?? 0) + 1)
  return marks.filter(({ word, voices }) => voices / core.length >= (nearRatio * (counts.get(word)! + 1)) / near.length)
}

/** Share of posts that pass although they are about something else: of those near the core, or a spread of all. */
function byChance({ posts }: Look, { core, near }: Pick<Learning, 'core' | 'near'>, passes: (post: number) => boolean) {
  const inCore = new Set(core)
  const step = Math.max(1, Math.floor(posts.length / backgroundPosts))
  const all = Array.from({ length: Math.floor(posts.length / step) }, (_, at) => at * step)
  const others = near.length < leastNear ? all.filter((post) => !inCore.has(post)) : near
  return others.length > 0 ? others.filter(passes).length / others.length : 0
}
