// The numbers of claims, computed anew from the store's rows by SQL of this file alone: no question of the store, no
// function of ours. What a claim is of is read out of its kind, measure and scope as docs/perspectives.md tells them.
import type { Claim } from '../../conclusions.ts'
import type { Sql } from '../../store/sql.ts'
import type { ModelErrors } from '../../types.ts'

/** A share over one set of posts, with the parts of its variance. */
interface Counted {
  posts: number
  authors: number
  share: number
  /** Sum over authors of (a - share b)^2, by (sum of b)^2. */
  squares: number
  /** Authors, were they all equally busy: (sum of b)^2 / sum of b^2. */
  effective: number
  /** Sum over posts of w^2 y (1 - y), by (sum of b)^2. */
  noise: number
}
export interface Recounted {
  posts: number
  authors: number
  estimate: number | null
  low: number | null
  high: number | null
  difference: { estimate: number; low: number; high: number } | null
  /** Its evidence that is a live post of the topic's window, and its quotes that stand in their posts. */
  evidence: number
  quotes: number
}

export interface Asserted {
  topic: string
  claim: Claim
}

const isNow = "at >= '2026-01-01 00:00:00'"
/** Live posts of a topic in its window and the one before, by the version that came last. */
const live = `
CREATE TABLE checked.posts ENGINE = Memory AS
SELECT *, ${isNow} AS now, row_number() OVER (ORDER BY topic, post) AS row FROM (
  SELECT topic, toString(post) AS post, argMax(gone, version) AS is_gone, argMax(id, version) AS name,
    argMax(author, version) AS author, argMax(source, version) AS source, argMax(lang, version) AS lang,
    argMax(text, version) AS text, argMax(skipped, version) AS skipped, argMax(at, version) AS at,
    argMax(sentiment, version) AS sentiment, argMax(emotion, version) AS emotion, argMax(stance, version) AS stance
  FROM undercurrent.mentions GROUP BY topic, post
) WHERE is_gone = 0 AND at >= '2025-12-31 00:00:00' AND at < '2026-01-02 00:00:00'`

const named = (kind: string, map: string) =>
  `arrayMap((label, p) -> ('${kind}.' || label, toFloat64(p)), mapKeys(${map}), mapValues(${map}))`
const probabilities = `
CREATE TABLE checked.chances ENGINE = Memory AS
SELECT topic, row, author, source, lang, now, pair.1 AS measure, pair.2 AS p FROM checked.posts
ARRAY JOIN arrayConcat(${named('sentiment', 'sentiment')}, ${named('emotion', 'emotion')},
  ${named('stance.free', "stance['free']")}) AS pair
WHERE skipped = ''`

/** Which posts hold a theme's words, by its name: "corner-shop" is "corner shop", "corners-shops" ... */
const brought = `
CREATE TABLE checked.brought ENGINE = Memory AS
SELECT topic, theme, row FROM (SELECT DISTINCT topic, theme FROM checked.claims WHERE theme != '') AS named
JOIN checked.posts AS posts USING (topic)
WHERE match(lower(text), concat('\\\\b', replaceAll(theme, '-', '(e?s)?[ -]'), '(e?s)?\\\\b'))`

/** One row for each claim and post that counts: on side a (the claim's share) or b (what it is compared with). */
const holding = `
SELECT claims.nr AS nr, chances.author AS author, chances.now AS now, chances.measure AS measure,
  chances.p AS p, (topic, theme, row) IN (SELECT topic, theme, row FROM checked.brought) AS holds,
  claims.kind AS kind, claims.scope AS scope, claims.measure AS asked, chances.source AS source, chances.lang AS lang
FROM checked.claims AS claims JOIN checked.chances AS chances USING (topic)`
const isOfModel = "NOT startsWith(asked, 'theme.')"
const other = (measure: string) =>
  `multiIf(endsWith(${measure}, '.favor'), replaceOne(${measure}, '.favor', '.against'),
    endsWith(${measure}, '.against'), replaceOne(${measure}, '.against', '.favor'),
    endsWith(${measure}, '.negative'), 'sentiment.positive', 'sentiment.negative')`
