// Runs in a page: the contrast of every text with the first opaque ground behind it (WCAG 2.2, 1.4.3).
;(() => {
  const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number)
  const linear = (one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255)
  const groundOf = (from) => {
    for (let one = from; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor)
      if (color.length === 3 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }
  const hasText = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
  const told = [...document.querySelectorAll('body *')].filter(
    (one) => one.checkVisibility() && !one.closest('svg') && hasText(one),
  )
  return told.map((one) => {
    const [a, b] = [light(parse(getComputedStyle(one).color)), light(groundOf(one))].sort((x, y) => y - x)
    return { text: one.textContent.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05) }
  })
})()
