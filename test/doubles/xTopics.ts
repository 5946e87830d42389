// Queries as people write them, and posts in which those find something: invented, seeded. Words stand here in the spellings
// that people use; the queries draw from the same. Fixed before any share of it was seen to compile.
import { pick, seeded } from './posts.ts'
import type { XPost } from './xSemantics.ts'

interface Theme {
  lang: string
  weight: number
  /** Spellings of one word with | between them. */
  words: string[]
  phrases: string[]
  fillers: string[]
}
const list = (text: string) => text.split(' ')

const themes: Theme[] = [
  {
    ...{ lang: 'en', weight: 14, phrases: ['peace talks', 'peace deal', 'land for peace', 'cease-fire line'] },
    words: list(
      'ceasefire talks peace truce negotiations border troops Kyiv|Kiev Moscow Istanbul sanctions sanction treaty envoy deal Ukraine ukraine’s',
    ),
    fillers: list('the a of on in and they we said will not again for this that is hope never why'),
  },
  {
    ...{
      lang: 'en',
      weight: 12,
      phrases: ['artificial intelligence', 'night shift', 'minimum wage', 'co-pilot tools'],
    },
    words: list(
      'AI chatbot jobs layoffs workers automation LLM office robots wages union overtime boss coder startup GPT4 résumé|resume',
    ),
    fillers: list('my the at to and all you it is was just got don’t can’t so much new really'),
  },
  {
    ...{ lang: 'en', weight: 12, phrases: ['night train', 'free buses', 'fare free', 'rush hour'] },
    words: list(
      'train trains bus fare strike ferry tram timetable delay driver ticket station platform cyclists tunnel bridge',
    ),
    fillers: list('the this every late again from to no one when I was waiting here today with'),
  },
  {
    ...{ lang: 'en', weight: 10, phrases: ['climate crisis', 'heat wave', 'carbon tax', 'sea level'] },
    words: list(
      'climate heatwave drought flood wildfire carbon emissions solar wind coal pipeline glacier CO2 farmers rain café|cafe',
    ),
    fillers: list('we are the so more and less than last year summer it is getting who pays'),
  },
  {
    ...{ lang: 'fr', weight: 6, phrases: ['pouvoir d’achat', 'grève générale', 'accord de paix'] },
    words: list(
      'école|ecole élèves|eleves téléphone|telephone interdiction grève|greve retraite|retraites négociations|negociations gouvernement paix Genève|Geneve',
    ),
    fillers: list('le la les des une dans pour c’est pas avec tout on ça l’on'),
  },
  {
    ...{ lang: 'de', weight: 6, phrases: ['Deutsche Bahn', 'runder Tisch', 'Zürcher Straße'] },
    words: list(
      'Zürich|Zurich Straße|Strasse Bahn Züge Schüler|Schueler Verbot Gespräche|Gespraeche Löhne Streik Frieden Waffenruhe',
    ),
    fillers: list('der die das und nicht mit auf ist wieder heute ich wir noch'),
  },
  {
    ...{ lang: 'es', weight: 6, phrases: ['alto el fuego', 'acuerdo de paz', 'huelga general'] },
    words: list(
      'educación|educacion niños|ninos móvil|movil escuela acuerdo sanciones año|ano huelga paz México|Mexico',
    ),
    fillers: list('el la los de que no se por otra vez muy todo mañana'),
  },
  {
    ...{ lang: 'pt', weight: 3, phrases: ['acordo de paz', 'cessar-fogo já'] },
    words: list('negociações|negociacoes eleição|eleicao ônibus|onibus greve escola paz preços|precos São|Sao'),
    fillers: list('o a os de que não com uma muito hoje'),
  },
  {
    ...{ lang: 'tr', weight: 2, phrases: ['barış görüşmeleri', 'ateşkes anlaşması'] },
    words: list('İstanbul|Istanbul barış|baris görüşme|gorusme öğrenci|ogrenci ateşkes|ateskes grev okul'),
    fillers: list('bir ve bu için çok ama ne bugün'),
  },
  {
    ...{ lang: 'pl', weight: 2, phrases: ['rozmowy pokojowe', 'zawieszenie broni'] },
    words: list('pokój|pokoj wojna rozmowy szkoła|szkola uczniów|uczniow strajk Kraków|Krakow Ukraina'),
    fillers: list('nie jest na to się w i już'),
  },
  {
    ...{ lang: 'uk', weight: 4, phrases: ['мирні переговори', "здоров'я дітей"] },
    words: list("Київ Україна|Украіна війна переговори мир комп'ютер біженці школа угода"),
    fillers: list('це не на що як ми вже знову про'),
  },
  {
    ...{ lang: 'ru', weight: 4, phrases: ['мирные переговоры', 'прекращение огня'] },
    words: list('мир война переговоры Москва ещё|еще школа телефон перемирие Киев война'),
    fillers: list('не на что это как мы уже опять про и'),
  },
  {
    ...{ lang: 'el', weight: 2, phrases: ['ειρηνευτικές συνομιλίες'] },
    words: list('ειρήνη|ειρηνη|ΕΙΡΗΝΗ Αθήνα|Αθηνα σχολείο|σχολειο πόλεμος|πολεμος απεργία|απεργια'),
    fillers: list('και το να δεν η για μας'),
  },
  {
    ...{ lang: 'ar', weight: 3, phrases: ['وقف إطلاق النار', 'محادثات السلام'] },
    words: list('السلام|السَّلام أوكرانيا|اوكرانيا مفاوضات الهدنة الحرب اتفاق|إتفاق المدرسة'),
    fillers: list('في من على هذا لا كل اليوم'),
  },
  {
    ...{ lang: 'iw', weight: 2, phrases: ['הפסקת אש'] },
    words: list('שלום מלחמה הסכם משא שביתה רכבת'),
    fillers: list('של את לא זה על היום'),
  },
  {
    ...{ lang: 'fa', weight: 2, phrases: ['آتش بس'] },
    words: list('مذاکرات صلح جنگ می\u200cخواهم|میخواهم توافق مدرسه'),
    fillers: list('از به که این در را'),
  },
  {
    ...{ lang: 'hi', weight: 2, phrases: ['शांति वार्ता'] },
    words: list('शांति वार्ता युद्ध समझौता स्कूल हड़ताल'),
    fillers: list('है के में से यह नहीं'),
  },
  {
    ...{ lang: 'ko', weight: 3, phrases: ['평화 협상', '휴전 협정'] },
    words: list('평화 협상 전쟁 휴전 학교 파업 기차'),
    fillers: list('오늘 정말 그냥 다시 이건 너무'),
  },
  {
    ...{ lang: 'ja', weight: 3, phrases: ['平和 交渉'] },
    words: list('平和 交渉 停戦 学校 スマホ ウクライナ 電車 iPhone AI'),
    fillers: list('の は が を と です した 今日 また'),
  },
  {
    ...{ lang: 'zh', weight: 2, phrases: ['和平 谈判'] },
    words: list('和平 谈判 停火 学校 手机 罢工 GDP'),
    fillers: list('的 了 是 在 我们 今天'),
  },
  {
    ...{ lang: 'th', weight: 1, phrases: ['หยุดยิง สันติภาพ'] },
    words: list('สันติภาพ หยุดยิง สงคราม โรงเรียน'),
    fillers: list('ที่ และ ไม่ วันนี้'),
  },
]
const dense = new Set(['ja', 'zh', 'th'])
const handles = list('harbour_desk minister_k alice bob_writes quay_news lena99 ferryfan the_union 4thestate klara')
/** X tells who wrote a post by number. */
const accounts = list('12 783214 50393960 7080152 21447363 816653 1636590253 95023423 90420314 44196397')
const tagExtras = list('PeaceTalks CeasefireNow AIatWork FreeBuses NightTrains peace_talks strike2026 metoo 2026 COP31')

