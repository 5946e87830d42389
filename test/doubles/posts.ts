// Invented posts: nobody wrote them. Seeded, so that a run can be repeated; shaped like the network's own (median about
// 68 characters, 5 % exact copies, 60 % English). The topic's words occur in a text exactly when it was meant to be
// about the topic, so the double knows how many posts a topic must show.

/** Mulberry32: a small seeded generator in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)]!

/** What the demo and the tests track; `about` is the double's own judgement, apart from any code under test. */
export const demoTopic = {
  id: 'harbour-ceasefire',
  name: 'The harbour ceasefire',
  query: 'ceasefire OR armistice OR "peace talks"',
  targets: [{ id: 'ceasefire', text: 'a ceasefire now' }],
}
export const about = (text: string): boolean => /\bceasefire\b|\barmistice\b|\bpeace talks\b/i.test(text)

const opinions: Record<string, string[]> = {
  en: [
    'hope this {t} finally holds, people there are exhausted',
    'another {t}, another round of promises nobody keeps',
    'no {t} is worth giving up everything we stood for',
    'honestly the {t} is the first good news in months',
    'so tired of hearing about the {t}, nothing changes on the ground',
    'if the {t} fails again I do not want to hear excuses',
    'oh great, a {t}. I am sure it will last until lunch',
    'support the {t} now, argue about the map later',
  ],
  de: [
    'Ich glaube erst an {t}, wenn niemand mehr schiesst',
    'Endlich wieder {t}, das wurde auch Zeit',
    'Dieses Gerede von {t} hilft den Leuten dort kein bisschen',
  ],
  es: ['ojalá el {t} dure esta vez', 'otro {t} que nadie va a respetar', 'sin {t} no hay futuro para el puerto'],
  pt: ['esse {t} não convence ninguém', 'torcendo muito pelo {t} dar certo'],
  ja: ['{t} のニュースを見て少し安心した', '{t} なんて信じられないよ'],
}
const topicWords = ['ceasefire', 'Ceasefire', 'armistice', 'peace talks', '#ceasefire', 'CEASEFIRE']
const subjects: Record<string, string[]> = {
  en: ['my sourdough', 'the night bus', 'this city', 'the new album', 'my cat', 'the office printer', 'the home team'],
  de: ['mein Fahrrad', 'der Nachtzug', 'das Wetter', 'meine Katze', 'der Drucker'],
  es: ['mi gato', 'el tren', 'la lluvia', 'el partido'],
  pt: ['o meu café', 'a novela', 'o ônibus'],
  ja: ['うちの猫', '今日の天気', '新しい曲', '電車'],
}
const remarks: Record<string, string[]> = {
  en: ['is on fire today', 'gave up again', 'deserves better', 'made my whole week', 'is late, as always', 'rules'],
  de: ['ist heute wieder wunderbar', 'macht mich fertig', 'streikt schon wieder'],
  es: ['me alegra el día', 'otra vez tarde', 'no tiene remedio'],
  pt: ['salvou o meu dia', 'atrasou outra vez'],
  ja: ['は最高だ', 'がまた遅れてる', 'に癒された'],
}
const tails = [
  '',
  '',
  '',
  ' lol',
  ' 😅',
  ' tbh',
  '...',
  ' #mood',
  ' and that is all I have to say about it for today',
  '!!',
]
const languages = ['en', 'en', 'en', 'en', 'en', 'en', 'de', 'es', 'pt', 'ja']

export interface Text {
  text: string
  lang: string
}

/** `matchShare` of the texts are about the topic. */
export function texts(random: () => number, matchShare: number): () => Text {
  const copied: Record<'on' | 'off', Text[]> = { on: [], off: [] }
  const invent = (matching: boolean): Text => {
    const lang = pick(random, languages)
    const aside = () => `${pick(random, subjects[lang]!)} ${pick(random, remarks[lang]!)}${pick(random, tails)}`
    const opinion = () => pick(random, opinions[lang]!).replace('{t}', pick(random, topicWords))
    const parts = [matching ? opinion() : aside()]
    while (random() < 0.55 && parts.length < 6) parts.push(aside())
    return { text: `${parts.join('. ')} ${Math.floor(random() * 900)}`, lang }
  }
  return () => {
    const matching = random() < matchShare
    const seen = copied[matching ? 'on' : 'off']
    if (seen.length > 20 && random() < 0.05) return pick(random, seen)
    const text = invent(matching)
    if (seen.length < 500) seen.push(text)
    return text
  }
}
