// What a piece of HTML is made of, as sloppily as browsers read it: names of elements, and of attributes with an @. Two pages
// that differ only in text have the same.
/** Names of elements and of their attributes, as a browser would read them out of the bytes. */
export function markupOf(html: string): Set<string> {
  const bare = html.replace(/<!--[\s\S]*?-->/g, '').replace(/(<(script|style)\b[^>]*>)[\s\S]*?<\/\2>/g, '$1')
  const tags = [...bare.matchAll(/<(\/?[a-z!][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)]
  return new Set(
    tags.flatMap(([, name, rest]) => [
      name!.toLowerCase(),
      ...[...rest!.replace(/=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/g, '=').matchAll(/[^\s=/]+/g)].map(
        ([one]) => `@${one.toLowerCase()}`,
      ),
    ]),
  )
}