type Random = () => number
const chance = (random: Random, share: number) => random() < share
/** One of some things, as often as their weights say. */
function drawn<T extends { weight: number }>(random: Random, things: readonly T[]): T {
  let left = random() * things.reduce((sum, { weight }) => sum + weight, 0)
  for (const thing of things) {
    left -= thing.weight
    if (left < 0) return thing
  }
  return things[0]!
}
const drawTheme = (random: Random): Theme => drawn(random, themes)
const word = (random: Random, theme: Theme) => pick(random, pick(random, theme.words).split('|'))
const times = <T>(random: Random, [least, most]: [number, number], make: () => T): T[] =>
  Array.from({ length: least + Math.floor(random() * (most - least + 1)) }, make)

// ---- queries

function term(random: Random, theme: Theme): string {
  const kind = random()
  if (kind < 0.6) return word(random, theme)
  if (kind < 0.73) return `"${pick(random, theme.phrases)}"`
  if (kind < 0.84)
    return `#${chance(random, 0.5) ? pick(random, tagExtras) : word(random, theme).replace(/[’']\p{L}*/u, '')}`
  if (kind < 0.93) {
    const whole = word(random, theme).replace(/[’'].*/u, '')
    return `${whole.slice(0, Math.max(3, whole.length - 2))}*`
  }
  if (kind < 0.97) return `@${pick(random, handles)}${chance(random, 0.15) ? '.example' : ''}`
  return `"${word(random, theme)} ${word(random, theme)}"`
}

const group = (random: Random, theme: Theme, size: [number, number]) =>
  `(${times(random, size, () => term(random, theme)).join(' OR ')})`
const excluded = (random: Random, theme: Theme) =>
  times(random, [1, 3], () => `-${chance(random, 0.2) ? '#' : ''}${word(random, theme).replace(/[’'].*/u, '')}`).join(
    ' ',
  )

type Shape = (random: Random, theme: Theme, other: Theme) => string
const shapes: { weight: number; write: Shape }[] = [
  { weight: 8, write: term },
  { weight: 20, write: (random, theme) => group(random, theme, [2, 6]) },
  {
    weight: 10,
    write: (random, theme) => times(random, [2, 3], () => term(random, theme)).join(pick(random, [' ', ' ', ' AND '])),
  },
  {
    weight: 28,
    write: (random, theme, other) =>
      `${group(random, theme, [2, 5])} ${pick(random, ['', 'AND '])}${group(random, other, [2, 5])}`,
  },
  { weight: 12, write: (random, theme, other) => `${term(random, theme)} ${group(random, other, [2, 4])}` },
  {
    weight: 10,
    write: (random, theme, other) =>
      `((${term(random, theme)} ${term(random, theme)}) OR (${term(random, other)} ${group(random, other, [2, 3])}))`,
  },
  {
    weight: 4,
    write: (random, theme) =>
      `${group(random, theme, [2, 4])} (from:${pick(random, accounts)} OR from:${pick(random, accounts)})`,
  },
  { weight: 3, write: (random) => `(${times(random, [1, 3], () => `from:${pick(random, accounts)}`).join(' OR ')})` },
  {
    weight: 5,
    write: (random, theme, other) => `${group(random, theme, [3, 8])} -(${word(random, other)} ${term(random, other)})`,
  },
]

/** One query: a shape, and now and then what narrows it. */
function query(random: Random): string {
  const theme = drawTheme(random)
  const other = chance(random, 0.75) ? theme : drawTheme(random)
  const parts = [drawn(random, shapes).write(random, theme, other)]
  if (chance(random, 0.25)) parts.push(excluded(random, other))
  if (chance(random, 0.12)) {
    parts.push(`lang:${chance(random, 0.1) ? 'pt-br' : theme.lang === 'iw' ? 'he' : theme.lang}`)
  }
  if (chance(random, 0.06)) parts.push('-source:sample')
  if (chance(random, 0.02)) parts.push(pick(random, ['source:bluesky', 'source:x']))
  return parts.join(' ')
}

export function xQueries(count: number, seed: number): string[] {
  const random = seeded(seed)
  return Array.from({ length: count }, () => query(random))
}

// ---- posts

const full = (text: string) => text.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0))
const bold = (text: string) => text.replace(/[a-z]/g, (char) => String.fromCodePoint(0x1d5ee + char.charCodeAt(0) - 97))
const camel = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** A word as somebody types it. */
function typed(random: Random, text: string): string {
  const kind = random()
  if (kind < 0.05) return text.toUpperCase()
  if (kind < 0.12) return text.toLowerCase()
  if (kind < 0.123) return full(text)
  if (kind < 0.125) return bold(text)
  if (kind < 0.127) return text.length > 3 ? `${text.slice(0, 3)}\u00ad${text.slice(3)}` : text
  if (kind < 0.13) return text.normalize('NFD')
  return text
}

