// The query that clauses say, as short as a person would write it. Pure; every term is one that parses by itself.
import type { Clause } from './clauses.ts'

/** Terms with the same partners stand in one pair of parentheses: (a OR b) (c OR d). */
export function queryOf(terms: string[], clauses: Pick<Clause, 'terms'>[]): string {
  const singles = clauses.filter(({ terms }) => terms.length === 1).map(({ terms: [term] }) => term!)
  const groups = groupsOf(
    clauses.filter(({ terms }) => terms.length === 2).map(({ terms }) => terms as [number, number]),
  )
  const any = (list: number[]) => list.map((term) => terms[term]!).join(' OR ')
  const group = (list: number[]) => (list.length > 1 ? `(${any(list)})` : any(list))
  const parts = [
    ...singles.map((term) => terms[term]!),
    ...groups.map(({ left, right }) => `${group(left)} ${group(right)}`),
  ]
  const hasOthers = parts.length > 1
  return parts.map((part, at) => (hasOthers && at >= singles.length ? `(${part})` : part)).join(' OR ')
}

interface Group {
  left: number[]
  right: number[]
}

function groupsOf(pairs: [number, number][]): Group[] {
  const groups: Group[] = []
  let left = pairs
  while (left.length > 0) {
    const counts = new Map<number, number>()
    for (const term of left.flat()) counts.set(term, (counts.get(term) ?? 0) + 1)
    const [center] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
    const partners = left.filter((pair) => pair.includes(center)).map(([a, b]) => (a === center ? b : a))
    left = left.filter((pair) => !pair.includes(center))
    const key = partners.toSorted((a, b) => a - b).join()
    const same = groups.find(({ right }) => right.toSorted((a, b) => a - b).join() === key)
    if (same) same.left.push(center)
    else groups.push({ left: [center], right: partners })
  }
  return groups
}
