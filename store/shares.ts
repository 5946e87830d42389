// The sums over authors behind many shares at once. Labels that always stand together in one order, as every model writes
// them, are one block and read as one array of numbers; labels that do not are a block each. Measured on 36 labels of
// 50,000 posts: an expression per label takes twice as long as a block per map, a lambda over labels ten times.
import type { Estimate, Filter, Share } from '../answers.ts'
import { estimate, type Sums, unknown } from '../estimate.ts'
import type { ModelErrors } from '../types.ts'
import { renamedIn } from './clusters.ts'
import { perAuthor, weighted } from './filter.ts'
import type { Params, Sql } from './sql.ts'

/** Shares of one map of probabilities. `values` is an SQL array of as many numbers, or empty; `has` is 0 or 1. */
export interface Block {
  shares: Share[]
  values: string
  has: string
  params: Params
}

/** The probability, and whether the row has one, as SQL; the names are bound under `name`. */
export function column({ kind, target, label }: Share, name: string): { y: string; has: string; params: Params } {
  const params: Params = { [`${name}l`]: label, ...(target === null ? {} : { [`${name}t`]: target }) }
  const from = target === null ? kind : `stance[{${name}t:String}]`
  return { y: `${from}[{${name}l:String}]`, has: `mapContains(${from}, {${name}l:String})`, params }
}

/** The blocks of one map, given every list of labels that its rows have. `name` keeps their parameters apart. */
export function blocksOf(of: Pick<Share, 'kind' | 'target'>, lists: string[][], name: string): Block[] {
  if (lists.length === 1) {
    const shares = lists[0]!.map((label): Share => ({ ...of, label }))
    if (of.target === null)
      return [{ shares, values: `${of.kind}.values`, has: `notEmpty(${of.kind}.values)`, params: {} }]
    const values = `mapValues(stance[{${name}:String}])`
    return [{ shares, values, has: `notEmpty(${values})`, params: { [name]: of.target } }]
  }
  return [...new Set(lists.flat())].map((label, nr) => {
    const share: Share = { ...of, label }
    const { y, has, params } = column(share, `${name}_${nr}`)
    return { shares: [share], values: `[${y}]`, has, params }
  })
}

type Told = Record<string, number[] | string | number>

/** An estimate for every share of the blocks, in their order. */
export async function estimatesOf(
  sql: Sql,
  filter: Filter,
  { blocks, modelError, isSampled }: { blocks: Block[]; modelError: ModelErrors; isSampled: boolean },
): Promise<[Share, Estimate][]> {
  if (!blocks.length) return []
  const rows = weighted(filter, { renamed: await renamedIn(sql, filter) })
  const isWeighed = isSampled || filter.view === 'cluster' || filter.view === 'engagement'
  const [told] = await sql.ask<Told>(
    `SELECT ${blocks.map((_, nr) => overAuthors(nr)).join(', ')}, sum(c) AS k FROM (
       SELECT ${blocks.map((_, nr) => ofAuthor(filter, nr)).join(', ')}, c FROM (
         SELECT ${blocks.map((block, nr) => ofPosts(block, nr, isWeighed)).join(', ')}, sum(known) AS c, count() AS n, sum(w) AS s
         FROM (${rows.sql}) WHERE skipped = '' GROUP BY author))`,
    Object.assign({ ...rows.params }, ...blocks.map(({ params }) => params)),
  )
  const isKnown = told !== undefined && Number(told.k) > 0
  return blocks.flatMap(({ shares }, nr) =>
    shares.map((share, i): [Share, Estimate] => {
      if (!isKnown) return [share, unknown]
      const at = (sum: string) => (told[`${sum}${nr}`] as number[])[i] ?? 0
      const of: Sums = {
        ...{ authors: Number(told[`n${nr}`]), a: at('sa'), b: Number(told[`sb${nr}`]) },
        ...{ aa: at('aa'), ab: at('ab'), bb: Number(told[`bb${nr}`]), noise: at('nn') },
      }
      return [share, estimate(of, modelError[share.kind].share[share.label] ?? 0)]
    }),
  )
}

/** Where every post weighs 1, it need not be multiplied by it. */
const ofPosts = ({ values, has }: Block, nr: number, weighed: boolean) =>
  weighed
    ? `sumForEach(arrayMap(x -> x * w, ${values})) AS ya${nr}, sum(${has} * w) AS yb${nr},
       sumForEach(arrayMap(x -> w * w * x * (1 - x), ${values})) AS yn${nr}`
    : `sumForEach(${values}) AS ya${nr}, sum(${has}) AS yb${nr}, sumForEach(arrayMap(x -> x * (1 - x), ${values})) AS yn${nr}`

function ofAuthor(filter: Filter, nr: number): string {
  if (filter.view !== 'author') return `ya${nr} AS a${nr}, yb${nr} AS b${nr}, yn${nr} AS r${nr}`
  const { a, b, noise } = perAuthor(filter, { a: 'x', b: `yb${nr}`, noise: 'x', seen: 'n', posts: 's' })
  return `arrayMap(x -> ${a}, ya${nr}) AS a${nr}, ${b} AS b${nr}, arrayMap(x -> ${noise}, yn${nr}) AS r${nr}`
}

const overAuthors = (nr: number) =>
  `countIf(b${nr} > 0) AS n${nr}, sumForEach(a${nr}) AS sa${nr}, sum(b${nr}) AS sb${nr},
   sumForEach(arrayMap(x -> x * x, a${nr})) AS aa${nr}, sumForEach(arrayMap(x -> x * b${nr}, a${nr})) AS ab${nr},
   sum(b${nr} * b${nr}) AS bb${nr}, sumForEach(r${nr}) AS nn${nr}`
