// Whose words a feed may tell: where it is at home, and which feeds speak for an address. Pure; by host names alone.

/** Addresses of feeds may hold a key of theirs: this is what may be told of one. */
export const hostOf = (url: string): string => URL.parse(url)?.host ?? ''

const barely = (host: string) => host.replace(/^(?:www|feeds?|rss)\./, '')

/** Where a feed is at home. */
export const homeOf = (feed: string): string => barely(URL.parse(feed)?.hostname ?? '')

/** Where the feeds are at home that speak for an address: its host, and those above it. */
export function homesOf(address: string): string[] {
  const parts = homeOf(address).split('.')
  return parts.map((_, nr) => parts.slice(nr).join('.')).filter(Boolean)
}

/** Whether a feed is of the site that an address is of: the same host, or one below it. */
export const speaksFor = (feed: string, address: string): boolean => homesOf(address).includes(homeOf(feed))
