// How a box speaks around its paragraph, in English, French, German or Spanish: counts, times (UTC, and said so), states,
// links, hints. Pure. Everything it returns is text, escaped where it is used; names from outside are isolated, so that
// their direction ends where they end. Says nothing about what people say.
import type { Window } from '../answers.ts'
import { type BoxLanguage, type BoxUpdate, boxLanguages } from './box.ts'
import { type Counted, type Phrases, phrases } from './boxPhrases.ts'

/** Words that stand as they are. */
type Plain = Pick<
  Phrases,
  | 'heading'
  | 'notAPoll'
  | 'inEnglish'
  | 'method'
  | 'evidence'
  | 'seePosts'
  | 'more'
  | 'withdrawn'
  | 'checkSentence'
  | 'failsLead'
  | 'interval'
  | 'privateTopic'
  | 'goneStory'
>

export interface BoxWords extends Plain {
  language: BoxLanguage
  /** "1,234 posts", "567 accounts", "1,234 posts by 567 accounts". */
  posts(n: number): string
  authors(n: number): string
  basis(posts: number, authors: number): string
  /** "21 Nov 2026, 13:05 – 22 Nov 2026, 13:05 UTC". */
  period(window: Window): string
  /** "Sources: Bluesky, X"; '' where there are none. */
  sources(names: string[]): string
  /** What a paragraph is about where that is broader than the story it stands beside. */
  about(topic: string): string
  /** "Updated 14:02 UTC, 22 November: 2 sentences removed". */
  updated(update: BoxUpdate): string
  /** With {moment} left open, for who knows the time only later. */
  staleAt: string
  /** "No paragraph: too few voices."; a reason that is not known here stays in English. */
  refusal(reason: string): string
  checkAt(host: string): string
  readAt(host: string): string
}

const made = new Map<BoxLanguage, BoxWords>()

/** The words of a language. Made once: what formats numbers and times is slow to make and quick to use. */
export function boxWords(language: BoxLanguage): BoxWords {
  const known = made.get(language) ?? wordsOf(language)
  made.set(language, known)
  return known
}

function wordsOf(language: BoxLanguage): BoxWords {
  const told = phrases[language]
  const counted = countedIn(told.locale)
  const { period, moment } = timesIn(told)
  const posts = (n: number) => counted(told.posts, n)
  const authors = (n: number) => counted(told.authors, n)
  const changes = ({ added, removed, changed }: BoxUpdate) =>
    (
      [
        [told.removed, removed],
        [told.added, added],
        [told.changed, changed],
      ] as const
    )
      .flatMap(([phrase, n]) => (n > 0 ? [counted(phrase, n)] : []))
      .join(', ')
  const updated: BoxWords['updated'] = (update) => {
    const what = update.isWithdrawn ? told.withdrawn : changes(update)
    const when = fill(told.updated, { moment: moment(update.at) })
    return what ? `${when}${language === 'fr' ? '\u00a0' : ''}: ${what}` : when
  }
  return {
    ...{ ...told, language, posts, authors, period, updated, staleAt: told.stale },
    basis: (n, by) => fill(told.basis, { posts: posts(n), authors: authors(by) }),
    sources: (names) => {
      const list = names.map((name) => isolate(told.sourceNames[name] ?? name)).join(', ')
      return names.length ? counted(told.sources, names.length, { list }) : ''
    },
    about: (topic) => fill(told.about, { topic: isolate(topic) }),
    refusal: (reason) => fill(told.refusal, { reason: told.reasons[reason] ?? reason }),
    checkAt: (host) => fill(told.checkAt, { host: isolate(host) }),
    readAt: (host) => fill(told.readAt, { host: isolate(host) }),
  }
}

/** In one pass, so that what is filled in is never filled itself. */
const fill = (phrase: string, names: Record<string, string>): string =>
  phrase.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '')

const isolate = (name: string): string => `\u2068${name}\u2069`

function countedIn(locale: string) {
  const rules = new Intl.PluralRules(locale)
  const numbers = new Intl.NumberFormat(locale, { useGrouping: 'always' })
  return (phrase: Counted, n: number, names: Record<string, string> = {}): string => {
    const category = rules.select(n)
    const form = category === 'one' ? phrase.one : category === 'many' ? phrase.many : undefined
    return fill(form ?? phrase.other, { n: numbers.format(n), ...names })
  }
}

function timesIn({ locale, moment }: Phrases) {
  const at = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' } as const
  const clock = new Intl.DateTimeFormat(locale, at)
  const days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', timeZone: 'UTC' })
  const spans = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', ...at })
  // French writes the first of a month as an ordinal, which Intl does not know.
  const dayOf = (time: Date) => (locale === 'fr-FR' ? days.format(time).replace(/^1 /, '1er ') : days.format(time))
  return {
    period: ({ from, to }: Window) => `${spans.formatRange(new Date(from), new Date(to))} UTC`,
    moment: (iso: string) => fill(moment, { time: clock.format(new Date(iso)), day: dayOf(new Date(iso)) }),
  }
}

/** Which of the four languages to speak: the one asked for, else English. A region is no matter (fr-CA is French). */
export function languageOf(asked = ''): BoxLanguage {
  const [wanted] = asked.trim().toLowerCase().split(/[-_]/)
  return boxLanguages.find((one) => one === wanted) ?? 'en'
}
