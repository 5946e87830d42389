import { describe, expect, test } from 'vitest'
import {
  argmax,
  auc,
  column,
  ece,
  f1Of,
  interval,
  jaccard,
  labelF1,
  macroF1,
  macroRecall,
  mean,
  meanEce,
  meanOf,
  multiMacroF1,
  multiMicroF1,
  quantile,
  random,
} from '../../eval/metrics.ts'

const all = (values: ArrayLike<unknown>) => Array.from(values, (_, row) => row)

describe('by hand', () => {
  //               hit  miss hit  miss hit
  const truth = [0, 0, 1, 1, 2]
  const guess = [0, 1, 1, 2, 2]

  test('macro-F1 is the mean of the F1 of every class', () => {
    // class 0: 2*1/(2+1); class 1: 2*1/(2+2); class 2: 2*1/(1+2)
    expect(macroF1(3)(truth, guess)(all(truth))).toBeCloseTo((2 / 3 + 1 / 2 + 2 / 3) / 3, 12)
  })

  test('F1 of some classes leaves out the others', () => {
    expect(f1Of([0, 2], 3)(truth, guess)(all(truth))).toBeCloseTo(2 / 3, 12)
    expect(f1Of([1], 3)(truth, guess)(all(truth))).toBeCloseTo(1 / 2, 12)
  })

  test('a class that neither occurs nor is guessed has F1 0', () => {
    expect(macroF1(2)([0, 0], [0, 0])([0, 1])).toBe(0.5)
  })

  test('macro recall is over the classes that occur', () => {
    expect(macroRecall(3)(truth, guess)(all(truth))).toBeCloseTo((1 / 2 + 1 / 2 + 1) / 3, 12)
    expect(macroRecall(3)(truth, guess)([0, 1, 2])).toBeCloseTo((1 / 2 + 1) / 2, 12)
  })

  test('a metric looks at the rows it is given, as often as they are given', () => {
    expect(macroRecall(3)(truth, guess)([0, 0, 0, 1])).toBeCloseTo(3 / 4, 12)
  })

  const marks = [
    [1, 1, 0],
    [0, 1, 0],
    [0, 0, 0],
  ]
  const guessed = [
    [1, 0, 1],
    [0, 1, 0],
    [0, 0, 0],
  ]

  test('Jaccard is the mean over posts, 1 where nothing is marked', () => {
    expect(jaccard(marks, guessed)(all(marks))).toBeCloseTo((1 / 3 + 1 + 1) / 3, 12)
  })

  test('micro-F1 pools the labels, macro-F1 does not', () => {
    expect(multiMicroF1(marks, guessed)(all(marks))).toBeCloseTo((2 * 2) / 6, 12)
    expect(labelF1(marks, guessed, all(marks))).toEqual([1, 2 / 3, 0])
    expect(multiMacroF1(marks, guessed)(all(marks))).toBeCloseTo((1 + 2 / 3) / 3, 12)
  })

  test('AUC counts pairs in order, ties half', () => {
    // ones at .9 and .5, zeros at .5 and .1: 3 pairs won, one tied
    expect(auc([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1])([0, 1, 2, 3])).toBe(3.5 / 4)
    expect(auc([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1])([1, 1, 2])).toBe(0.5)
    expect(auc([1, 1], [0.9, 0.5])([0, 1])).toBeNaN()
  })

  test('AUC within groups compares none of another group', () => {
    // Equal scores meet where "a" ends and "b" begins: no tie. "a": won; "b": a tie, and lost; "c" has no zero.
    const truth = [1, 1, 0, 1, 0, 0]
    const score = [0.5, 0.5, 0.05, 0.2, 0.5, 0.7]
    const within = auc(truth, score, ['a', 'b', 'a', 'c', 'b', 'b'])
    expect(within([0, 1, 2, 3, 4, 5])).toBe(1.5 / 3)
    expect(within([0, 1, 2, 2, 3, 4, 5])).toBe(2.5 / 4)
    expect(within([0, 1, 3])).toBeNaN()
    expect(auc(truth, score)([0, 1, 2, 3, 4, 5])).toBe((1.5 + 1.5 + 1) / 9)
  })

  test('ECE is the gap of each bin, weighed by its rows', () => {
    // two bins of two: |1 - .3| * 2/4 + |1 - 1.5| / 4 ...
    const metric = ece([0, 1, 1, 0], [0.1, 0.2, 0.8, 0.7], 2)
    expect(metric([0, 1, 2, 3])).toBeCloseTo((Math.abs(1 - 0.3) + Math.abs(1 - 1.5)) / 4, 12)
  })

  test('ECE in bins of unequal mass gives the first ones a row more', () => {
    // three rows in two bins: {.1, .2} and {.9}
    expect(ece([1, 0, 1], [0.1, 0.2, 0.9], 2)([0, 1, 2])).toBeCloseTo((0.7 + 0.1) / 3, 12)
  })

  test('fewer rows than bins: each row is its own bin', () => {
    expect(ece([1, 0], [0.4, 0.3])([0, 1])).toBeCloseTo((0.6 + 0.3) / 2, 12)
  })

  test('the mean ECE is over labels', () => {
    const metric = meanEce(
      [
        [1, 0],
        [0, 0],
      ],
      [
        [1, 0.5],
        [0, 0.5],
      ],
    )
    expect(metric([0, 1])).toBeCloseTo((0 + 0.5) / 2, 12)
  })

  test('small ones', () => {
    expect(mean([1, 2, 6])).toBe(3)
    expect(meanOf([1, 5])([1, 1, 0])).toBeCloseTo(11 / 3, 12)
    expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5)
    expect(quantile([1], 0.9)).toBe(1)
    expect(argmax([0.2, 0.5, 0.5])).toBe(1)
    expect([
      ...column(
        [
          [1, 2],
          [3, 4],
        ],
        1,
      ),
    ]).toEqual([2, 4])
  })
})