const marks = [
  '. ',
  ', ',
  ', ',
  '! ',
  '?! ',
  ' - ',
  '-',
  '/',
  '… ',
  '\n',
  ': ',
  ' "',
  '" ',
  ' (',
  ') ',
  '—',
  ' &amp; ',
  '&gt;',
]
const pictures = ['🇺🇦', '🔥', '❤️', ' 😂 ', '👍🏽', ' 🤷‍♀️', '✌️']
const glue = (random: Random): string => {
  const kind = random()
  if (kind < 0.76) return ' '
  if (kind < 0.94) return pick(random, marks)
  if (kind < 0.98) return pick(random, pictures)
  return pick(random, ['_', "'", '  ', ' .', '*', ' #', ' @', '#'])
}
const address = (random: Random) =>
  ` https://t.co/${Array.from({ length: 10 }, () => pick(random, [...'abcdefghijkmnpqrsuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'])).join('')}`

function piece(random: Random, theme: Theme): string {
  const kind = random()
  if (kind < 0.5) return pick(random, theme.fillers)
  if (kind < 0.8) return typed(random, word(random, theme))
  if (kind < 0.88) {
    const gap = chance(random, 0.7) ? ' ' : glue(random)
    return pick(random, theme.phrases)
      .split(' ')
      .map((part) => typed(random, part))
      .join(gap)
  }
  if (kind < 0.95)
    return ` #${chance(random, 0.4) ? pick(random, tagExtras) : camel(word(random, theme))}${chance(random, 0.1) ? camel(word(random, theme)) : ''}`
  if (kind < 0.98)
    return `${pick(random, [' ', ' ', ' .', ' ('])}@${pick(random, handles)}${pick(random, ['', '', ':', '’s', '.example', '@social.example'])}`
  return `${word(random, theme)}${pick(random, ['’s', "'s", 's', '2', '-led', '_now'])}`
}

function textOf(random: Random, theme: Theme): string {
  const pieces = times(random, [4, 20], () => piece(random, theme))
  const gap = () => (dense.has(theme.lang) && chance(random, 0.75) ? '' : glue(random))
  const text = pieces.reduce((all, one) => all + (all === '' ? '' : gap()) + one, '')
  return (text + (chance(random, 0.25) ? address(random) : '')).slice(0, 280)
}

function post(random: Random, id: string): XPost {
  const theme = drawTheme(random)
  const told = chance(random, 0.12) ? null : chance(random, 0.04) ? 'en' : theme.lang
  return {
    ...{ id, text: textOf(random, theme), author: pick(random, accounts), lang: told },
    ...(chance(random, 0.15) ? { quoted: post(random, `q${id}`) } : {}),
  }
}

export function xPosts(count: number, seed: number): XPost[] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, at) => post(random, `18${String(seed)}${String(at).padStart(12, '0')}`))
}
