// How script gets what the server renders: whole pages, parsed and inert, of which a part or all is put in place. It never
// builds markup from text, and what it cannot get it leaves as it is.

const refillMs = 60_000

const viewHere = () => `${location.pathname}${location.search}`
/** The view that stands here: while another one is on its way, the address is ahead of it. */
let shown = viewHere()
export const shownHere = () => shown

/** The page as the server would show it now. */
export async function fetchPage(address, { signal, headers } = {}) {
  const response = await fetch(address, { headers: { accept: 'text/html', ...headers }, signal })
  return new DOMParser().parseFromString(await response.text(), 'text/html')
}

/** By place: when it was asked for last, and what is on its way. */
const asked = new Map()
const coming = new Map()
const placeOf = (id) => `${shown} ${id}`

/**
 * Puts the sections in place that the page left for later. The ones that are there are asked for again after a minute,
 * under the address that `fresh`, the page as it is now, has for them. What is on its way is not asked for twice.
 */
export function fillIn(mayChange = () => true, fresh = document) {
  for (const { id, dataset } of document.querySelectorAll('[data-later]')) {
    const place = placeOf(id)
    if (coming.has(place) || (dataset.filled && performance.now() - asked.get(place) < refillMs)) continue
    const address = fresh.getElementById(id)?.dataset.later ?? dataset.later
    // What costs most comes one after the other, the most important first.
    const before = coming.get(placeOf(dataset.after))
    const filled = Promise.resolve(before).then(() => fill(id, { place, address, mayChange }))
    coming.set(
      place,
      filled.finally(() => coming.delete(place)),
    )
  }
}

async function fill(id, { place, address, mayChange }) {
  asked.set(place, performance.now())
  try {
    const next = (await fetchPage(address)).getElementById(id)
    // Another view may be there by now, or the same one anew.
    const part = placeOf(id) === place && document.getElementById(id)
    if (!next || !part?.dataset.later || (part.dataset.filled && !mayChange(part))) return
    Object.assign(next.dataset, { ...part.dataset, later: address, filled: 'true' })
    if (next.outerHTML !== part.outerHTML) part.replaceWith(document.adoptNode(next))
  } catch {
    // The link to the section stays.
  }
}

let going
/** Another view of the same page, in place: everything follows, nothing jumps. */
export async function go(address, { remember = true } = {}) {
  going?.abort()
  going = new AbortController()
  document.getElementById('main').setAttribute('aria-busy', 'true')
  const view = viewHere()
  try {
    const next = await fetchPage(address, going)
    // Back and forth, before it came.
    if (!remember && view !== viewHere()) return document.getElementById('main').removeAttribute('aria-busy')
    if (remember) history.pushState(null, '', address)
    shown = viewHere()
    document.title = next.title
    document.getElementById('main').replaceWith(document.adoptNode(next.getElementById('main')))
    fillIn()
  } catch (error) {
    if (error.name !== 'AbortError') location.href = address
  }
}
// A jump within the page is none to another view: what is open stays open, and Tab goes on from there.
addEventListener('popstate', () => shown !== viewHere() && go(location.href, { remember: false }))

/** To ask the same again would be a jump within the page, where its form names a place in it: it is asked anew. */
addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  if (form.method !== 'get') return
  // As the browser writes them: line ends of a text are those of the net.
  const words = [...new FormData(form, submitter)].map(([name, value]) => [name, value.replace(/\r?\n/g, '\r\n')])
  const address = `${new URL(form.action).pathname}?${new URLSearchParams(words)}`
  if (address !== viewHere()) return
  event.preventDefault()
  location.reload()
})
