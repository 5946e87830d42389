// The renderer of cards: boxes and texts with a style become an SVG of outlines or a PNG, with the two bundled fonts and
// no other, so that a card looks the same on every machine. Loaded when the first card is asked for. Draws one card at a
// time and off the event loop: cards never take the machine from the posts. Never given markup or an address to fetch.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import { type Coverage, coverageOf } from './glyphs.ts'

/** Something drawn: a text, or a box around others. Styles are CSS in camelCase; lengths are pixels. */
export type Drawing =
  | { type: 'text'; text: string; style: Style }
  | { type: 'container'; style: Style; children: Drawing[] }
export type Style = Record<string, string | number>

export interface Size {
  width: number
  height: number
}

export interface Pen {
  /** Whether the fonts have a character. */
  has: Coverage
  /** The height of each drawing where it is so wide. */
  heights(drawings: Drawing[], width: number): Promise<number[]>
  svg(drawing: Drawing, size: Size): Promise<string>
  /** `scale` 0.5: half as wide and high in pixels. */
  png(drawing: Drawing, size: Size, scale: number): Promise<Uint8Array<ArrayBuffer>>
}

const family = 'Noto Sans'
const files = ['NotoSans-Regular.ttf', 'NotoSans-Bold.ttf']

let opened: Promise<Pen> | undefined

/** The one pen of this process. */
export function pen(): Promise<Pen> {
  opened ??= openPen().catch((cause) => {
    opened = undefined
    throw cause
  })
  return opened
}

const load = () => import('@takumi-rs/core')

/** Reads renderer and fonts. Throws UserError where this machine has no renderer. */
export async function openPen(from = load): Promise<Pen> {
  const { Renderer } = await from().catch(() => {
    const hint = 'Install the package @takumi-rs/core for this platform; /embed/TOPIC.html needs nothing of it.'
    throw new UserError('cards cannot be drawn on this machine', hint, 501)
  })
  const renderer = new Renderer({ cacheMaxBytes: 0 })
  const fonts = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, 'fonts', file))))
  for (const data of fonts) await renderer.registerFont({ data, name: family })
  const coverages = fonts.map(coverageOf)
  const shared: Style = { display: 'flex', flexDirection: 'column', fontFamily: family, overflowWrap: 'anywhere' }
  const root = (children: Drawing[], style: Style): Drawing => ({
    type: 'container',
    style: { ...shared, ...style },
    children,
  })
  return {
    has: (code) => coverages.every((has) => has(code)),
    heights: async (drawings, width) => {
      const measured = await renderer.measure(root(drawings, { width }), { width })
      return measured.children.map(({ height }) => height)
    },
    svg: (drawing, size) => renderer.renderSvg(root([drawing], { ...size }), size),
    png: async (drawing, { width, height }, scale) => {
      const size = { width: Math.round(width * scale), height: Math.round(height * scale) }
      return renderer.render(root([drawing], { width, height }), { ...size, devicePixelRatio: scale, format: 'png' })
    },
  }
}
