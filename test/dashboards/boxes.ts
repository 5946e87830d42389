// Boxes to render, made by hand: an ordinary one, one beside a story, a refusal, and what hostile people would put in.
// Invented, all of it.
import type { Box, BoxClaim } from '../../dashboards/box.ts'

const share = (low: number, estimate: number, high: number) => ({ estimate, low, high })
const negative: BoxClaim = {
  id: 'night-bus@1.negative',
  ...{ kind: 'prevalence', measure: 'sentiment.negative', scope: '' },
  text: 'A negative tone: 54% (48–60%)',
  share: share(0.48, 0.54, 0.6),
  posts: 1_234,
  authors: 987,
  fails: 'It would fail if 41 well-chosen accounts vanished.',
}
const positive: BoxClaim = {
  ...negative,
  id: 'night-bus@1.positive',
  text: 'A positive tone: 18% (14–23%)',
  share: share(0.14, 0.18, 0.23),
}
const quote: BoxClaim = {
  id: 'night-bus@1.quote',
  ...{ kind: 'quote', measure: 'stance.line.against', scope: '' },
  text: 'One post against “a night line”: one voice',
  share: share(0, 0, 0),
  posts: 1,
  authors: 1,
  fails: '',
}

/** A topic's box as it usually is. */
export const ordinary: Box = {
  topic: { id: 'night-bus', name: 'night buses' },
  story: null,
  about: null,
  window: { from: '2026-11-21T13:05:00.000Z', to: '2026-11-22T13:05:00.000Z' },
  text: '',
  refusal: null,
  sentences: [
    { text: 'About half of the posts about night buses have a negative tone (54%, 48–60%).', claims: [negative.id] },
    { text: 'A fifth of them show anger (21%, 17–26%), more than in the day before.', claims: ['night-bus@1.anger'] },
    { text: 'One writes: “They cancel the last bus and call it a timetable.”', claims: [quote.id] },
    { text: 'Posts that bring up “the last bus” are more often angry than the others.', claims: ['night-bus@1.theme'] },
  ],
  claims: [
    negative,
    positive,
    {
      ...negative,
      id: 'night-bus@1.anger',
      text: 'Posts that show anger: 21% (17–26%)',
      share: share(0.17, 0.21, 0.26),
    },
    { ...quote, share: { estimate: null, low: null, high: null } },
    {
      ...negative,
      id: 'night-bus@1.theme',
      text: 'Posts that show anger where “the last bus” comes up: 44% (31–57%)',
      share: share(0.31, 0.44, 0.57),
    },
  ],
  takeaway: { text: 'Negative posts about night buses outnumber positive ones.', claims: [negative.id, positive.id] },
  posts: 1_234,
  authors: 987,
  blindSpots: ['People who post are not the public: this is not a poll.'],
  camps: [{ target: 'line', text: 'a night line', favor: share(0.1, 0.2, 0.3), against: share(0.3, 0.4, 0.5) }],
  movement: null,
  sources: ['Bluesky', 'Mastodon'],
  updated: null,
  note: 'Posts by people who post: this is not a poll.',
  evidence: 'https://talk.example/evidence/night-bus',
  method: 'https://talk.example/method',
  page: 'https://talk.example/embed/night-bus.html',
  manifest: {
    topicVersion: 1,
    model: 'test-model',
    code: 'test',
    writer: 'built-in',
    posts: 1_234,
    hash: 'a1b2c3d4e5f60718',
  },
}
ordinary.text = ordinary.sentences.map(({ text }) => text).join(' ')

const with_ = (changed: Partial<Box>, sentences?: string[]): Box => {
  const told = sentences ? sentences.map((text) => ({ text, claims: [negative.id] })) : ordinary.sentences
  const path = changed.story ? `stories/${changed.story.id}` : encodeURIComponent((changed.topic ?? ordinary.topic).id)
  const at = { evidence: `https://talk.example/evidence/${path}`, page: `https://talk.example/embed/${path}.html` }
  const box = { ...ordinary, ...at, sentences: told, ...changed }
  const hash = changed.manifest?.hash ?? JSON.stringify(changed).length.toString(16).padStart(16, '7')
  return {
    ...box,
    text: box.refusal ? '' : box.sentences.map(({ text }) => text).join(' '),
    manifest: { ...box.manifest, hash },
  }
}

