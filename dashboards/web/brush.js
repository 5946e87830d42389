// Drawing a stretch of time in a chart: while it is drawn its shares are shown, and when it is let go the whole page
// follows. Without script a step is a link. Times are those of the steps: a stretch holds whole ones.
import { fetchPage, go } from './pages.js'

/** A hand is never quite still: less than this is a click. */
const leastPx = 6

let drawing
let asking
let wanted

/** The address of this page for a stretch of steps. */
function addressOf({ svg, first, last }, path = location.pathname) {
  const words = new URLSearchParams(location.search)
  const [start, step] = [Date.parse(svg.dataset.start), Number(svg.dataset.step)]
  words.set('from', new Date(start + first * step).toISOString())
  words.set('to', new Date(start + (last + 1) * step).toISOString())
  for (const gone of ['hours', 'cursor', 'step']) words.delete(gone)
  return `${path}?${words}`
}

function stepAt(svg, x) {
  const { left, width } = svg.getBoundingClientRect()
  const steps = Number(svg.dataset.steps)
  return Math.min(steps - 1, Math.max(0, Math.floor(((x - left) / width) * steps)))
}

function stretch({ svg, from, to }) {
  const [a, b] = [stepAt(svg, from), stepAt(svg, to)]
  return { svg, first: Math.min(a, b), last: Math.max(a, b) }
}

function show(part) {
  const { first, last } = part
  const { mark } = drawing
  const [x, width] = [String(first), String(last - first + 1)]
  if (mark.getAttribute('x') === x && mark.getAttribute('width') === width) return
  mark.setAttribute('x', x)
  mark.setAttribute('width', width)
  wanted = part
  if (!asking) ask()
}

/** One stretch is asked for at a time, and when it is told, the one the mouse has reached meanwhile. */
async function ask() {
  asking = new AbortController()
  const { signal } = asking
  while (wanted && !signal.aborted) {
    const part = wanted
    wanted = undefined
    try {
      const page = await fetchPage(addressOf(part, `${location.pathname}/glance`), { signal })
      const told = page.querySelector('#glance')
      told.querySelector('h2').remove()
      const place = part.svg.closest('figure').querySelector('.glance')
      if (!signal.aborted) place.replaceChildren(...document.adoptNode(told).childNodes)
    } catch {
      // Ended, or the server is away: what is shown stays.
    }
  }
  if (asking?.signal === signal) asking = undefined
}

function end() {
  wanted = undefined
  asking?.abort()
  asking = undefined
  drawing?.mark.remove()
  drawing?.svg.closest('figure')?.querySelector('.glance').replaceChildren()
  drawing = undefined
}

addEventListener('pointerdown', (event) => {
  const svg = event.target.closest?.('svg[data-brush]')
  if (!svg || event.button !== 0 || event.pointerType === 'touch') return
  drawing = { svg, from: event.clientX, to: event.clientX }
  drawing.mark = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  drawing.mark.setAttribute('class', 'brush')
  drawing.mark.setAttribute('y', 0)
  drawing.mark.setAttribute('height', 100)
})
addEventListener('dragstart', (event) => drawing && event.preventDefault())
addEventListener('pointermove', (event) => {
  if (!drawing) return
  drawing.to = event.clientX
  if (!drawing.mark.isConnected && Math.abs(drawing.to - drawing.from) < leastPx) return
  if (!drawing.mark.isConnected) drawing.svg.append(drawing.mark)
  show(stretch(drawing))
})
let drawnAt = 0
addEventListener('pointerup', () => {
  if (!drawing) return
  const isDrawn = drawing.mark.isConnected
  const part = stretch(drawing)
  end()
  if (!isDrawn) return
  drawnAt = performance.now()
  go(addressOf(part))
})
// The click that ends a stretch is not one on the step below it.
addEventListener(
  'click',
  (event) => {
    if (performance.now() - drawnAt < 100 && event.target.closest('svg[data-brush]')) event.preventDefault()
  },
  true,
)
addEventListener('pointercancel', end)
addEventListener('keydown', (event) => event.key === 'Escape' && drawing && end())
