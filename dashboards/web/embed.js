// <undercurrent-perspective topic="…"> or story="…": a box on any page, kept true while it is open. Asks every 20 s
// (mostly a 304), shows corrections in place, says so where it cannot. What stands between its tags is shown until
// then, and without script. No cookie, no other host.
const home = new URL('.', import.meta.url)
const [everyMs, staleMs] = [20_000, 60_000]
const policy = globalThis.trustedTypes?.createPolicy('undercurrent', { createHTML: (text) => text })
const markup = (text) => policy?.createHTML(text) ?? text

let sheet
const styles = () => {
  sheet ??= fetch(new URL('embed.css', home)).then(async (answer) => {
    if (!answer.ok) throw answer
    const made = new CSSStyleSheet()
    made.replaceSync(await answer.text())
    return made
  })
  sheet.catch(() => (sheet = undefined))
  return sheet
}

class UndercurrentPerspective extends HTMLElement {
  static observedAttributes = ['topic', 'story', 'lang']
  #ending
  #shown = ''
  #seenMs = Date.now()

  connectedCallback() {
    this.#begin()
  }

  disconnectedCallback() {
    this.#ending?.abort()
  }

  attributeChangedCallback(_name, before, after) {
    if (this.#ending && before !== after) this.#begin()
  }

  async #begin() {
    this.#ending?.abort()
    this.#ending = new AbortController()
    const { signal } = this.#ending
    if (this.hasAttribute('framed')) this.#tellHeight(signal)
    while (!signal.aborted) {
      await this.#ask(signal)
      // Nobody looks at a hidden page: whoever comes back is shown the box of then at once.
      await new Promise((resolve) => {
        const turn = new AbortController()
        const go = () => {
          if (document.hidden && !signal.aborted) return
          turn.abort()
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(go, everyMs)
        const once = { signal: turn.signal }
        addEventListener('visibilitychange', go, once)
        addEventListener('online', go, once)
        signal.addEventListener('abort', go, once)
      })
    }
  }

  async #ask(signal) {
    const [topic, story] = [this.getAttribute('topic'), this.getAttribute('story')]
    const path = story ? `embed/stories/${encodeURIComponent(story)}.json` : `embed/${encodeURIComponent(topic)}.json`
    const url = new URL(path, home)
    url.searchParams.set('lang', this.lang || document.documentElement.lang || 'en')
    try {
      const answer = await fetch(url, { cache: 'no-cache', credentials: 'omit', signal })
      // What is gone or closed says so in markup of its own; without any, nothing is known.
      const { html } = await answer.json()
      if (!html) throw answer
      if (html !== this.#shown) await this.#show(html)
      this.#seenMs = Date.now()
      this.#tellStale(false)
    } catch {
      if (Date.now() - this.#seenMs > staleMs) this.#tellStale(true)
    }
  }

  get #root() {
    return this.shadowRoot ?? this
  }

  async #show(html) {
    if (!this.shadowRoot && !this.hasAttribute('framed')) {
      const made = await styles()
      this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [made]
    }
    const root = this.#root
    const texts = () => [...root.querySelectorAll('summary')]
    const open = new Set(
      texts()
        .filter((one) => one.parentElement.open)
        .map((one) => one.textContent),
    )
    const focused = root.querySelector(':focus')?.textContent
    const isWhole = root.querySelector('.whole')
    root.innerHTML = markup(html)
    for (const one of texts()) {
      one.parentElement.open = open.has(one.textContent)
      if (one.textContent === focused) one.focus()
    }
    this.#fold(root.querySelector('.undercurrent'), isWhole)
    this.toggleAttribute('ready', true)
    const isNew = this.#shown === ''
    this.#shown = html
    this.dispatchEvent(new CustomEvent(`undercurrent-${isNew ? 'ready' : 'update'}`, { bubbles: true }))
  }

  /** What does not fit the reserved height folds away behind a button. */
  #fold(box, isWhole) {
    const button = box?.querySelector('[part=more]')
    if (!button || this.hasAttribute('framed')) return
    const unfold = () => {
      box.classList.add('whole')
      button.remove()
    }
    const fits = () => {
      const text = box.querySelector('.text')
      button.hidden = text.scrollHeight <= text.clientHeight + 1
    }
    if (isWhole) return unfold()
    button.addEventListener('click', unfold)
    // Who opens a sentence wants it whole.
    box.addEventListener('toggle', unfold, { capture: true, once: true })
    new ResizeObserver(fits).observe(box)
    fits()
  }

  #tellStale(isStale) {
    this.toggleAttribute('stale', isStale)
    const line = this.#root.querySelector('[part=stale]')
    if (!line) return
    line.hidden = !isStale
    const at = new Date(this.#seenMs).toLocaleTimeString(this.lang || undefined, { timeStyle: 'short' })
    line.textContent = isStale ? line.dataset.words.replace('{moment}', at) : ''
  }

  /** To the page around a frame; the second is AMP's. */
  #tellHeight(signal) {
    const watch = new ResizeObserver(() => {
      const height = Math.ceil(document.documentElement.getBoundingClientRect().height)
      for (const told of [
        { type: 'undercurrent:resize', height },
        { sentinel: 'amp', type: 'embed-size', height },
      ])
        parent.postMessage(told, '*')
    })
    watch.observe(document.documentElement)
    signal.addEventListener('abort', () => watch.disconnect())
  }
}

customElements.get('undercurrent-perspective') ??
  customElements.define('undercurrent-perspective', UndercurrentPerspective)