describe('against numpy (training/metrics.py on the same numbers)', () => {
  /** A linear congruential generator, the same in both languages. */
  function numbers(seed: number, count: number): number[] {
    let x = BigInt(seed)
    return Array.from({ length: count }, () => {
      x = (x * 1103515245n + 12345n) % 2147483648n
      return Number(x) / 2147483648
    })
  }
  const n = 200
  const rows = Array.from({ length: n }, (_, row) => row)
  const [u, v, w] = [numbers(1, n), numbers(2, n), numbers(3, n)]
  const truth = u.map((x) => Math.floor(3 * x))
  const guess = truth.map((label, row) => (v[row]! < 0.5 ? label : Math.floor(3 * w[row]!)))

  test('classes', () => {
    expect(macroF1(3)(truth, guess)(rows)).toBeCloseTo(0.7004744837002902, 12)
    expect(f1Of([0, 2], 3)(truth, guess)(rows)).toBeCloseTo(0.7040450588837686, 12)
    expect(macroRecall(3)(truth, guess)(rows)).toBeCloseTo(0.6994138218453286, 12)
  })

  test('several labels', () => {
    const wide = (seed: number) => {
      const flat = numbers(seed, 4 * n)
      return rows.map((row) => flat.slice(4 * row, 4 * row + 4))
    }
    const [a, b, c] = [wide(4), wide(5), wide(6)]
    const marks = a.map((row) => row.map((x) => (x < 0.4 ? 1 : 0)))
    const guessed = marks.map((row, at) => row.map((mark, k) => (b[at]![k]! < 0.6 ? mark : c[at]![k]! < 0.5 ? 1 : 0)))
    expect(multiMacroF1(marks, guessed)(rows)).toBeCloseTo(0.7964893027368596, 12)
    expect(multiMicroF1(marks, guessed)(rows)).toBeCloseTo(0.7966339410939691, 12)
    expect(jaccard(marks, guessed)(rows)).toBeCloseTo(0.6775, 12)
  })

  test('ranks with many ties, and bins', () => {
    const score = numbers(7, n).map((x) => Math.round(10 * x) / 10)
    const won = numbers(8, n).map((x, row) => (x < 0.8 * score[row]! ? 1 : 0))
    expect(auc(won, score)(rows)).toBeCloseTo(0.7548484848484849, 12)
    const p = numbers(9, n)
    const came = numbers(10, n).map((x, row) => (x < p[row]! ** 2 ? 1 : 0))
    expect(came.filter(Boolean)).toHaveLength(58)
    expect(ece(came, p)(rows)).toBeCloseTo(0.18282234596088529, 12)
    expect(quantile(p, 0.9)).toBeCloseTo(0.865696392673999, 12)
  })
})

describe('the bootstrap', () => {
  const heads = Array.from({ length: 400 }, (_, row) => (row % 4 === 0 ? 1 : 0))

  test('is the same every time', () => {
    expect(interval(400, meanOf(heads))).toEqual(interval(400, meanOf(heads)))
  })

  test('is as wide as theory says', () => {
    const { value, low, high, n } = interval(400, meanOf(heads))
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400)
    expect(value).toBe(0.25)
    expect(n).toBe(400)
    expect(Math.abs(0.25 - low - half)).toBeLessThan(0.006)
    expect(Math.abs(high - 0.25 - half)).toBeLessThan(0.006)
  })

  test('of a calibration error stays around it: a draw alone would seem worse', () => {
    const draw = random(5)
    const p = Array.from({ length: 400 }, draw)
    const metric = ece(
      p.map((x) => (draw() < x ? 1 : 0)),
      p,
    )
    const [plain, centred] = [interval(400, metric), interval(400, metric, { centred: true })]
    expect(plain.low).toBeGreaterThan(plain.value - 0.01)
    expect(centred.low).toBeLessThan(centred.value)
    expect(centred.high).toBeGreaterThan(centred.value)
    expect(centred.high - centred.low).toBeCloseTo(plain.high - plain.low, 9)
  })

  test('draws without a value are left out, and nothing at all gives no interval', () => {
    const rare = interval(3, auc([1, 0, 0], [0.9, 0.1, 0.2]))
    expect([rare.low, rare.high]).toEqual([1, 1])
    expect(interval(2, auc([1, 1], [0.9, 0.1])).low).toBeNaN()
  })

  test('the generator is even', () => {
    const draw = random(1)
    const counts = new Array(10).fill(0)
    for (let time = 0; time < 10_000; time++) counts[Math.floor(10 * draw())]++
    expect(Math.min(...counts)).toBeGreaterThan(900)
    expect(Math.max(...counts)).toBeLessThan(1_100)
    expect(random(1)()).not.toBe(random(2)())
  })
})
