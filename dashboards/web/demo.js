// The one thing the demo's sites do themselves: when a box on the page was corrected, what the page tells from that box
// is taken anew from the page as it is now. Knows nothing of what people say; without it a reload shows the truth.
let asked = Promise.resolve()

const renew = async () => {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!answer.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of document.querySelectorAll('[data-told]'))
    part.replaceChildren(...(fresh.getElementById(part.id)?.childNodes ?? []))
}

const again = () => {
  asked = asked.then(renew).catch(() => {})
}

addEventListener('undercurrent-update', again)
// The page did not wait for a box that was still being made.
addEventListener('undercurrent-ready', ({ target }) => target.hasAttribute('data-late') && again())
