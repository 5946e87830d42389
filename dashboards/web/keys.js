// Single keys for who works here all day. They do nothing while something is typed, and can be switched off for good
// (WCAG 2.2, 2.1.4). "?" shows them.

const off = 'undercurrent-keys-off'
const dialog = document.getElementById('keys')

/** To the next post, or the one before. */
function post(by) {
  const posts = [...document.querySelectorAll('#posts .post .meta a:first-child')]
  const at = posts.indexOf(document.activeElement)
  posts[at < 0 ? (by > 0 ? 0 : posts.length - 1) : at + by]?.focus()
}
/** To the next sentence of the paragraph. */
function sentence() {
  const all = [...document.querySelectorAll('.sentence > summary')]
  all[(all.indexOf(document.activeElement) + 1) % all.length]?.focus()
}
/** The way of counting, or the window, next to the one in use. */
function turn(name) {
  const links = [...document.querySelectorAll(`nav[aria-label="${name}"] a`)]
  const at = links.findIndex((link) => link.hasAttribute('aria-current'))
  links[(at + 1) % links.length]?.click()
}
const to = (path) => () => {
  location.href = path
}
const keys = {
  '?': () => dialog.showModal(),
  '/': () => document.querySelector('#posts input[name="q"]')?.focus(),
  j: () => post(1),
  k: () => post(-1),
  s: sentence,
  w: () => turn('Window'),
  v: () => turn('Count'),
  t: to('/'),
  a: to('/alerts'),
  c: to('/compare'),
  n: to('/new'),
}

if (dialog) {
  const box = dialog.querySelector('input')
  box.checked = localStorage.getItem(off) === null
  box.addEventListener('change', () => (box.checked ? localStorage.removeItem(off) : localStorage.setItem(off, '1')))
  for (const opener of document.querySelectorAll('[data-keys]')) {
    opener.hidden = false
    opener.addEventListener('click', () => dialog.showModal())
  }
}
addEventListener('keydown', (event) => {
  const isTyping = event.target.closest?.('input, textarea, select, dialog, [contenteditable]')
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(off) !== null) return
  const act = Object.hasOwn(keys, event.key) && keys[event.key]
  if (!act || !dialog) return
  event.preventDefault()
  act()
})