const parts = [
  // A tone, a side, a feeling: now, and before.
  `SELECT nr, if(now, 'a', 'b') AS side, author, 1. AS w, p AS y, 1 AS noisy FROM held
   WHERE measure = asked AND kind IN ('prevalence', 'stance', 'emotion', 'change') AND ${isOfModel}`,
  // The same where a theme comes up, on a platform or in a language, and elsewhere.
  `SELECT nr, if(multiIf(startsWith(scope, 'theme:'), holds, startsWith(scope, 'source:'), source = substring(scope, 8),
     lang = substring(scope, 6)), 'a', 'b') AS side, author, 1. AS w, p AS y, 1 AS noisy FROM held
   WHERE measure = asked AND kind IN ('feeling', 'contrast') AND now AND ${isOfModel}`,
  // Words: counted, now and before. Every readable post has a tone, so each is here once.
  `SELECT nr, if(now, if(kind = 'common', 'share', 'a'), 'b') AS side, author, 1. AS w, toFloat64(holds) AS y, 0 AS noisy
   FROM held WHERE measure = 'sentiment.negative' AND kind IN ('theme', 'change', 'common') AND NOT (${isOfModel})
     AND (now OR kind != 'common')`,
  // Words by camp, each post as much as the model is sure of its side.
  `SELECT nr, if(measure = substring(scope, 6), 'a', 'b') AS side, author, p AS w, toFloat64(holds) AS y, 0 AS noisy
   FROM held WHERE kind = 'contrast' AND startsWith(scope, 'side:') AND now
     AND (measure = substring(scope, 6) OR measure = ${other('substring(scope, 6)')})`,
  `SELECT nr, if(measure = splitByChar('|', scope)[1], 'a', 'b') AS side, author, p AS w, toFloat64(holds) AS y, 0 AS noisy
   FROM held WHERE kind = 'common' AND now AND has(splitByChar('|', scope), measure)`,
]
const sums = `
WITH held AS (${holding}),
  by_author AS (
    SELECT nr, side, author, count() AS n, sum(w * y) AS a, sum(w) AS b, sum(noisy * w * w * y * (1 - y)) AS scatter
    FROM (${parts.join(' UNION ALL ')}) GROUP BY nr, side, author),
  shared AS (SELECT nr, side, sum(a) / sum(b) AS r FROM by_author GROUP BY nr, side)
SELECT nr, side, toFloat64(sum(n)) AS posts, toFloat64(count()) AS authors, any(r) AS share,
  sum(pow(a - r * b, 2)) / pow(sum(b), 2) AS squares, pow(sum(b), 2) / sum(b * b) AS effective,
  sum(scatter) / pow(sum(b), 2) AS noise
FROM by_author JOIN shared USING (nr, side) GROUP BY nr, side`

/** Posts and accounts that say what the claim's first post says, whatever its marks. */
const plain = "trim(replaceRegexpAll(lower(text), '[^a-z]+', ' '))"
const copied = `
SELECT nr, toFloat64(count()) AS posts, toFloat64(uniqExact(posts.author)) AS authors
FROM (SELECT nr, claims.topic AS topic, ${plain} AS said FROM checked.claims AS claims JOIN checked.posts AS posts
  ON claims.topic = posts.topic AND claims.first = posts.name WHERE kind = 'campaign') AS told
JOIN checked.posts AS posts ON told.topic = posts.topic AND ${plain} = told.said WHERE now GROUP BY nr`
const evidence = `
SELECT nr, toFloat64(count()) AS shown, toFloat64(uniqExact(posts.author)) AS authors FROM checked.claims AS claims
ARRAY JOIN claims.evidence AS name
JOIN checked.posts AS posts ON claims.topic = posts.topic AND name = posts.name WHERE now GROUP BY nr`
const quoted = `
SELECT nr, toFloat64(countIf(position(posts.text, quote.2) > 0)) AS exact FROM checked.claims AS claims
ARRAY JOIN claims.quotes AS quote
JOIN checked.posts AS posts ON claims.topic = posts.topic AND quote.1 = posts.name WHERE now GROUP BY nr`

