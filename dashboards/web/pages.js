// How script gets what the server renders: whole pages, parsed and inert, of which a part or all is put in place. It never
// builds markup from text, and what it cannot get it leaves as it is.

const refillMs = 60_000

/** The page as the server would show it now. */
export async function fetchPage(address, signal) {
  const response = await fetch(address, { headers: { accept: 'text/html' }, signal })
  return new DOMParser().parseFromString(await response.text(), 'text/html')
}

const filled = new Map()
/**
 * Puts the sections in place that the page left for later. The ones that are there are asked for again after a minute,
 * under the address that `fresh`, the page as it is now, has for them.
 */
export async function fillIn(mayChange = () => true, fresh = document) {
  for (const part of document.querySelectorAll('[data-later]')) {
    const place = `${location.pathname}${location.search} ${part.id}`
    if (part.dataset.filled && performance.now() - filled.get(place) < refillMs) continue
    filled.set(place, performance.now())
    const address = fresh.getElementById(part.id)?.dataset.later ?? part.dataset.later
    try {
      const next = (await fetchPage(address)).getElementById(part.id)
      if (!next || !part.isConnected || (part.dataset.filled && !mayChange(part))) continue
      next.dataset.later = address
      next.dataset.filled = 'true'
      if (next.outerHTML !== part.outerHTML) part.replaceWith(document.adoptNode(next))
    } catch {
      // The link to the section stays.
    }
  }
}

let going
/** Another view of the same page, in place: everything follows, nothing jumps. */
export async function go(address, { remember = true } = {}) {
  going?.abort()
  going = new AbortController()
  document.getElementById('main').setAttribute('aria-busy', 'true')
  try {
    const next = await fetchPage(address, going.signal)
    if (remember) history.pushState(null, '', address)
    document.title = next.title
    document.getElementById('main').replaceWith(document.adoptNode(next.getElementById('main')))
    fillIn()
  } catch (error) {
    if (error.name !== 'AbortError') location.href = address
  }
}
addEventListener('popstate', () => go(location.href, { remember: false }))
