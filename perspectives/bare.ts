// Sentences about a subject that is one plain word ("round", "session"): told as the word it is, since what people say with
// it may be many things. Data, as in variants.ts.
export const bareVariants = {
  'words.one': [
    'A word that recurs is {list}.',
    'One word that several accounts use is {list}.',
    'Among the words that recur is {list}.',
    'A word that comes up is {list}.',
    'One of the words these posts share is {list}.',
    'Standing out among the words used is {list}.',
  ],
  'words.list': [
    'Words that recur: {list}.',
    'Several accounts use these words: {list}.',
    'Among the words that recur are {list}.',
    'Words that come up are {list}.',
    'Words these posts share are {list}.',
    'Standing out among the words used are {list}.',
  ],
  'words.lead': [
    'The word that recurs most is “{t1}”, in {S1} of posts{rest}.',
    'No other word found here recurs as often as “{t1}”: {S1} of posts{rest}.',
    'First among the words that recur is “{t1}” ({S1} of posts){rest}.',
    'Of the words these posts share, “{t1}” is the most frequent: {S1} of posts{rest}.',
    'In more posts than any other word found here stands “{t1}”: {S1}{rest}.',
    'The word “{t1}” recurs more than any other found here, in {S1} of posts{rest}.',
  ],
  'quote.word': [
    'A post with the word “{t}” reads: “{q}”',
    'One account that uses the word “{t}” writes: “{q}”',
    'Of the posts with the word “{t}”, one says: “{q}”',
    'The word “{t}” stands in this post: “{q}”',
    'With the word “{t}”, one post says: “{q}”',
    'To quote a post with the word “{t}”: “{q}”',
  ],
} as const

/** Plurals that do not end in s. */
const plurals = new Set(['women', 'men', 'children', 'people', 'police', 'media', 'teeth', 'feet', 'mice', 'data'])

/** No name, no plural, no run of words. */
export const isBareWord = (phrase: string): boolean =>
  /^[\p{Ll}\p{N}'’]+$/u.test(phrase) && !phrase.endsWith('s') && !plurals.has(phrase)
