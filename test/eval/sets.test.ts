import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UserError } from '../../errors.ts'
import {
  argkp,
  debates,
  ec,
  findData,
  goemotions,
  goLabels,
  mtsd,
  pstance,
  statement,
  tweetStance,
  tweets,
} from '../../eval/sets.ts'
import { csv, csvRows, lines, readText } from '../../eval/table.ts'
import { writeWorld } from './world.ts'

let world = ''
let folder = ''
beforeAll(() => {
  world = writeWorld()
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-sets-'))
})
afterAll(() => {
  for (const made of [world, folder]) rmSync(made, { recursive: true })
})

/** The error a person gets. */
function complaint(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof UserError) return `${error.message}; ${error.hint}`
    throw error
  }
  return 'none'
}

describe('csv', () => {
  test.each([
    [
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['"a,1","b\nb"\n', [['a,1', 'b\nb']]],
    ['"say ""so""",x\n', [['say "so"', 'x']]],
    [
      'a,,c\n,,\n',
      [
        ['a', '', 'c'],
        ['', '', ''],
      ],
    ],
    ['a,', [['a', '']]],
    ['\n\na\n\n', [['a']]],
    ['5" pipe,"" \n', null],
    ['a "quoted" word,b\n', [['a "quoted" word', 'b']]],
    ['"",x\n', [['', 'x']]],
    ['', []],
  ])('%j', (text, rows) => {
    if (rows) expect(csvRows(text, 'x.csv')).toEqual(rows)
    else expect(() => csvRows(text, 'x.csv')).toThrow(UserError)
  })

  test('a quote that never ends is told by file and line, without the text', () => {
    const said = complaint(() => csvRows('a,b\nc,"hidden words\n', 'some.csv'))
    expect(said).toContain('some.csv: a quote that opens in line 2')
    expect(said).not.toContain('hidden')
  })

  test('a large quoted field is no trouble', () => {
    const text = 'word "" '.repeat(50_000)
    expect(csvRows(`"${text}",b\n`, 'x.csv')[0]![0]).toHaveLength(7 * 50_000)
  })

  test('rows are named by the header; short ones are filled up', () => {
    writeFileSync(join(folder, 't.csv'), 'a,b\n1\n2,3\n')
    expect(csv(folder, 't.csv')).toEqual([
      { a: '1', b: '' },
      { a: '2', b: '3' },
    ])
  })
})

describe('files', () => {
  test('may be gzipped', () => {
    writeFileSync(join(folder, 'z.txt.gz'), gzipSync('one\ntwo\n'))
    expect(lines(folder, 'z.txt')).toEqual(['one', 'two'])
  })

  test('that are missing are named, with what to do', () => {
    expect(complaint(() => readText(folder, 'no.txt'))).toMatch(/no\.txt is not there; .*--data/)
  })

  test('a missing data folder too', () => {
    expect(complaint(() => findData(join(folder, 'nowhere')))).toMatch(/no folder .*nowhere; .*--data/)
    expect(findData(folder)).toBe(folder)
  })

  test('texts and labels of different number are refused', () => {
    mkdirSync(join(folder, 'tweeteval/irony'), { recursive: true })
    writeFileSync(join(folder, 'tweeteval/irony/val_text.txt'), 'a\nb\n')
    writeFileSync(join(folder, 'tweeteval/irony/val_labels.txt'), '0\n')
    expect(complaint(() => tweets(folder, 'irony', 'val'))).toContain('2 texts but 1 labels')
  })
})

describe('sets', () => {
  test('one post and one label per line', () => {
    const { texts, labels } = tweets(world, 'emotion', 'test')
    expect([texts.length, texts[1], labels[1]]).toEqual([60, 'so much joy 1', 1])
  })

  test('marks by name', () => {
    const { names, marks, texts } = ec(world, 'val')
    expect([names.length, names[4], texts[4]]).toEqual([11, 'joy', 'tweet of joy 4'])
    expect(marks[4]!.indexOf(1)).toBe(4)
    const reddit = goemotions(world, 'test')
    expect([reddit.names[27], reddit.marks[27]!.indexOf(1), goLabels.length]).toEqual(['neutral', 27, 28])
  })

  test('TweetEval numbers its stances its own way', () => {
    const pairs = tweetStance(world, 'test')
    expect(pairs).toHaveLength(300)
    expect(pairs.slice(0, 3).map(({ label }) => label)).toEqual([0, 1, 2])
    expect(new Set(pairs.map(({ target }) => target)).size).toBe(5)
  })

  test('a tweet of two targets is two pairs, however often it appears', () => {
    const two = 'Tweet,Target 1,Stance 1,Target 2,Stance 2\n'
    mkdirSync(join(folder, 'mtsd'))
    writeFileSync(join(folder, 'mtsd/raw_val_all_onecol.csv'), `${two}t, A ,FAVOR,B,NONE\nt,B,NONE,A,FAVOR\n`)
    expect(mtsd(folder, 'val')).toEqual([
      { target: 'A', text: 't', label: 2 },
      { target: 'B', text: 't', label: 1 },
    ])
  })

  test('P-Stance pools three files, ArgKP numbers its sides', () => {
    expect(pstance(world)).toHaveLength(90)
    expect(new Set(argkp(world, 'dev').map(({ label }) => label))).toEqual(new Set([0, 2]))
  })

  test('an unknown label is an error that quotes nothing', () => {
    mkdirSync(join(folder, 'argkp'))
    writeFileSync(join(folder, 'argkp/arguments_dev.csv'), 'arg_id,argument,topic,stance\n1,secret,motion,MAYBE\n')
    expect(complaint(() => argkp(folder, 'dev'))).toMatch(/label that is none of ours/)
  })

  test('of the debate topics only a fixed part is held out', () => {
    const topics = new Set(debates(world).map(({ target }) => target))
    expect(topics.size).toBeGreaterThan(3)
    expect(topics.size).toBeLessThan(20) // about a quarter of 40
    expect([...topics].every((topic) => /^rule \d+ is fair$/.test(topic))).toBe(true)
    expect(debates(world, 'iam')).toEqual(debates(world)) // the other set is empty here
    expect(debates(world, 'ibmcs')).toEqual([])
  })

  test.each([
    ['This house believes that trams are good.', 'trams are good'],
    ['This house would build trams', 'we should build trams'],
    ['This house supports trams', 'we should support trams'],
    ['Should we build trams?', 'we should build trams'],
    ['Should trams be free?', 'trams should be free'],
    ['Do we need trams?', 'we need trams'],
    ['Will we need trams', 'we will need trams'],
    ['Are trams good?', 'Are trams good'],
  ])('%s -> %s', (title, expected) => {
    expect(statement(title)).toBe(expected)
  })
})
