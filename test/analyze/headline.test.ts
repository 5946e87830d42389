// From a headline alone to a query, on invented headlines in eight languages and with no post to weigh them against: what is
// picked, and that every proposal is a query the topic language reads and that matches its own headline. The same for the templates.
import { describe, expect, test } from 'vitest'
import { createMatcher } from '../../analyze/match.ts'
import { parseQuery } from '../../analyze/query.ts'
import { templates } from '../../dashboards/templates.ts'
import type { Proposal } from '../../given.ts'
import { propose } from './proposing.ts'

const matches = (query: string, text: string) =>
  createMatcher([parseQuery(query)]).match({ text, author: null, lang: null, source: 's' }).length > 0

async function proposal(headline: string): Promise<Proposal> {
  const [found] = await propose([], [{ headline, summary: '', tags: [] }])
  return found!
}

const headlines: [string, string][] = [
  ['Council of Oakmere votes to close the old harbour bridge', 'Oakmere (council OR harbour OR votes OR close)'],
  ['Ferry workers strike over night shifts in Port Ellery', '"Port Ellery" (worker* OR ferry OR strik* OR shift*)'],
  [
    'Marisol Quent named head of Oakmere transit authority',
    '("Marisol Quent" OR Oakmere) (authorit* OR transit OR named OR head)',
  ],
  ['Floods cut off three villages along the River Tamble', '"River Tamble" (villag* OR flood*)'],
  ["Oakmere's schools ban phones in class from September", 'oakmer* (school* OR phone* OR class)'],
  ['ALL TRAINS CANCELLED AFTER STORM HITS COAST', 'cancell* (train* OR storm OR coast)'],
  ['How Farmers Are Fighting the Beetle That Eats Their Potatoes', 'farmer* (potato* OR fight* OR beetl*)'],
  ['NASA and ESA delay joint Moon probe by two years', '(NASA OR ESA) (delay OR joint OR probe)'],
  ['EU to vote on fishing quotas for cod', 'EU (fishing OR quota* OR vote)'],
  ['Rents rise higher than wages for the fifth year', 'higher (rents OR wages OR rise)'],
  ['Why everyone is talking about heat pumps', 'talking (pumps OR heat)'],
  ['“We will not leave,” say tenants of Larkfield tower', 'Larkfield (tenant* OR leave OR tower)'],
  ['Jean-Luc Morvane wins the Tour of the Lakes', '"Jean Luc Morvane" OR Tour'],
  ['Is it time to end homework?', 'homework'],
  ['Protests in Verendia as parliament passes pension law', 'Verendia (protest* OR pension OR parlia* OR passe*)'],
  ['Breaking: explosion reported at Grenmouth oil refinery', 'Grenmouth (explosion OR refiner*)'],
  ['Covid-19 vaccine for children approved', '"Covid 19" (children OR vaccin* OR approv*)'],
  ['Streit um Tempolimit auf der Autobahn bei Neuburgstein', 'neuburgstein (tempolimit OR autobahn OR streit)'],
  [
    'Grève des trains : la ministre Odile Varnac reçoit les syndicats',
    '"Odile Varnac" (syndicat* OR ministr* OR reçoit OR grève)',
  ],
  [
    'Ministra de Salud anuncia campaña contra el dengue en Valdoria',
    '(Salud OR Valdoria) (ministra OR anuncia OR campaña OR contra)',
  ],
  ['Ціни на хліб зростають у Новоградську', 'Новоградську (ціни OR на OR хліб OR зростають)'],
  ['東京で大規模な停電、復旧作業続く', '東京 (大規模 OR 停電 OR 復旧)'],
  ['서울 지하철 요금 인상 논란', '서울 (지하철 OR 요금 OR 인상)'],
  ['احتجاجات في المدينة بسبب ارتفاع أسعار الوقود', 'احتجاجات (في OR المدينة OR بسبب)'],
  ['AI chatbots in hospitals: doctors divided', 'AI (hospital* OR chatbot* OR doctor* OR divid*)'],
  ['$4.2bn deal for Halden Steel collapses', '"Halden Steel" (collaps* OR deal)'],
  [
    'Lake Orrin dam: engineers warn of cracks, residents told to leave',
    '"Lake Orrin" (engineer* OR resident* OR crack* OR leave)',
  ],
  ["Anna's Bakery closes after ninety years", 'Bakery (close* OR ninet* OR anna)'],
  ["Don't call it a comeback: vinyl sales double", 'comeback (vinyl OR sales OR doubl*)'],
  ['Sirens tested AND OR NOT in Brannoch', 'Brannoch (tested OR siren*)'],
  ['<script>alert(1)</script> "OR" (x) -y from:z #tag @name', 'script (alert OR name)'],
]

describe('a headline', () => {
  test.each(headlines)('%s', async (headline, query) => {
    expect(await proposal(headline)).toMatchObject({ name: headline, query })
    expect(matches(query, headline)).toBe(true)
  })

  test.each(['', '   ', 'Of the and to', 'What next?', '2026', '…'])(
    'without a word to go by, %j proposes none',
    async (headline) => {
      expect((await proposal(headline)).query).toBe('')
    },
  )

  test('a long one is cut, its name between two words', async () => {
    const long = `Oakmere ${'harbour '.repeat(60)}`
    const { name, query } = await proposal(long)
    expect(name.length).toBeLessThanOrEqual(82)
    expect(name).toMatch(/harbour …$/)
    expect(query.length).toBeLessThan(200)
    expect(matches(query, long)).toBe(true)
  })
})

describe('templates', () => {
  test.each(templates)('$name reads as a query and has targets to be for or against', ({ name, query, targets }) => {
    expect(() => parseQuery(query)).not.toThrow()
    expect(name.length).toBeGreaterThan(3)
    expect(targets.split('\n').every((target) => target.length > 3 && target.length <= 60)).toBe(true)
    expect(targets.split('\n').length).toBeLessThanOrEqual(4)
  })

  test.each([
    ['Buses and trains', 'The night bus was late again', 'My bus stop has a new bench'],
    ['The cost of housing', 'Nobody can afford the rent here', 'I paid the rent'],
    ['Working from home', 'Three days of remote work a week', 'I work at a home for cats'],
    ['Artificial intelligence at work', 'Our boss bought an AI tool', 'Ai, that hurt'],
    ['Electric cars', 'No charging station for miles', 'The cable car is closed'],
    ['Heat in the city', 'Schools close in the heatwave', 'A heat in the long jump'],
  ])('%s means what it says', (name, about, other) => {
    const { query } = templates.find((one) => one.name === name)!
    expect([matches(query, about), matches(query, other)]).toEqual([true, false])
  })
})
