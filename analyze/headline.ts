// From a headline to a proposal of a topic: names and rare words of the headline, as a query that matches at least the
// headline itself. Pure, and knows no corpus: a word counts as rare when it is long, no stop word and no word of the news
// trade. A proposal is a beginning; the form shows at once what it would match.
/** Longer ones are cut: a headline is a sentence. */
const mostCharacters = 300
const mostNames = 2
const mostWords = 4
const leastLetters = 4
const longestName = 4

const stopWords = new Set(
  `a about above after again against ago all almost along already also although always am amid among an and another any are
  around as at away back be became because been before behind being below best better between beyond big both but by came can
  cannot come could day days did do does done down during each early else end enough even ever every far few first for from get
  gets give go goes going good got great had half has have having he her here hers him his how however if in inside instead into
  is it its itself just keep keeps last late later least less let like likely little long longer look made make makes many may
  maybe me might month months more most much must my near need needs never new next no nobody none nor not nothing now of off
  often old on once one only onto or other others our out outside over own part people per perhaps put quite rather really right
  same see seen set several she should since so some someone something soon still such take takes than that the their them then
  there these they thing things this those though three through time times to today together tomorrow too top toward towards two
  under until up upon us use used very want wants was way we week weeks well went were what when where whether which while who
  whom whose why will with within without won would year years yes yesterday yet you your
  says say said tell tells told warn warns warned call calls called calling ask asks face faces faced facing hit hits vow vows
  announce announces announced plan plans planned planning reveal reveals report reports reported reporting reportedly find finds
  found show shows claim claims claimed expect expected expects seek seeks push pushes urge urges urged slam slams amp live
  breaking exclusive update updates watch video photos opinion analysis explained explainer news latest morning evening night
  january february march april june july august september october november december monday tuesday wednesday
  thursday friday saturday sunday everyone anyone know knows known across win wins first second third fourth fifth faster
  million billion percent thousands hundreds dozens around officials sources experts study man woman men women`.split(
    /\s+/,
  ),
)

interface Word {
  text: string
  /** Begins with a capital, or is nothing else. */
  isCapital: boolean
  /** Nothing but space and a hyphen lies between it and the word before. */
  follows: boolean
}

/** What the form is filled with; the query is '' where the headline has no word to go by. */
export function proposal(headline: string): { name: string; query: string } {
  const text = Array.from(headline.normalize('NFC').replace(/\s+/g, ' ').trim()).slice(0, mostCharacters).join('')
  const words = wordsOf(text)
  const names = namesIn(words)
  const named = new Set(names.flatMap((name) => name.toLowerCase().split(' ')))
  const rare = rareIn(words.filter(({ text }) => !named.has(text.toLowerCase())))
  return { name: nameOf(text), query: queryOf(names.slice(0, mostNames), rare) }
}

function wordsOf(text: string): Word[] {
  // An apostrophe parts words in a query, and what stands behind one says little: "Anna's" is looked for as "Anna".
  const found = text.matchAll(/([\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*)(?:['’]\p{L}{1,2}(?![\p{L}\p{N}_]))?/gu)
  let end = 0
  return [...found].map(({ 1: word = '', index }) => {
    const between = text.slice(end, index)
    end = index + word.length
    return { text: word, isCapital: /^\p{Lu}/u.test(word), follows: /^[ -]$/.test(between) }
  })
}

const isStop = ({ text }: Word) =>
  stopWords.has(text.toLowerCase()) || (/^\p{Script=Latin}$/u.test(text) && text.length < 2)

/** Runs of capitals. Where every word has one they tell nothing, but for words that are nothing but capitals. */
function namesIn(words: Word[]): string[] {
  const telling = words.filter((word) => !isStop(word) && /\p{L}/u.test(word.text))
  const shouted = telling.filter(({ text }) => isShouted(text))
  const long = words.filter(({ text }) => text.length >= leastLetters && /\p{L}/u.test(text))
  const isTitle = long.length > 2 && long.filter(({ isCapital }) => isCapital).length > 0.85 * long.length
  if (isTitle) return shouted.length > telling.length / 2 ? [] : unique(shouted.map(({ text }) => text))
  const runs: Word[][] = []
  for (const [at, word] of words.entries()) {
    const run = runs.at(-1)
    const isName = word.isCapital && !isStop(word)
    if (!isName) runs.push([])
    else if (run?.length && word.follows && run.length < longestName) run.push(word)
    // The first word has its capital anyway: alone it is a name only where it is shouted.
    else if (at > 0 || isShouted(word.text) || startsRun(words)) runs.push([word])
  }
  return unique(runs.flatMap((run) => (run.length ? [run.map(({ text }) => text).join(' ')] : [])))
}

const isShouted = (text: string) => text.length > 1 && text === text.toUpperCase() && /\p{Lu}/u.test(text)

/** Whether the second word goes on with the name that the first one begins. */
function startsRun([, second]: Word[]): boolean {
  return Boolean(second?.isCapital && second.follows && !isStop(second))
}

/** The longest first: in most languages the frequent words are short. */
function rareIn(words: Word[]): string[] {
  const own = words.filter((word) => !isStop(word) && isLongEnough(word.text) && !/^\p{N}+$/u.test(word.text))
  return unique(own.map(({ text }) => text.toLowerCase()))
    .toSorted((a, b) => b.length - a.length)
    .slice(0, mostWords)
}

/** Scripts without capitals need fewer letters for a word. */
const isLongEnough = (text: string) => Array.from(text).length >= (/\p{Script=Latin}/u.test(text) ? leastLetters : 2)

const unique = (texts: string[]) => [...new Map(texts.map((text) => [text.toLowerCase(), text])).values()]

function queryOf(names: string[], rare: string[]): string {
  const name = anyOf(names.map((name) => (name.includes(' ') ? `"${name}"` : term(name))))
  const words = rare.map(stem)
  if (name && words.length) return `${name} ${anyOf(words)}`
  if (name) return name
  const [first, ...others] = words
  if (!first) return ''
  return others.length ? `${first} ${anyOf(others)}` : first
}

const anyOf = (terms: string[]) => (terms.length > 1 ? `(${terms.join(' OR ')})` : (terms[0] ?? ''))

/** AND, OR and NOT in capitals are operators, and no name. */
const term = (name: string) => (['AND', 'OR', 'NOT'].includes(name) ? name.toLowerCase() : name)

/** Without the usual endings of English, so that it matches its other forms too; what is short stays whole. */
function stem(word: string): string {
  if (!/^[a-z]+$/.test(word)) return word
  const bare = word.replace(/(?:ations?|ings?|ments?|ed|ies|es|s|y|e)$/, '')
  return bare.length >= 5 && bare.length < word.length ? `${bare}*` : word
}

/** The headline itself, cut between two words. */
function nameOf(text: string): string {
  if (text.length <= 80) return text
  return `${text.slice(0, 80).replace(/\s+\S*$/u, '')} …`
}
