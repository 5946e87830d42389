// A story's own words as terms: names across headline and summary, tags in every spelling, how central each is; and the
// targets that its headline gives, or none. Invented headlines in several languages.
import { describe, expect, test } from 'vitest'
import { readStory } from '../../analyze/story.ts'
import { targetsOf } from '../../analyze/targets.ts'

const read = (headline: string, summary = '', tags: string[] = []) => readStory({ headline, summary, tags })
const terms = (...story: Parameters<typeof read>) => read(...story).terms
const find = (term: string, ...story: Parameters<typeof read>) => terms(...story).find((one) => one.term === term)

describe('names', () => {
  test.each([
    ['Floods cut off villages along the River Tamble', ['River Tamble']],
    ['Marisol Quent named head of Oakmere transit authority', ['Marisol Quent', 'Oakmere']],
    ['EU to vote on fishing quotas', ['EU']],
    ['Orbit 7 arrives as a free upgrade', ['Orbit 7']],
    ['Shoppers mock Halden Day as a garage sale', ['Halden Day']],
    ['Clubs spend big before the Liga B derby', ['Liga B']],
    ['Why everyone is talking about heat pumps', []],
    ['How Farmers Are Fighting the Beetle That Eats Potatoes', []],
    ['Ціни на хліб зростають у Новоградську', ['Новоградську']],
  ])('%s', (headline, names) => {
    expect(read(headline).names).toEqual(names)
  })

  test('of a title in capitals are known from the summary', () => {
    const summary = 'The new bridge is late. Engineers told Marisol Quent so, and Quent was angry.'
    expect(read('Quent Orders The Bridge Closed For Repairs', summary).names).toEqual(['Quent', 'Marisol Quent'])
  })

  test('are looked for whole, in one word, and by their parts', () => {
    const found = terms('Crowds greet Marisol Quent')
    expect(found.filter(({ kind }) => kind === 'name').map(({ term }) => term)).toEqual([
      '"Marisol Quent"',
      'MarisolQuent',
    ])
    expect(found.filter(({ kind }) => kind === 'part').map(({ term }) => term)).toEqual(['Marisol', 'Quent'])
  })

  test('that are operators are words', () => {
    expect(terms('Sirens tested by NOT in Brannoch').map(({ term }) => term)).toContain('Brannoch')
    expect(terms('Sirens tested by NOT in Brannoch').every(({ term }) => term !== 'NOT')).toBe(true)
  })
})

describe('words and tags', () => {
  test('stand by their stem, or in both numbers where they are short', () => {
    expect(terms('workers want bans').map(({ term }) => term)).toEqual(['worker*', 'bans', 'ban'])
  })

  test('are more central the more places they stand in', () => {
    const story = ['Ferry strike in Oakmere', 'The strike is endless.', ['Strike', 'Money']] as const
    const central = (term: string) => find(term, story[0], story[1], [...story[2]])!.centrality
    expect(central('strik*')).toBeCloseTo(2.1)
    expect(central('Oakmere')).toBeCloseTo(1)
    expect(central('money')).toBeCloseTo(0.7)
    expect(central('endles*')).toBeCloseTo(0.4)
  })

  test.each([
    ['#FerryStrike', ['"ferry strik*"', 'ferrystrik*', 'ferry', 'strik*']],
    ['ferry_strike', ['"ferry strik*"', 'ferry_strike', 'ferry', 'strik*']],
    ['Ferry strike', ['"ferry strik*"', 'ferrystrik*', 'ferry', 'strik*']],
  ])('tag %s', (tag, expected) => {
    const found = terms('Of the', '', [tag]).map(({ term }) => term)
    for (const term of expected) expect(found).toContain(term)
  })

  test('of a script without spaces are cut by the dictionary', () => {
    const found = terms('東京で大規模な停電').map(({ term }) => term)
    expect(found).toContain('東京')
    expect(found).toContain('停電')
  })

  test('links and what follows an apostrophe are none', () => {
    expect(
      terms("Anna's bakery https://example.org/secret-path")
        .map(({ term }) => term)
        .join(' '),
    ).not.toMatch(/secret|\bs\b/)
  })

  test('are bounded', () => {
    const words = Array.from({ length: 2_000 }, (_, at) => `word${String.fromCharCode(97 + (at % 26))}${at}`).join(' ')
    expect(terms(words, words, words.split(' ')).length).toBeLessThanOrEqual(40)
  })
})

describe('targets', () => {
  test.each([
    [
      'Council of Oakmere votes to close the old harbour bridge',
      ['Council of Oakmere should close the old harbour bridge'],
    ],
    ['Ministers urged to ban phones in class', ['Ministers should ban phones in class']],
    ['School phone ban: teachers divided', ['School phone ban']],
    ['Tariffs on tin and copper doubled overnight', ['Tariffs on tin and copper']],
    ['Assembly splits over the fishing deal with Verendia', ['fishing deal with Verendia']],
    ['Protests in Verendia as parliament passes pension law', ['pension law']],
    ['Marisol Quent named head of Oakmere transit authority', ['Marisol Quent']],
    ['Council votes down bill to defund Halden Clinics', ['Halden Clinics']],
  ])('%s', (headline, targets) => {
    expect(targetsOf(read(headline))).toEqual(targets)
  })

  test('a tag that the headline speaks of is one', () => {
    expect(targetsOf(read('Schools that banned phones are calmer', '', ['School phone ban', 'Life today']))).toEqual([
      'School phone ban',
    ])
  })

  test.each([
    'Rents rise higher than wages for the fifth year',
    'Why everyone is talking about heat pumps',
    'Is it time to end homework?',
    'Explosion reported at Grenmouth oil refinery',
    'EU to vote on fishing quotas for cod',
    'ALL TRAINS CANCELLED AFTER STORM HITS COAST',
    '',
  ])('nothing rather than nonsense: %s', (headline) => {
    expect(targetsOf(read(headline))).toEqual([])
  })
})