/** Beside a story, about a broader topic, corrected since. */
export const story: Box = with_({
  topic: { id: 'energy', name: 'Canadian energy policy' },
  story: {
    id: 's1',
    url: 'https://paper.example/2026/11/22/harbour-pipeline',
    headline: 'Harbour pipeline vote is put off for the third time as two ministers resign',
  },
  about: 'Canadian energy policy',
  updated: {
    at: '2026-11-22T14:02:00.000Z',
    ...{ added: 1, removed: 2, changed: 0 },
    isWithdrawn: false,
    lines: [{ before: '[A quotation was withdrawn: its post is gone.]', after: null }],
  },
})

/** Too little to say anything on. */
export const refused: Box = with_({
  topic: { id: 'ferry', name: 'the island ferry' },
  refusal: {
    reason: 'too few voices',
    missing: 'At least 3 more accounts and 11 more readable posts are needed: a longer window may have them.',
  },
  ...{ sentences: [], claims: [], takeaway: null, posts: 9, authors: 7, sources: ['Bluesky'] },
})

/** Quotes in Cyrillic and Greek, which the card's font has. */
export const cyrillic: Box = with_({ topic: { id: 'talks', name: 'Peace talks' }, takeaway: null }, [
  'One post says: “Нарешті переговори, але чи буде тиша цієї зими?”',
  'Another asks: “Ποιος θα εγγυηθεί την ειρήνη;”, and Vietnamese ones mention “đàm phán”.',
])

/** Words in scripts that the card's font has not. */
export const foreign: Box = with_({ topic: { id: 'rail', name: '高速鉄道の運賃' }, takeaway: null }, [
  'Most posts are neutral.',
  'One writes: “運賃が高すぎる”.',
  'This sentence stands behind it.',
])

/** Far more of everything than there is room for. */
export const long: Box = with_(
  {
    topic: { id: 'long', name: 'long' },
    story: {
      id: 's2',
      url: 'https://paper.example/long',
      headline: `The council, after a debate of eleven hours, decides once more on ${'the harbour, the bridge, the tram and the market, '.repeat(200)}and adjourns`,
    },
    about: `everything that ${'the council '.repeat(300)}may decide`,
    takeaway: { text: `It is said that ${'this goes on and '.repeat(700)}ends.`, claims: [negative.id] },
    sources: Array.from({ length: 60 }, (_, at) => `Source number ${at} with a long name`),
    posts: 123_456_789,
    authors: 98_765_432,
    page: `https://${'a-very-long-host-name-'.repeat(2)}.talk.example/embed/long.html`,
  },
  Array.from(
    { length: 80 },
    (_, at) => `Sentence ${at} says, ${'in many words and at great length, '.repeat(at % 7)}what sentence ${at} says.`,
  ),
)

const zalgo = `Z${'\u0300\u0301\u0316\u0329\u034f\u0489'.repeat(30)}algo`

/** What hostile people would write into a name, a headline and a quote. */
export const hostile: Box = with_(
  {
    topic: { id: 'a"><script>alert(1)</script>', name: `"><script>alert(1)</script>&amp;\u0000\u202e${zalgo}` },
    story: {
      id: 's3',
      url: 'javascript:alert(1)',
      headline: `</title></svg><script>alert(1)</script>]]> <!-- \u202eevil\u202c 👩‍👩‍👧‍👦 مرحبا ${zalgo} ${'W'.repeat(3_000)}`,
    },
    about: `{{topic}} \${x} %s ${'𒀀'.repeat(50)}`,
    takeaway: { text: `One says: “</desc><image href="https://evil.example/x.png"/>” \ud800`, claims: [negative.id] },
    sources: ['<b>Bluesky</b>', '\u202eX', `${'q'.repeat(5_000)}`],
    updated: {
      at: '2026-11-22T14:02:00.000Z',
      added: 0,
      removed: 1,
      changed: 0,
      isWithdrawn: false,
      lines: [{ before: '<i>gone</i> \u202e👻', after: null }],
    },
  },
  ['One says: “<script>alert(1)</script> & \u0007”', `One says: “${zalgo}”`, `One says: “${'x'.repeat(10_000)}”`],
)

export const boxes = { ordinary, story, refused, cyrillic, foreign, long, hostile }
