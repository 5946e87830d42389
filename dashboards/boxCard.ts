// The card of a box, as SVG for pages and as PNG for where links are shared. Drawn once for each box, language, theme and
// size, one card at a time, and kept within bounds. The SVG holds outlines only: no text to overflow, no script, nothing
// from elsewhere; what it says is in its title and description.
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { BusyError } from '../errors.ts'
import type { Box, BoxLanguage } from './box.ts'
import { layOut } from './boxCardLayout.ts'
import { palettes, type Theme } from './boxCardParts.ts'
import { titleOf, wholeOf } from './boxText.ts'
import { type Pen, pen, type Size } from './takumi.ts'
import type { Html } from './words.ts'

export interface CardOptions {
  language?: BoxLanguage
  /** Absent: an SVG follows the reader's, a PNG is light. */
  theme?: Theme | undefined
  /** Pixels; absent: 1,200. An SVG of less than 600 is laid out for a narrow column. */
  width?: number | undefined
}

/** Widths in which a card is had as PNG, as links are shared; its height follows. */
export const pngWidths = [1_200, 600, 300] as const
export const pngHeight = (width: number): number => Math.round((width * 630) / 1_200)
const usualWidth = 1_200
/** Pixels of an SVG, which scales. */
const [narrowest, narrowFrom, widest] = [240, 600, 2_400]

export interface Cards {
  svg(box: Box, options?: CardOptions): Promise<string>
  png(box: Box, options?: CardOptions): Promise<Uint8Array<ArrayBuffer>>
}

interface Keeping {
  open?: () => Promise<Pen>
  /** Of kept cards. */
  mostBytes?: number
  /** Cards that wait to be drawn; whoever comes then is told to come again. */
  mostWaiting?: number
}

/** Draws cards, and keeps those asked for last. The renderer is loaded with the first. */
export function openCards({ open = pen, mostBytes = 2 ** 24, mostWaiting = 100 }: Keeping = {}): Cards {
  const inTurn = openTurns(mostWaiting)
  const kept = openKept(mostBytes)
  return {
    svg: async (box, { language = 'en', theme, width = usualWidth } = {}) => {
      const layout = width < narrowFrom ? 'narrow' : 'wide'
      const key = keyOf(box, ['svg', language, theme ?? 'auto', layout])
      const { bytes, size } = await kept(key, () =>
        inTurn(async () => {
          const own = await open()
          const { drawing, size } = await layOut(box, { language, theme: theme ?? 'light', layout }, own)
          return { size, bytes: new TextEncoder().encode(inwards(await own.svg(drawing, size), key)) }
        }),
      )
      return String(await framed(box, { drawn: new TextDecoder().decode(bytes), size, language, width, key, theme }))
    },
    png: async (box, { language = 'en', theme = 'light', width: wanted = usualWidth } = {}) => {
      const width = pngWidths.find((one) => one <= wanted) ?? pngWidths.at(-1)!
      const { bytes } = await kept(keyOf(box, ['png', language, theme, String(width)]), () =>
        inTurn(async () => {
          const own = await open()
          const { drawing, size } = await layOut(box, { language, theme, layout: 'wide' }, own)
          return { size, bytes: await own.png(drawing, size, width / size.width) }
        }),
      )
      return bytes
    },
  }
}

/** Whatever is drawn is in the key: a card that would look otherwise is another card. */
const keyOf = (box: Box, asked: string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([asked, box]))
    .digest('base64url')
    .slice(0, 22)

/** What stands within the root of an SVG, with ids of its own: several cards may stand in one page. */
const inwards = (svg: string, key: string): string =>
  svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replaceAll(/(\bid="|href="#)/g, `$1${idOf(key)}`)
    .replaceAll(/\n\s*/g, '')
const idOf = (key: string): string => `u${key.slice(0, 4)}`

/** Every colour of the light card becomes that of the dark one where the reader's screen is dark. */
const style = `@media (prefers-color-scheme:dark){${Object.entries(palettes.light)
  .map(([name, color]) => `.undercurrent-card [fill="${color}"]{fill:${palettes.dark[name as 'ink']}}`)
  .join('')}}`
/** What an SVG that is opened by itself may do: wear this style. */
export const cardRules = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors *`

interface Framing extends Required<Pick<CardOptions, 'language' | 'width'>>, Pick<CardOptions, 'theme'> {
  drawn: string
  size: Size
  key: string
}

function framed(box: Box, { drawn, size, language, width, key, theme }: Framing): Html {
  const wide = Math.round(Math.min(widest, Math.max(narrowest, width)))
  const id = idOf(key)
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="undercurrent-card" width="${wide}" height="${Math.round((wide * size.height) / size.width)}" viewBox="0 0 ${size.width} ${size.height}" role="img" lang="${language}" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${titleOf(box)}</title><desc id="${id}-d">${wholeOf(box, language)}</desc>${theme ? '' : html`<style>${raw(style)}</style>`}${raw(drawn)}</svg>`
}

interface Drawn {
  bytes: Uint8Array<ArrayBuffer>
  size: Size
}

/** One after the other, so that cards never take the machine; so many may wait. */
function openTurns(most: number): <T>(draw: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (draw) => {
    if (waiting >= most) throw new BusyError('too many cards are being drawn', 'Ask again in a few seconds.', 2_000)
    waiting++
    const turn = last.then(draw).finally(() => waiting--)
    last = turn.catch(() => {})
    return turn
  }
}

/** Keeps what was drawn up to so many bytes; who was not asked for longest makes room. Asked twice at once: drawn once. */
function openKept(most: number): (key: string, draw: () => Promise<Drawn>) => Promise<Drawn> {
  const kept = new Map<string, { drawn: Promise<Drawn>; bytes: number }>()
  let total = 0
  const drop = (key: string) => {
    total -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return (key, draw) => {
    const known = kept.get(key)
    const one = known ?? { drawn: draw(), bytes: 0 }
    kept.delete(key)
    kept.set(key, one)
    if (known) return known.drawn
    one.drawn.then(
      ({ bytes }) => {
        if (kept.get(key) !== one) return
        one.bytes = bytes.length
        total += bytes.length
        for (const oldest of kept.keys()) {
          if (total <= most) break
          drop(oldest)
        }
      },
      () => drop(key),
    )
    return one.drawn
  }
}
