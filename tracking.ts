// Words of an address that tell who led there, and nothing of where it is: one page, told with and without them, is one page.
// Pure; leaves everything else of an address as it is written, because some sites read the order and the spelling.

const words = /^(?:utm_.*|fbclid|gclid|mc_[ce]id|igshid|ref|cmpid)$/i
export const isTracking = (name: string): boolean => words.test(name)

/** The address without them, and without a fragment. */
export function untracked(url: string): string {
  const [whole] = url.split('#', 1) as [string]
  const at = whole.indexOf('?')
  if (at < 0) return whole
  const kept = whole
    .slice(at + 1)
    .split('&')
    .filter((part) => !isTracking(part.split('=', 1)[0]!))
  return kept.length ? `${whole.slice(0, at)}?${kept.join('&')}` : whole.slice(0, at)
}