/** Every claim's numbers, in the order given. */
export async function recount(sql: Sql, asserted: Asserted[], error: ModelErrors): Promise<Recounted[]> {
  await sql.tell('CREATE DATABASE checked')
  await sql.tell(`CREATE TABLE checked.claims (nr UInt32, topic String, kind String, measure String, scope String,
    theme String, first String, evidence Array(String), quotes Array(Tuple(String, String))) ENGINE = Memory`)
  const lines = asserted.map(({ topic, claim: { kind, measure, scope, evidence, quotes } }, nr) =>
    JSON.stringify({
      ...{ nr, topic, kind, measure, scope, evidence, first: evidence[0] },
      theme: /^theme\.(.*)$/.exec(measure)?.[1] ?? /^theme:(.*)$/.exec(scope)?.[1] ?? '',
      quotes: quotes.map(({ post, text }) => [post, text]),
    }),
  )
  await sql.tell(`INSERT INTO checked.claims FORMAT JSONEachRow\n${lines.join('\n')}`)
  for (const statement of [live, probabilities, brought]) await sql.tell(statement)
  const byNr = async <Row>(query: string) =>
    new Map(
      (await sql.look<Row & { nr: number; side?: string }>(query)).map((row) => [`${row.nr}${row.side ?? ''}`, row]),
    )
  const [shares, campaigns, shown, exact] = [
    await byNr<Counted>(sums),
    await byNr<{ posts: number; authors: number }>(copied),
    await byNr<{ shown: number; authors: number }>(evidence),
    await byNr<{ exact: number }>(quoted),
  ]
  await sql.tell('DROP DATABASE checked')
  return asserted.map(({ claim }, nr): Recounted => {
    const [a, b] = [shares.get(`${nr}a`), shares.get(`${nr}b`)]
    const own = claim.kind === 'common' ? shares.get(`${nr}share`) : a
    const label = { ...labelled(claim, error) }
    const half = own && halfOf(own, label.share)
    const rests = restsOn(claim, shares, nr) ?? campaigns.get(`${nr}`) ?? { posts: 1, authors: 1 }
    return {
      ...{ posts: rests.posts, authors: rests.authors },
      estimate: own?.share ?? null,
      low: own ? Math.max(0, own.share - half!) : null,
      high: own ? Math.min(1, own.share + half!) : null,
      difference: a && b && claim.difference ? between(a, b, label.difference) : null,
      evidence: shown.get(`${nr}`)?.shown ?? 0,
      quotes: exact.get(`${nr}`)?.exact ?? 0,
    }
  })
}

/** A camp's words are weighed over all posts, those on the other side too. */
const restsOn = ({ kind }: Claim, shares: Map<string, Counted>, nr: number) =>
  kind === 'common' ? shares.get(`${nr}share`) : shares.get(`${nr}a`)

function labelled({ measure }: Claim, error: ModelErrors): { share: number; difference: number } {
  const [kind, label] = [measure.split('.')[0] as keyof ModelErrors, measure.split('.').at(-1)!]
  const own = error[kind]
  return { share: own?.share[label] ?? 0, difference: own?.difference[label] ?? 0 }
}

/** Cochran 1977: the linearised variance of a ratio with authors as clusters; labels scatter; the model errs. */
const variance = ({ squares, effective }: Counted) => (squares * effective) / Math.max(0.25, effective - 1)
const sampling = (counted: Counted) =>
  student(Math.max(1, counted.effective - 1)) ** 2 * variance(counted) + 1.96 ** 2 * counted.noise
const halfOf = (counted: Counted, modelError: number) => Math.sqrt(sampling(counted) + (1.96 * modelError) ** 2)

function between(a: Counted, b: Counted, modelError: number) {
  const half = Math.sqrt(sampling(a) + sampling(b) + (1.96 * modelError) ** 2)
  const estimate = a.share - b.share
  return { estimate, low: estimate - half, high: estimate + half }
}

const known = new Map<number, number>()
/** The .975 quantile of Student's t, by bisection on its integral: x = sqrt(v) tan(u) turns the density into cos(u)^(v-1). */
export function student(freedom: number): number {
  const v = Math.round(freedom * 100) / 100
  const found = known.get(v) ?? Math.sqrt(v) * Math.tan(angle(v))
  known.set(v, found)
  return found
}

function angle(v: number): number {
  const steps = 4_000
  const width = Math.PI / 2 / steps
  const density = (at: number) => Math.cos(at * width) ** (v - 1)
  // Simpson's rule, summed from the middle outwards; 95 % of the whole is the angle.
  const sums = [0]
  for (let at = 0; at < steps; at++)
    sums.push(sums[at]! + ((density(at) + 4 * density(at + 0.5) + density(at + 1)) * width) / 6)
  const wanted = 0.95 * sums[steps]!
  const after = sums.findIndex((sum) => sum >= wanted)
  return (after - 1 + (wanted - sums[after - 1]!) / (sums[after]! - sums[after - 1]!)) * width
}
