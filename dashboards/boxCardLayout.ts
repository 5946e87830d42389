// How a card is laid out: what it must say has its place first (whose it is, what it rests on, where it can be checked),
// and the text takes the room that is left, in whole sentences. Measured with the fonts it is drawn with, so nothing
// overlaps or runs out.
import type { Box, BoxLanguage } from './box.ts'
import { layouts, type Parts, palettes, partsOf, stack, type Theme, titleLine } from './boxCardParts.ts'
import { cardTextOf } from './boxCardText.ts'
import type { Drawing, Pen, Size } from './takumi.ts'

export interface CardAsked {
  language: BoxLanguage
  theme: Theme
  layout: keyof typeof layouts
}

const gap = 20
const close = 8

/** The drawing of a box's card, and its size. */
export async function layOut(box: Box, asked: CardAsked, pen: Pen): Promise<{ drawing: Drawing; size: Size }> {
  const [layout, palette] = [layouts[asked.layout], palettes[asked.theme]]
  const { width, margin, heights } = layout
  const parts = partsOf(cardTextOf(box, asked.language, pen.has), { layout, palette })
  const all = Object.values(parts).flat() as Drawing[]
  const measured = await pen.heights(all, width - 2 * margin)
  const tall = new Map(all.map((part, at) => [part, Math.ceil(measured[at]!)]))
  const height = (...some: Drawing[]) => some.reduce((sum, one) => sum + tall.get(one)!, 0)
  const isShort = (title: Drawing, at: number) => height(title) <= Math.ceil(2 * titleLine * layout.title[at]!)
  const last = parts.titles.at(-1)!
  const tries = [...parts.titles.filter((one, at) => one !== last && isShort(one, at)), last].map((title) => {
    const above = [parts.head, title, ...parts.about]
    const around = 2 * margin + height(...above, parts.foot) + close * (above.length - 1) + 2 * gap
    return { above, around, body: filled(parts, heights[1] - around, height) }
  })
  // The largest title beside which the bar has room; where none leaves room for it, the largest.
  const { above, around, body } = tries.find((one) => parts.bars.every((bar) => one.body.includes(bar))) ?? tries[0]!
  const inside = height(...body) + gap * (body.length - 1)
  const size = { width, height: Math.max(heights[0], around + inside) }
  const middle = { gap, flexGrow: 1, justifyContent: 'center', paddingTop: gap, paddingBottom: gap }
  const drawing = stack([stack(above, { gap: close }), stack(body, middle), parts.foot], {
    ...{ ...size, padding: margin, backgroundColor: palette.paper },
  })
  return { drawing, size }
}

/** The beginning first, then the bar of its share, then as many more sentences as there is room for. */
function filled({ leads, bars, rests, elsewhere }: Parts, room: number, height: (part: Drawing) => number): Drawing[] {
  const lead = leads.find((one) => height(one) <= room)
  if (!lead) return [elsewhere]
  let left = room - height(lead)
  const taken = (part: Drawing | undefined): Drawing[] => {
    if (!part || height(part) + gap > left) return []
    left -= height(part) + gap
    return [part]
  }
  const bar = taken(bars[0])
  return [lead, ...taken(rests.findLast((one) => height(one) + gap <= left)), ...bar]
}
