// What we could not see, told from counters and never guessed. Coverage is counted, not evidenced: it stands beside
// the paragraph, not in it.
import type { Coverage } from '../answers.ts'
import type { ReadSince } from '../given.ts'
import { byOthers, missedIn } from '../phrasing.ts'
import { capital, counted, languageName, series, sourceName } from './words.ts'

export interface Seen {
  coverage: Coverage
  /** Languages the model reads. */
  languages: string[]
  /** Targets on which the sides cannot be told. */
  untold?: string[]
  /** Sources that are read by topic, and the beginning of the window. */
  readSince?: ReadSince[]
  from?: string
  /** Sentences that the gate dropped. */
  cut?: number
}

/** Sentences for a reader, most telling first. */
export function blindSpots(seen: Seen): string[] {
  const { coverage, languages, untold = [], cut = 0 } = seen
  const spots = [...ofSources(coverage), ...byTopic(seen)]
  const unread = coverage.unscored.language ?? 0
  if (unread) {
    const missed = Object.entries(coverage.byLang)
      .filter(([tag]) => tag && !languages.includes(tag.split('-')[0]!))
      .sort(([, a], [, b]) => b - a)
      .slice(0, 3)
      .map(([tag]) => languageName(tag))
    const which = missed.length ? `: mostly ${series(missed)}` : ''
    const are = unread === 1 ? 'is in a language' : 'are in languages'
    spots.push(`${counted(unread, 'post')} ${are} the model does not read${which}.`)
  }
  const { empty = 0, model_failed: failed = 0 } = coverage.unscored
  if (empty) spots.push(`${counted(empty, 'post')} ${empty === 1 ? 'holds' : 'hold'} no readable text.`)
  if (failed) spots.push(`${counted(failed, 'post')} could not be scored.`)
  const others = byOthers(coverage)
  if (others) spots.push(others)
  const more = coverage.gaps.length - 2
  if (untold.length) {
    const targets = series(untold.map((target) => `“${target}”`))
    spots.push(`Who is for and who is against ${targets} cannot be told here: the model is too unsure.`)
  }
  for (const gap of coverage.gaps.slice(0, 2)) {
    const { was, why } = missedIn(gap.reason)
    spots.push(`${capital(sourceName(gap.source))} ${was} from ${clock(gap.from)} to ${clock(gap.to)}${why}.`)
  }
  if (more > 0) spots.push(`${counted(more, 'more gap')} in collection ${more === 1 ? 'lies' : 'lie'} in this window.`)
  if (cut)
    spots.push(
      `${counted(cut, 'sentence')} ${cut === 1 ? 'was' : 'were'} left out: not everything in ${cut === 1 ? 'it' : 'them'} could be checked.`,
    )
  spots.push('People who post are not the public: this is not a poll.')
  return spots
}

function ofSources({ bySource }: Coverage): string[] {
  const spots: string[] = []
  const sources = Object.keys(bySource)
  if (bySource.sample) {
    const { posts } = bySource.sample
    spots.push(`${posts.toLocaleString('en-US')} of these posts are the bundled sample: invented, not real opinion.`)
  }
  if (sources.length === 1) spots.push(`All posts come from ${sourceName(sources[0]!)}; other platforms are not in.`)
  for (const [source, { posts, volume }] of Object.entries(bySource)) {
    const stand = `${counted(posts, 'post')} ${posts === 1 ? 'stands' : 'stand'}`
    if (volume > posts)
      spots.push(
        `${capital(sourceName(source))} was read in part: ${stand} for about ${volume.toLocaleString('en-US')}.`,
      )
  }
  return spots
}

function byTopic({ coverage, readSince = [], from = '' }: Seen): string[] {
  return readSince.flatMap(({ source, since, why, wordless }) => {
    const name = capital(sourceName(source))
    if (since === null) return [why ? `${why}.` : `${name} is not read for this topic.`]
    const late =
      since > from
        ? [`${name} has been read for this topic since ${clock(since)}; what was said before is not in.`]
        : []
    const bare = `Posts of ${sourceName(source)} are counted without their words: none is quoted, and subjects come from elsewhere.`
    return wordless && coverage.bySource[source] ? [...late, bare] : late
  })
}

const clock = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`
