// The gate of the console: what it lets pass, written anew, and every way around it that we could think of. No engine here:
// what is refused never reaches one. console.test.ts asks the engine itself.
import { describe, expect, it } from 'vitest'
import { QueryError } from '../../errors.ts'
import { functionNames, functionOf } from '../../store/allowed.ts'
import { pass } from '../../store/gate.ts'
import { mostLetters, tokensOf } from '../../store/tokens.ts'

function refusal(statement: string): QueryError {
  try {
    throw new Error(`passed: ${pass(statement)}`)
  } catch (error) {
    if (error instanceof QueryError) return error
    throw error
  }
}

/** Statement, and what its refusal names. */
const attacks: [string, RegExp][] = [
  // Files, addresses, other servers
  ["SELECT * FROM file('/etc/passwd', 'LineAsString')", /file/],
  ["SELECT file('/etc/passwd')", /file\(\)/],
  ["SELECT * FROM url('http://127.0.0.1/', 'RawBLOB')", /url/],
  ["SELECT * FROM remote('127.0.0.1', system.one)", /system/],
  ["SELECT * FROM remoteSecure('127.0.0.1', 'a', 'b')", /remoteSecure/],
  ["SELECT * FROM s3('http://127.0.0.1/x.csv')", /s3/],
  ["SELECT * FROM gcs('http://127.0.0.1/x.csv')", /gcs/],
  ["SELECT * FROM hdfs('hdfs://127.0.0.1/x')", /hdfs/],
  ["SELECT * FROM mysql('127.0.0.1', 'a', 'b', 'c', 'd')", /mysql/],
  ["SELECT * FROM postgresql('127.0.0.1', 'a', 'b', 'c', 'd')", /postgresql/],
  ["SELECT * FROM sqlite('/tmp/a.db', 'b')", /sqlite/],
  ["SELECT * FROM executable('cat /etc/passwd', 'LineAsString', 'x String')", /executable/],
  ["SELECT * FROM cluster('default', 'one')", /cluster/],
  ["SELECT * FROM merge('undercurrent', '.*')", /merge/],
  ["SELECT * FROM input('x String')", /input/],
  ['SELECT * FROM numbers(10)', /numbers/],
  ['SELECT * FROM zeros(10)', /zeros/],
  ['SELECT * FROM generateRandom()', /generateRandom/],
  ["SELECT * FROM dictionary('d')", /dictionary/],
  ['SELECT * FROM loop(posts)', /loop/],
  ['SELECT * FROM viewExplain(1)', /viewExplain/],
  ["SELECT * FROM values('x UInt8', 1)", /values/i],
  ["SELECT * FROM null('x UInt8')", /null/i],
  ['SELECT * FROM view(SELECT 1)', /view/i],
  ["SELECT * FROM fuzzJSON('a')", /fuzzJSON/],
  // Other tables
  ['SELECT * FROM undercurrent.mentions', /undercurrent/],
  ['SELECT * FROM `undercurrent`.mentions', /undercurrent/],
  ['SELECT * FROM "undercurrent"."mentions"', /undercurrent/],
  ['SELECT * FROM undercurrent . mentions', /undercurrent/],
  ['SELECT * FROM undercurrent/**/./**/mentions', /undercurrent/],
  ['SELECT * FROM UNDERCURRENT.mentions', /UNDERCURRENT/],
  ['SELECT * FROM mentions', /mentions/],
  ['SELECT * FROM `undercurrent.mentions`', /undercurrent\.mentions/],
  ['SELECT * FROM undercurrent_shown.posts', /undercurrent_shown/],
  ['SELECT * FROM system.tables', /system/],
  ['SELECT * FROM system.processes', /system/],
  ['SELECT * FROM information_schema.tables', /information_schema/],
  ['SELECT * FROM INFORMATION_SCHEMA.COLUMNS', /INFORMATION_SCHEMA/],
  ['SELECT * FROM tables', /tables/],
  ['SELECT 1 FROM posts, system.one', /system/],
  ['SELECT 1 FROM posts, accounts', /comma between tables/],
  ['SELECT 1 FROM posts JOIN accounts ON 1', /accounts/],
  ['SELECT 1 FROM posts JOIN posts AS b ON 1, accounts', /comma between tables/],
  ['SELECT 1 FROM posts JOIN b USING id, accounts', /b/],
  ['SELECT 1 FROM posts JOIN topics USING topic', /USING/],
  ['SELECT count() FROM posts UNION ALL SELECT count() FROM accounts', /accounts/],
  ['SELECT (SELECT any(author) FROM mentions)', /any|author|mentions/],
  ['SELECT 1 FROM (SELECT * FROM (SELECT * FROM accounts))', /accounts/],
  ['SELECT id IN accounts FROM posts', /accounts/],
  ['SELECT id IN (accounts) FROM posts', /accounts/],
  ['SELECT id NOT IN tombstones FROM posts', /tombstones/],
  ['SELECT id GLOBAL IN accounts FROM posts', /GLOBAL|accounts/],
  ['SELECT in(id, accounts) FROM posts', /IN/],
  ['SELECT notIn(id, accounts) FROM posts', /notIn/],
  ['SELECT 1 AS accounts, in(id, accounts) FROM posts', /IN/],
  ['SELECT 1 AS accounts, id IN accounts FROM posts', /accounts/],
  ['WITH posts AS (SELECT * FROM mentions) SELECT * FROM posts', /posts|mentions/],
  ['WITH posts AS (SELECT 1) SELECT * FROM posts', /name of a view/],
  ['WITH topics AS (SELECT 1) SELECT 1', /name of a view/],
  ['WITH system AS (SELECT 1) SELECT * FROM system', /system/],
  ['WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT 1 FROM t) SELECT * FROM t', /RECURSIVE/],
  ['SELECT system.one FROM posts AS system', /system/],
  ['FROM mentions SELECT *', /FROM/],
  ['SELECT * FROM (FROM mentions SELECT *)', /\(/],
  ['SELECT * FROM (mentions)', /\(/],
  ['SELECT * FROM posts(x = 1)', /posts/],
  ['SELECT * FROM {t:Identifier}', /braces/],
  ['SELECT {x:String}', /braces/],
  ["SELECT joinGet('undercurrent.counts', 'likes', 1)", /joinGet/],
  ["SELECT dictGet('d', 'a', 1)", /dictGet/],
  ["SELECT hasColumnInTable('undercurrent', 'mentions', 'author')", /hasColumnInTable/],
  // Authors and what is inside
  ['SELECT author FROM posts', /author/],
  ['SELECT posts.author FROM posts', /author/],
  ['SELECT p.author FROM posts AS p', /author/],
  ['SELECT `author` FROM posts', /author/],
  ['SELECT "author" FROM posts', /author/],
  ['SELECT _table FROM posts', /_table/],
  ["SELECT COLUMNS('.*') FROM posts", /COLUMNS/],
  ['SELECT * EXCEPT (text) FROM posts', /EXCEPT/],
  ['SELECT * REPLACE (1 AS id) FROM posts', /REPLACE/],
  ['SELECT * APPLY(toString) FROM posts', /APPLY/],
  ['SELECT * APPLY toString FROM posts', /APPLY/],
  ['SELECT p.* REPLACE (1 AS id) FROM posts p', /REPLACE/],
  ['SELECT count(* EXCEPT text) FROM posts', /EXCEPT/],
  ['SELECT count() FROM posts FINAL', /FINAL/],
  ['SELECT count() FROM posts SAMPLE 0.1', /SAMPLE/],
  // What tells of the machine, waits, or grows
  ['SELECT version()', /version/],
  ['SELECT hostName()', /hostName/],
  ['SELECT currentUser()', /currentUser/],
  ["SELECT getSetting('max_threads')", /getSetting/],
  ["SELECT getMacro('x')", /getMacro/],
  ['SELECT sleep(3)', /sleep/],
  ['SELECT sleepEachRow(3) FROM posts', /sleepEachRow/],
  ["SELECT repeat('x', 1000000000)", /repeat/],
  ['SELECT @@version', /@/],
  ["SELECT arrayReduce('sum', [1])", /arrayReduce/],
  ["SELECT arrayMap(x -> file(x), ['/etc/passwd'])", /file/],
  ["WITH (x -> file(x)) AS f SELECT f('/etc/passwd')", /file|f\(\)/],
  ["WITH x -> x AS f SELECT f('a')", /f\(\)/],
  ['SELECT lambda(tuple(x), file(x))', /lambda/],
  ["SELECT `file`('/etc/passwd')", /file/],
  ['SELECT "url"(\'http://127.0.0.1\')', /url/],
  ["SELECT 1 AS file, file('/etc/passwd')", /file/],
  ["SELECT CAST('1', 'Object(''json'')')", /comma in CAST/],
  ["SELECT CAST('1' AS Dynamic)", /Dynamic/],
  ["SELECT '1'::JSON", /JSON/],
  // Other statements, and more than one
  ['INSERT INTO posts VALUES (1)', /INSERT/],
  ['DROP TABLE posts', /DROP/],
  ['EXPLAIN SELECT 1', /EXPLAIN/],
  ['SELECT * FROM (EXPLAIN SELECT 1)', /\(/],
  ['SHOW TABLES', /SHOW/],
  ['DESCRIBE posts', /DESCRIBE/],
  ['KILL QUERY WHERE 1', /KILL/],
  ['SET readonly = 0', /SET/],
  ['USE system', /USE/],
  ['SYSTEM SHUTDOWN', /SYSTEM/],
  ['EXISTS posts', /EXISTS/],
  ['SELECT 1; DROP TABLE posts', /more than one/],
  ['SELECT 1; SELECT 2', /more than one/],
  ["SELECT ';' ; SELECT 2", /more than one/],
  ['SELECT 1 SETTINGS readonly = 0', /SETTINGS/],
  ['SELECT * FROM (SELECT 1 SETTINGS max_threads = 8)', /SETTINGS/],
  ['SELECT 1 FORMAT CSV', /FORMAT/],
  ["SELECT 1 INTO OUTFILE '/tmp/x'", /INTO/],
  ["SELECT 1 /* */ INTO /* */ OUTFILE '/tmp/x'", /INTO/],
  ["SELECT 1 AS x INTO OUTFILE '/tmp/x'", /INTO/],
  ["SELECT 1) INTO OUTFILE '/tmp/x' -- ", /closes too early/],
  ['SELECT 1) UNION ALL (SELECT * FROM mentions', /closes too early/],
  ['SELECT 1 PARALLEL WITH SELECT 2', /PARALLEL/],
  // Two readings of one text
  ["SELECT 'a\\", /does not end/],
  ["SELECT 'a", /does not end/],
  ['SELECT /* 1', /comment/],
  ['SELECT "a', /name in quotes/],
  ['SELECT `a\\`b` FROM posts', /name in quotes/],
  ['SELECT $$a$$', /\$/],
  ['SELECT # 1', /#/],
  ['SELECT \u2018a\u2019', /ASCII/],
  ['SELECT * FROM post\u0455', /ASCII/],
  ['\uff33ELECT 1', /ASCII/],
  ['SELECT\u00a01', /ASCII/],
  ['SELECT 1\u0000', /is not read/],
  ["SELECT 'a\u0000b'", /does not end|unusual/],
  ["SELECT '\\x41'", /unusual escape/],
  ['SELECT 1 ? 2 : 3', /not known/],
]

describe('the gate refuses', () => {
  it.each(attacks)('%s', (statement, named) => {
    const { message, hint, status, column } = refusal(statement)
    expect(message).toMatch(named)
    expect(hint.length).toBeGreaterThan(8)
    expect(status).toBe(422)
    expect(column).toBeGreaterThan(0)
    expect(column).toBeLessThanOrEqual(statement.length + 1)
  })

  it('what is too long, too deep, or nothing', () => {
    expect(refusal(`SELECT '${'a'.repeat(mostLetters)}'`).message).toMatch(/longer than/)
    expect(refusal(`SELECT ${'('.repeat(60)}1${')'.repeat(60)}`).message).toMatch(/too many brackets/)
    for (const nothing of ['', ' ', ';', '-- SELECT 1', '/* SELECT 1 */'])
      expect(refusal(nothing).message).toMatch(/no statement/)
    expect(refusal('SELECT (1').message).toMatch(/not closed/)
    expect(refusal('SELECT 1 FROM').message).toMatch(/no table/)
  })
})

describe('the gate writes anew', () => {
  it.each([
    ['select count() n from posts', 'SELECT count ( ) AS `n` FROM `posts`'],
    ['SELECT p.* FROM posts p;', 'SELECT `p`.* FROM `posts` AS `p`'],
    ['SELECT -- no\n1 /* nor this */', 'SELECT 1'],
    ["SELECT 'it''s' AS \"a b\"", "SELECT 'it''s' AS `a b`"],
    [
      "SELECT '2026-11-20T05:00:00.000Z', '2026-11-20T05:00:00.5Z'",
      "SELECT '2026-11-20 05:00:00' , '2026-11-20 05:00:00.5'",
    ],
    [
      'SELECT p.lang FROM posts p WHERE p.irony > .5 AND likes > 1e2',
      'SELECT `p`.`lang` FROM `posts` AS `p` WHERE `p`.`irony` > .5 AND `likes` > 1e2',
    ],
    ['SELECT (1, 2).1', 'SELECT ( 1 , 2 ).1'],
    ['SELECT likes::Nullable(Float64) FROM posts', 'SELECT `likes` :: Nullable ( Float64 ) FROM `posts`'],
    ['SELECT COUNT(DISTINCT id) FROM posts', 'SELECT count ( DISTINCT `id` ) FROM `posts`'],
    [
      'SELECT toStartOfHour(at) AS hour FROM posts ORDER BY hour',
      'SELECT toStartOfHour ( `at` ) AS `hour` FROM `posts` ORDER BY `hour`',
    ],
    ['SELECT at - INTERVAL 1 hour AS hour FROM posts', 'SELECT `at` - INTERVAL 1 HOUR AS `hour` FROM `posts`'],
    ["SELECT lang IN ('en') FROM posts", "SELECT `lang` IN ( 'en' ) FROM `posts`"],
    ['SELECT 1 FROM posts WHERE topic IN topics', 'SELECT 1 FROM `posts` WHERE `topic` IN `topics`'],
    ['SELECT 1 WHERE 1 AND (1) OR not (0)', 'SELECT 1 WHERE 1 AND ( 1 ) OR not ( 0 )'],
  ])('%s', (statement, written) => expect(pass(statement)).toBe(written))

  it('every name in backquotes, so that none is a word of the engine', () => {
    expect(pass('SELECT 1 AS "SETTINGS" FROM posts AS `FINAL`')).toBe('SELECT 1 AS `SETTINGS` FROM `posts` AS `FINAL`')
  })

  it('the same once more: nothing is left to read differently', () => {
    const once = pass(
      "WITH t AS (SELECT lang l, count() n FROM posts GROUP BY l) SELECT l, n / 2 h FROM t WHERE l LIKE 'e%'",
    )
    expect(pass(once)).toBe(once)
  })
})

describe('the lists', () => {
  it('know functions in any case, and their endings', () => {
    expect(functionOf('TOSTARTOFHOUR')).toBe('toStartOfHour')
    expect(functionOf('countIf')).toBe('countIf')
    expect(functionOf('uniqExactIfOrNull')).toBe('uniqExactIfOrNull')
    for (const name of ['countState', 'sumMerge', 'fileIf', 'lengthIf', '__proto__', 'constructor'])
      expect(functionOf(name)).toBeUndefined()
  })

  it('hold no function that reads anything else', () => {
    const reading =
      /^(file|url|remote|s3|dict|joinGet|get|current|host|version|uptime|sleep|throwIf|catboost|model|execut|evalML|initial|server|query|filesystem|zookeeper|tcp|demangle|addressTo|logTrace|generate|repeat|pad|space|aes|encrypt|decrypt)/i
    expect(functionNames.filter((name) => reading.test(name))).toEqual([])
    expect(functionNames.length).toBeGreaterThan(250)
  })

  it('cut a statement into its parts with their columns', () => {
    expect(tokensOf("a >= 'b' -- c\n1.5e3").map(({ kind, text, column }) => [kind, text, column])).toEqual([
      ['word', 'a', 1],
      ['sign', '>=', 3],
      ['text', "'b'", 6],
      ['number', '1.5e3', 15],
    ])
  })
})
