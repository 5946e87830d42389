// What script adds to pages that are complete without it: numbers that follow the stream without jumping, and the
// preview of a query while it is typed. It only ever shows what the server rendered; it never builds markup from text.

import './brush.js'
import './keys.js'
import './picture.js'
import { alertEvents, tell, telling } from './alerts.js'
import { fetchPage, fillIn, shownHere } from './pages.js'

const settleMs = 1_500
const busyMs = 3_000
const typingMs = 450
/** A page that costs much is asked for less often: asking takes at most a tenth of the time. */
const patience = 9

/** True while a reader is in it: something focused, selected, drawn or unfolded there must not move. */
function isInUse(part) {
  const selection = getSelection()
  const selected = selection && !selection.isCollapsed && part.contains(selection.anchorNode)
  return selected || part.contains(document.activeElement) || part.querySelector('details[open], .brush') !== null
}

const [{ requestStart, responseEnd } = {}] = performance.getEntriesByType('navigation')
let tookMs = responseEnd - requestStart || 0
let due
let refreshing = false
async function refresh() {
  due = undefined
  if (document.hidden || refreshing) return
  refreshing = true
  const start = performance.now()
  const view = shownHere()
  try {
    // A page that costs to ask again stays as it was answered.
    const still = document.querySelector('[data-still]')
    // A paragraph that was too long in coming for the page is no part of it: it is filled in, once a minute.
    const headers = document.querySelector('#perspective[data-later]') ? { 'x-leave': 'perspective' } : {}
    const fresh = await fetchPage(still ? location.pathname : view, { headers })
    tookMs = performance.now() - start
    // Another view may have come meanwhile.
    if (view === shownHere()) putIn(fresh)
  } catch {
    // The server is away: the event stream reconnects, and the next event asks again.
  }
  refreshing = false
  if (document.querySelector('[data-busy]')) later(busyMs)
}
/** What moved since, in its place. */
function putIn(fresh) {
  const [main, next] = [document, fresh].map((page) => page.getElementById('main'))
  // What waited for its first posts has more sections now: it comes whole.
  const isFilled = document.querySelector('[data-waits]') && !fresh.querySelector('[data-waits]')
  if (isFilled && next && !isInUse(main)) main.replaceWith(document.adoptNode(next))
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(part.id)
    // A paragraph that is not ready yet does not push away the one that is read.
    if (!next || next.dataset.later || next.outerHTML === part.outerHTML || isInUse(part)) continue
    part.replaceWith(document.adoptNode(next))
  }
  fillIn((part) => !isInUse(part), fresh)
  offerNewPosts(fresh)
}
const later = (ms) => {
  if (due === undefined) due = setTimeout(refresh, Math.max(ms, patience * tookMs))
}

/** The list of posts stays as it was read; a link says that there are newer ones, and puts them in its place. */
let newer
function offerNewPosts(fresh) {
  const first = (page) => page.querySelector('#posts .posts .meta a')?.getAttribute('href')
  const notice = document.getElementById('fresh')
  if (!notice || new URLSearchParams(location.search).has('cursor') || first(fresh) === first(document)) return
  newer = fresh.getElementById('posts')
  notice.hidden = false
}
document.addEventListener('click', (event) => {
  if (!newer || !event.target.closest('#fresh a')) return
  event.preventDefault()
  document.getElementById('posts').replaceWith(document.adoptNode(newer))
  newer = undefined
})

fillIn()

const [, kind, id] = location.pathname.split('/')
/** What stands on the pages of alerts moves with alerts alone. */
const concerns = (topic) => (kind === 'topics' ? decodeURIComponent(id ?? '') === topic : kind !== 'alerts')

// A browser keeps six connections to a host over all its tabs: only the tab that is looked at holds one.
let stream
function follow() {
  if (document.hidden && !telling()) {
    stream?.close()
    stream = undefined
    return
  }
  if (stream || !document.querySelector('[data-live]')) return
  stream = new EventSource('/v1/events')
  const moved = (event) => concerns(JSON.parse(event.data).topic) && later(settleMs)
  // What moved between the rendering of the page and the start of the stream, or while it was cut, is in no event.
  stream.addEventListener('hello', () => later(settleMs))
  stream.addEventListener('perspective.updated', moved)
  stream.addEventListener('perspective.withdrawn', moved)
  for (const name of alertEvents)
    stream.addEventListener(name, (event) => {
      tell(event)
      if (kind === 'alerts' || concerns(JSON.parse(event.data).topic)) later(settleMs)
    })
}
document.addEventListener('visibilitychange', () => {
  follow()
  if (!document.hidden) later(0)
})
addEventListener('pagehide', () => stream?.close())
follow()
if (document.querySelector('[data-busy]')) later(busyMs)

let typing
let asking
const wanted = new Set()
/** Puts the parts of the preview in place that the server renders for what is typed. */
function preview(form, parts) {
  clearTimeout(typing)
  for (const part of parts) wanted.add(part)
  typing = setTimeout(async () => {
    asking?.abort()
    asking = new AbortController()
    const words = new URLSearchParams(new FormData(form))
    try {
      const page = await fetchPage(`${form.dataset.preview}?${words}`, asking)
      for (const part of wanted) {
        const [old, next] = [form, page].map((one) => one.querySelector(part))
        if (next) old?.replaceChildren(...document.adoptNode(next).childNodes)
      }
      wanted.clear()
      form.elements.namedItem('query').ariaInvalid = form.querySelector('.verdict .error') ? 'true' : null
    } catch {
      // Overtaken by the next key, or the server is away: what is shown stays.
    }
  }, typingMs)
}
for (const form of document.querySelectorAll('form[data-preview]')) {
  form.elements.namedItem('query').addEventListener('input', () => preview(form, ['.verdict', '.drawn']))
  // A mark moves nothing but the count of marks: the reader stays where they are.
  form.addEventListener('change', (event) => event.target.type === 'radio' && preview(form, ['.tally']))
}

for (const hint of document.querySelectorAll('[data-run-hint]')) hint.hidden = false
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !event.target.closest('.statement textarea')) return
  event.preventDefault()
  event.target.form.requestSubmit()
})

/** A key that a button names presses it, unless somebody types or means another command. */
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
  if (event.target.closest('input, select, textarea')) return
  document.querySelector(`button[aria-keyshortcuts="${CSS.escape(event.key)}"]`)?.click()
})

/** A link to a sentence opens it. */
function openNamed() {
  const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1))
  if (named instanceof HTMLDetailsElement) named.open = true
}
addEventListener('hashchange', openNamed)
openNamed()
