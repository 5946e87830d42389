// The parts of a card as drawings: texts in their sizes, the bar of a share, the foot. Knows where nothing stands and what
// fits; boxCardLayout.ts puts them together. Contrast is WCAG 2.2 AA in both themes.
import type { Estimate } from '../answers.ts'
import type { CardText } from './boxCardText.ts'
import type { Drawing, Style } from './takumi.ts'

export const palettes = {
  light: { paper: '#fbfbf9', ink: '#1a2327', quiet: '#56636a', rule: '#d5dadb', accent: '#0b5c6e', band: '#a9cdd5' },
  dark: { paper: '#11181b', ink: '#e7edef', quiet: '#a3b1b7', rule: '#35434a', accent: '#7ecbdc', band: '#2f6672' },
} as const
export type Theme = keyof typeof palettes

/** Pixels of the drawing; a card is scaled from there. */
export interface Layout {
  width: number
  /** At least, at most. */
  heights: readonly [number, number]
  margin: number
  title: readonly number[]
  titleLines: number
  lead: number
  prose: number
  small: number
  /** Lines that names from outside may take. */
  nameLines: number
}
export const layouts: Record<'wide' | 'narrow', Layout> = {
  wide: {
    ...{ width: 1_200, heights: [630, 630], margin: 52, title: [52, 44, 36], titleLines: 3 },
    ...{ lead: 34, prose: 28, small: 23, nameLines: 1 },
  },
  narrow: {
    ...{ width: 600, heights: [0, 1_100], margin: 32, title: [40, 34, 30], titleLines: 4 },
    ...{ lead: 30, prose: 27, small: 23, nameLines: 2 },
  },
}

type Palette = (typeof palettes)[Theme]

export interface Looks {
  layout: Layout
  palette: Palette
}

/** A text that wraps; with `lines`, at most so many, and the rest left out. */
const text = (words: string, { lines, ...style }: Style & { lines?: number }): Drawing => ({
  ...{ type: 'text', text: words },
  style: {
    ...{ lineHeight: 1.35, flexShrink: 0, ...style },
    ...(lines && { lineClamp: lines, textOverflow: 'ellipsis' }),
  },
})
export const stack = (children: Drawing[], style: Style = {}): Drawing => ({
  ...{ type: 'container', children },
  style: { display: 'flex', flexDirection: 'column', flexShrink: 0, ...style },
})
const row = (children: Drawing[], style: Style): Drawing => stack(children, { flexDirection: 'row', ...style })

export interface Parts {
  head: Drawing
  /** From large to small. */
  titles: Drawing[]
  about: Drawing[]
  /** The beginning, large and less large. */
  leads: Drawing[]
  /** What comes after it: one sentence, two, three ... */
  rests: Drawing[]
  /** Of all its shares, in one. */
  bars: Drawing[]
  elsewhere: Drawing
  foot: Drawing
}

export const titleLine = 1.2
/** More than this has no room after the beginning. */
const mostSentences = 12
const longestRest = 1_200

export function partsOf(told: CardText, looks: Looks): Parts {
  const { layout, palette } = looks
  const { ink, quiet, accent } = palette
  const { title: sizes, titleLines: lines, lead: large, prose, small: fontSize, nameLines } = layout
  const [lead, ...rest] = told.told.slice(0, 1 + mostSentences)
  const growing = rest.map((_, at) => rest.slice(0, at + 1).join(' ')).filter(({ length }) => length <= longestRest)
  const brand = text('undercurrent', { fontSize, color: accent, fontWeight: 700 })
  const title = { fontWeight: 700, lineHeight: titleLine, color: ink, lines }
  return {
    head: row([text(told.heading, { fontSize, color: quiet, flexShrink: 1 }), brand], {
      justifyContent: 'space-between',
      gap: 20,
    }),
    titles: sizes.map((size) => text(told.title, { ...title, fontSize: size })),
    about: told.about ? [text(told.about, { fontSize, color: quiet, lines: nameLines })] : [],
    leads: lead === undefined ? [] : [large, prose].map((size) => text(lead, { fontSize: size, color: ink })),
    rests: growing.map((words) => text(words, { fontSize: prose, color: ink })),
    bars: told.claims.length ? [barsOf(told, looks)] : [],
    elsewhere: text(told.elsewhere, { fontSize: large, color: accent, lines: 2 }),
    foot: footOf(told, looks),
  }
}

/** What it rests on, and where it can be checked. */
function footOf({ updated, basis, caution, check }: CardText, { layout, palette }: Looks): Drawing {
  const { ink, quiet, rule, accent } = palette
  const fontSize = layout.small
  return stack(
    [
      ...(updated ? [text(updated, { fontSize, color: accent, fontWeight: 700, lines: 2 })] : []),
      text(basis, { fontSize, color: ink }),
      text(caution, { fontSize, color: quiet, lines: 1 + layout.nameLines }),
      text(check, { fontSize, color: accent, lines: 1 + layout.nameLines }),
    ],
    { borderTopWidth: 2, borderTopStyle: 'solid', borderTopColor: rule, paddingTop: 14, gap: 2 },
  )
}

/** Shares on the scale 0 to 100%: the interval as a band, the estimate as a line, the numbers as text. */
function barsOf({ claims, interval }: CardText, { layout, palette: { ink, quiet, ...palette } }: Looks): Drawing {
  const isWide = layout.width > 1_000
  const note = (words: string): Drawing => text(words, { fontSize: layout.small - 3, color: quiet })
  const bars = claims.map(({ text: says, share }) => {
    const label = text(says, { fontSize: layout.small, color: ink, lines: 2, ...(isWide && { width: 470 }) })
    const scale = row([note('0%'), scaleOf(share, palette), note('100%')], {
      alignItems: 'center',
      gap: 12,
      flexGrow: 1,
    })
    return isWide ? row([label, scale], { alignItems: 'center', gap: 24 }) : stack([label, scale])
  })
  return stack([...bars, row([note(interval)], { justifyContent: isWide ? 'flex-end' : 'flex-start' })], { gap: 4 })
}

function scaleOf(
  { estimate, low, high }: Estimate,
  { rule, accent, band }: Pick<Palette, 'rule' | 'accent' | 'band'>,
): Drawing {
  const at = (part: number): string => `${Math.round(Math.min(1, Math.max(0, part)) * 1_000) / 10}%`
  const mark = (style: Style): Drawing => ({
    type: 'container',
    style: { position: 'absolute', ...style },
    children: [],
  })
  const end = { top: 8, width: 2, height: 16, backgroundColor: rule }
  return stack(
    [
      mark({ left: 0, top: 15, width: '100%', height: 2, backgroundColor: rule }),
      ...[0, 0.25, 0.5, 0.75].map((part) => mark({ ...end, left: at(part) })),
      mark({ ...end, right: 0 }),
      mark({ left: at(low!), top: 7, width: at(Math.max(0.004, high! - low!)), height: 18, backgroundColor: band }),
      mark({ left: at(estimate! - 0.003), top: 1, width: 5, height: 30, backgroundColor: accent }),
    ],
    { position: 'relative', height: 32, flexGrow: 1 },
  )
}
