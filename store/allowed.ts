// What a console statement may be made of: keywords, functions and types. Whatever is not here is refused, so this list
// is the lock: nothing in it reads a file, a network, a dictionary, a setting or another table, waits, or makes a large
// value out of a small one (repeat, leftPad). Holds no behaviour but looking up.

const words = (text: string) => text.trim().split(/\s+/)

/** Of the language; written in any case. */
export const keywords: ReadonlySet<string> = new Set(
  words(`
  SELECT DISTINCT ALL FROM WHERE GROUP BY HAVING QUALIFY ORDER ASC DESC NULLS FIRST LAST LIMIT OFFSET UNION INTERSECT
  WITH AS ON USING JOIN INNER LEFT RIGHT FULL OUTER CROSS ANY SEMI ANTI ASOF ARRAY AND OR NOT IN BETWEEN LIKE ILIKE IS NULL
  TRUE FALSE CASE WHEN THEN ELSE END EXISTS INTERVAL OVER PARTITION ROWS RANGE UNBOUNDED PRECEDING FOLLOWING CURRENT ROW
  WINDOW CAST DATE TIMESTAMP DIV MOD TIES
  SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR
`),
)

/** Words of the engine that are never a new name here either: who writes one means what it means there. */
export const refusedWords: ReadonlySet<string> = new Set(
  words(`
  SETTINGS FORMAT INTO OUTFILE INSERT UPDATE DELETE ALTER CREATE DROP TRUNCATE RENAME ATTACH DETACH OPTIMIZE SYSTEM SET USE
  KILL GRANT REVOKE SHOW DESCRIBE EXPLAIN EXECUTE BACKUP RESTORE WATCH EXCHANGE UNDROP CHECK
  FINAL SAMPLE PREWHERE EXCEPT REPLACE APPLY COLUMNS GLOBAL RECURSIVE TOTALS ROLLUP CUBE FILL FETCH TOP VALUES TABLE
  FUNCTION DATABASE VIEW DICTIONARY COLLATE MATERIALIZED PASTE PARALLEL
`),
)

export const types: ReadonlySet<string> = new Set(
  words(`
  Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64 String Bool Date DateTime DateTime64 Nullable Array
`),
)

const aggregates = words(`
  any anyLast argMax argMin avg avgWeighted corr count covarPop covarSamp cramersV deltaSum entropy
  exponentialMovingAverage first_value groupArray groupBitAnd groupBitOr groupUniqArray kolmogorovSmirnovTest
  kurtPop kurtSamp last_value mannWhitneyUTest max meanZTest median min quantile quantileExact quantiles
  quantilesExact rankCorr simpleLinearRegression singleValueOrNull skewPop skewSamp stddevPop stddevSamp
  studentTTest sum sumKahan topK topKWeighted uniq uniqExact varPop varSamp welchTTest
`)

const plain = words(`
  cume_dist dense_rank lag lagInFrame lead leadInFrame nth_value ntile percent_rank rank row_number

  abs addDays addHours addMinutes addMonths addSeconds addWeeks addYears alphaTokens and array arrayAll arrayAvg
  arrayCompact arrayConcat arrayCount arrayCumSum arrayDifference arrayDistinct arrayElement arrayEnumerate
  arrayExists arrayFilter arrayFirst arrayFirstIndex arrayFlatten arrayIntersect arrayJoin arrayLast arrayLastIndex
  arrayMap arrayMax arrayMin arrayPartialSort arrayProduct arrayPushBack arrayPushFront arrayReverse
  arrayReverseSort arraySlice arraySort arrayStringConcat arraySum arrayUniq arrayZip assumeNotNull atan bar cbrt
  ceil cityHash64 coalesce concat concatWithSeparator cos countEqual countMatches countSubstrings
  countSubstringsCaseInsensitive countSubstringsCaseInsensitiveUTF8 date_diff dateDiff DATE_TRUNC CHAR_LENGTH dateName divide domain empty
  endsWith equals erf exp exp10 exp2 extract extractAll floor formatDateTime fromUnixTimestamp
  fromUnixTimestamp64Milli greater greaterOrEquals greatest has hasAll hasAllTokens hasAny hasAnyTokens hasToken
  hasTokenCaseInsensitive if ifNotFinite ifNull ilike indexOf intDiv isFinite isNaN isNotNull isNull least left
  leftUTF8 length lengthUTF8 less lessOrEquals like ln locate log log10 log1p log2 lower lowerUTF8 map mapAdd
  mapAll mapApply mapContains mapExists mapFilter mapKeys mapReverseSort mapSort mapSubtract mapValues match minus
  modulo monthName multiIf multiply multiSearchAny multiSearchAnyCaseInsensitiveUTF8 negate ngrams not notEmpty
  notEquals notILike notLike now now64 nullIf or parseDateTime64BestEffort parseDateTime64BestEffortOrNull
  parseDateTimeBestEffort parseDateTimeBestEffortOrNull plus position positionCaseInsensitive
  positionCaseInsensitiveUTF8 positionUTF8 pow power rand range replace replaceAll replaceOne replaceRegexpAll
  replaceRegexpOne reverse reverseUTF8 right rightUTF8 round sigmoid sign sin sipHash64 splitByChar splitByNonAlpha
  splitByString splitByWhitespace sqrt startsWith substring substringUTF8 subtractDays subtractHours
  subtractMinutes subtractMonths subtractSeconds subtractWeeks subtractYears tan tanh timeSlot toBool toDate
  toDateTime toDateTime64 today toDayOfMonth toDayOfWeek toDayOfYear toFloat32 toFloat64 toFloat64OrNull
  toFloat64OrZero toHour toInt16 toInt32 toInt64 toInt64OrNull toInt64OrZero toInt8 toISOWeek toISOYear tokens
  toMinute toMonday toMonth toNullable toQuarter toSecond toStartOfDay toStartOfFifteenMinutes toStartOfFiveMinutes
  toStartOfHour toStartOfInterval toStartOfISOYear toStartOfMinute toStartOfMonth toStartOfQuarter
  toStartOfTenMinutes toStartOfWeek toStartOfYear toString toTimeZone toTypeName toUInt16 toUInt32 toUInt64
  toUInt64OrNull toUInt64OrZero toUInt8 toUnixTimestamp toUnixTimestamp64Milli toWeek toYear toYYYYMM toYYYYMMDD
  toYYYYMMDDhhmmss transform trim trimLeft trimRight trunc tuple tupleElement upper upperUTF8 width_bucket xor
  xxHash64 yesterday
`)

/** By their name in small letters. */
const known: ReadonlyMap<string, string> = new Map([...aggregates, ...plain].map((name) => [name.toLowerCase(), name]))
const folding: ReadonlySet<string> = new Set(aggregates)
const endings = /(?:If|Distinct|OrNull|OrDefault|Array|ForEach|Map)$/

/** The name the engine knows a function by, or undefined where it is none of ours. countIf and the like are known. */
export function functionOf(name: string): string | undefined {
  const plainly = known.get(name.toLowerCase())
  if (plainly !== undefined) return plainly
  let stem = name
  while (endings.test(stem)) {
    stem = stem.replace(endings, '')
    if (folding.has(stem)) return name
  }
  return undefined
}

/** All of them, for docs and tests. */
export const functionNames: readonly string[] = [...aggregates, ...plain]
