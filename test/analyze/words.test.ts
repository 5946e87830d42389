import { describe, expect, it } from 'vitest'
import { fold, newFolded } from '../../analyze/letters.ts'
import { labelEnd, nameEnd, nameOf, newWords, runEnd, splitWords, wordsOf } from '../../analyze/words.ts'

/** Words of a text, `+` before one that is glued to the word before it. */
function split(text: string): string[] {
  const folded = fold(text, newFolded())
  const { starts, ends, glued, count } = splitWords(folded, newWords())
  return Array.from({ length: count }, (_, i) => {
    const word = String.fromCharCode(...folded.units.subarray(starts[i]!, ends[i]!))
    return glued[i] ? `+${word}` : word
  })
}

function sigils(text: string): number[] {
  const { sigils: at, names } = splitWords(fold(text, newFolded()), newWords())
  return [...at.subarray(0, names)]
}

describe('words', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['  ...  ', []],
    ['Hello, world_2!', ['hello', 'world_2']],
    ["don't face-mask 3.5", ['don', 't', 'face', 'mask', '3', '5']],
    ['世界peace平和', ['世', '+界', '+peace', '+平', '+和']],
    ['世 界', ['世', '界']],
    ['ไทย', ['ไ', '+ท', '+ย']],
    ['한국어 हिन्दी', ['한국어', 'हिन्दी']],
    ['𠮷野', ['𠮷', '+野']],
    ['𞤀𞤁 x', ['𞤢𞤣', 'x']],
    ['a🔥b', ['a', 'b']],
    ['#a@b', ['a', 'b']],
  ])('%s', (text, words) => expect(split(text)).toEqual(words))

  it('grow beyond what the buffers first hold', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `w${i}`)
    expect(split(many.join(' '))).toEqual(many)
    expect(sigils('#a '.repeat(1000))).toHaveLength(1000)
  })
})

describe('names', () => {
  it.each<[string, number[]]>([
    ['#a @b', [0, 3]],
    ['x#a x@b', []],
    ['(#a)', [1]],
    ['##a', [0, 1]],
    ['&#39;', []],
    ['http://x.example/#a #b', [20]],
    ['a: // #b', [6]],
    ['x://#a', []],
    ['x:/#a', [3]],
  ])('may open in %s at %j', (text, at) => expect(sigils(text)).toEqual(at))

  it.each<[string, string, string]>([
    ['alice', 'alice', 'alice'],
    ['alice.', 'alice', 'alice'],
    ['alice.example.org, x', 'alice.example.org', 'alice'],
    ['alice-b.example', 'alice-b.example', 'alice-b'],
    ['alice@example.org', 'alice@example.org', 'alice'],
    ['alice..b', 'alice', 'alice'],
    ['alice.@bob', 'alice', 'alice'],
    ['.alice', '', ''],
  ])('%s is the name %s, first label %s', (text, name, first) => {
    const folded = fold(text, newFolded())
    const end = nameEnd(folded, 0)
    expect(text.slice(0, end)).toBe(name)
    expect(text.slice(0, labelEnd(folded, 0, end))).toBe(first)
    expect(runEnd(folded, 0)).toBe(text.match(/^\w*/)![0].length)
  })

  it('of terms', () => {
    expect(nameOf('Máská', 'tag')).toEqual({ name: 'maska', prefix: false })
    expect(nameOf('mask*', 'tag')).toEqual({ name: 'mask', prefix: true })
    expect(nameOf('a.b', 'mention')).toEqual({ name: 'a.b', prefix: false })
    for (const wrong of ['', '*', 'a b', 'a.b', 'a**', 'ʼa']) expect(nameOf(wrong, 'tag')).toBeUndefined()
    for (const wrong of ['', '.', 'a.', 'a..b', '-a']) expect(nameOf(wrong, 'mention')).toBeUndefined()
  })
})

describe('the words of a term', () => {
  it('know where a star may stand', () => {
    expect(wordsOf('peace talk*').words.map(({ prefix }) => prefix)).toEqual([false, true])
    expect(wordsOf('平和*').words.some(({ prefix }) => prefix)).toBe(false)
    for (const right of ['a*', 'a* b*', '平*']) expect(wordsOf(right).misplaced).toBe(false)
    for (const wrong of ['*', '*a', 'a*b', 'a **', 'a * b']) expect(wordsOf(wrong).misplaced).toBe(true)
  })
})
