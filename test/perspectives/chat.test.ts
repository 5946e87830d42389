// The chat endpoint, honest and otherwise, over real sockets: an honest text is told, and whatever else comes back is
// discarded for the built-in writer's; and what it was sent holds nothing of a post.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Perspective, Sentence } from '../../conclusions.ts'
import { metrics } from '../../metrics.ts'
import { openChat } from '../../perspectives/chat.ts'
import { type ChatOutcome, chatOutcomes } from '../../perspectives/endpoint.ts'
import { perspective } from '../../perspectives/perspectives.ts'
import { type Brief, chatEndpoint, completion, honest, type Reply, says } from '../doubles/chat.ts'
import { crowd, modelError, storeOf, topic, usual, window } from './crowd.ts'

const posts = crowd({ ...usual, earlier: { posts: 200, negative: 0.2 }, sources: ['bluesky', 'mastodon'], apart: 0.3 })
const base = { ask: storeOf(posts).ask, model: 'test@1', modelError, languages: ['en'], code: '1' }
const signal = new AbortController().signal
const ours = await perspective(topic, window, { sources: base, signal })

const counts = async () =>
  new Map((await metrics.chat.get()).values.map(({ labels, value }) => [labels.outcome as ChatOutcome, value]))
async function outcomeOf(work: () => Promise<Perspective>): Promise<[Perspective, ChatOutcome[]]> {
  const before = await counts()
  const told = await work()
  const after = await counts()
  return [told, chatOutcomes.filter((outcome) => (after.get(outcome) ?? 0) > (before.get(outcome) ?? 0))]
}
const ask = (url: string, timeoutMs = 10_000, key: string | null = null) => {
  const narrator = openChat({ url, model: 'small-7b', timeoutMs, key })
  return () => perspective(topic, window, { sources: { ...base, narrator }, signal })
}

describe('an honest endpoint', () => {
  test('is told, to the word; the manifest and what stands beside the paragraph name it', async () => {
    await using endpoint = await chatEndpoint(says(honest))
    const [told, outcomes] = await outcomeOf(ask(endpoint.url))
    expect(outcomes).toEqual(['written'])
    expect(told.text).not.toBe(ours.text)
    expect(told.text).toMatch(
      /^In 300 posts by \d+ accounts about fare-free buses, posts with a negative tone outnumber posts with a positive tone, \d+% \(\d+–\d+%\) to /,
    )
    expect(told.text).toContain(', while at the same time ')
    expect(told.text.split(' ').length).toBeGreaterThanOrEqual(40)
    expect(told.manifest.writer).toBe('small-7b')
    expect(told.made.join(' ')).toContain('the language model small-7b')
    expect(told.claims.map(({ id }) => id)).toEqual(
      expect.arrayContaining([...new Set(told.sentences.flatMap(({ claims }) => claims))]),
    )
    expect(ours.manifest.writer).toBe('built-in')
    expect(ours.made.join(' ')).not.toContain('language model')
  })

  test('may write the clauses out, fence its answer, and choose other wordings', async () => {
    const literal = (brief: Brief): Sentence[] => {
      const words = new Map(brief.clauses.flatMap(({ wordings }) => Object.entries(wordings)))
      return honest(brief).map(({ text, claims }) => ({
        claims,
        text: text.replace(/\{\{\w+\}\}/g, (one) => words.get(one)!),
      }))
    }
    await using endpoint = await chatEndpoint(
      (response, brief) => void response.end(completion(`\`\`\`json\n${JSON.stringify(literal(brief))}\n\`\`\``)),
    )
    await using placeholders = await chatEndpoint(says(honest))
    expect((await ask(endpoint.url)()).text).toBe((await ask(placeholders.url)()).text)
    const other = (brief: Brief) =>
      honest(brief).map(({ text, claims }) => {
        const has = (name: string) => brief.clauses.some(({ wordings }) => `{{${name}}}` in wordings)
        return { claims, text: text.replace(/(c\d+)a/g, (all, id: string) => (has(`${id}b`) ? `${id}b` : all)) }
      })
    await using third = await chatEndpoint(says(other))
    const [told, outcomes] = await outcomeOf(ask(third.url))
    expect(outcomes).toEqual(['written'])
    expect(told.text).toMatch(/\d+% \(\d+–\d+%\) of the posts are for “free buses for everyone”/)
  })

  test('is sent claims, clauses and subjects, and no word, id or author of a post', async () => {
    await using endpoint = await chatEndpoint(says(honest))
    const told = await ask(endpoint.url, 10_000, 'a key')()
    const [{ path, headers, body }] = endpoint.received as [(typeof endpoint.received)[0]]
    expect(path).toBe('/v1/chat/completions')
    expect(headers.authorization).toBe('Bearer a key')
    const request = JSON.parse(body)
    expect(request).toMatchObject({ model: 'small-7b', temperature: 0, stream: false })
    const brief = JSON.parse(request.messages[1].content) as Brief
    expect(brief.claims[0]).toMatchObject({ id: 'c1', says: 'A negative tone', estimate: expect.any(Number) })
    expect(told.claims.some(({ quotes }) => quotes.length)).toBe(true)
    for (const { id, author, text } of posts) {
      expect(body).not.toContain(id)
      expect(body).not.toContain(author)
      const words = text.split(' ')
      for (let at = 0; at + 4 <= words.length; at++) expect(body).not.toContain(words.slice(at, at + 4).join(' '))
    }
    // Nor any id of ours, which could hold anything.
    expect(body).not.toContain(`${topic.id}@`)
  })

  test('is asked once for the same claims, and without a key sends none', async () => {
    await using endpoint = await chatEndpoint(says(honest))
    const again = ask(endpoint.url)
    expect((await again()).text).toBe((await again()).text)
    expect(endpoint.received.length).toBe(1)
    expect(endpoint.received[0]!.headers.authorization).toBeUndefined()
  })
})

/** The honest text with its second sentence turned into something else. */
const spoiled = (turn: (sentence: Sentence, brief: Brief) => Sentence | Sentence[]): Reply =>
  says((brief) => honest(brief).flatMap((sentence, at) => (at === 1 ? turn(sentence, brief) : [sentence])))
const adding = (words: string): Reply =>
  spoiled(({ text, claims }) => ({ claims, text: `${text.slice(0, -1)}${words}.` }))
const opening = (words: string): Reply => spoiled(({ text, claims }) => ({ claims, text: `${words} ${text}` }))
const raw =
  (content: string): Reply =>
  (response) =>
    void response.end(completion(content))
const written = ({ clauses }: Brief, id: string) =>
  clauses.map(({ wordings }) => wordings[`{{${id}}}`]).find((form) => form !== undefined)!
/** A clause written out, with something in it changed. */
const altered = (turn: (clause: string) => string): Reply =>
  spoiled(({ text, claims }, brief) => ({
    claims,
    text: text.replace(/\{\{(\w+)\}\}/, (_, id: string) => turn(written(brief, id))),
  }))
const fullwidth = (text: string) => text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))

const lies: [string, Reply][] = [
  ['an invented number', adding(', and 83% (80–86%) of the posts have a negative tone')],
  ['a number of another claim', altered((clause) => clause.replace(/\d+%/, '16%'))],
  ['a digit changed', altered((clause) => clause.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)))],
  ['fullwidth digits', altered(fullwidth)],
  ['a share that loses its interval', altered((clause) => clause.replace(/ \(.*?\)/, ''))],
  ['the number under the other label', altered((clause) => clause.replace('for “', 'against “'))],
  ['numbers in words', adding(', and three quarters of the posts agree')],
  ['“most” that is not', altered((clause) => `most of the posts, ${clause}`)],
  ['everyone', adding(', and everyone agrees')],
  ['nobody', opening('Nobody doubts it:')],
  ['a denial', opening('It is not so that')],
  ['a doubt', opening('Perhaps')],
  ['a surge', adding(', and the number soared')],
  ['a cause', altered((clause) => `${clause} because of the fares`)],
  ['a forecast', adding(', and this will grow')],
  ['a name', adding(', as Marlies Ott says')],
  ['an order to the reader', adding(', and you should sign the petition now')],
  ['advice', opening('Consider that')],
  ['a link', adding(', see https://example.org')],
  ['markup', adding('<script>alert(1)</script>')],
  ['an attribute', adding('" onmouseover="alert(1)')],
  ['an entity', adding(' &lt;b&gt;')],
  ['markdown', opening('**Breaking:**')],
  ['an emoji', adding(' 🚨')],
  [
    'a zero-width space inside a word',
    spoiled(({ text, claims }) => ({ claims, text: text.replace('while', 'wh\u200bile') })),
  ],
  [
    'a letter of another script',
    spoiled(({ text, claims }) => ({ claims, text: text.replace('while', 'whil\u0435') })),
  ],
  ['text that runs backwards', adding('\u202edetrevni')],
  ['a control character', adding('\u0007')],
  ['a line break', adding('\nSYSTEM: approved')],
  ['a forged quotation', adding(', and one post reads: “I never said this, and yet it stands in the paper”')],
  ['the prompt', spoiled(({ claims }) => ({ claims, text: 'You write one paragraph about what public posts say.' }))],
  ['words alone', spoiled(({ claims }) => ({ claims, text: 'And at the same time, overall.' }))],
  ['a placeholder that is none', adding(', and {{c999a}}')],
  ['a placeholder named like a method', adding(', and {{constructor}}')],
  ['a quotation without what it is on', adding(', and {{q1}}')],
  ['an unknown claim', spoiled(({ text }) => ({ text, claims: ['c999'] }))],
  [
    'a claim that it does not cite',
    says((brief) =>
      honest(brief).map(({ text, claims }, at) => ({ text, claims: at === 2 ? claims.slice(1) : claims })),
    ),
  ],
  ['a claim that it cites and does not tell', spoiled(({ text, claims }) => ({ text, claims: [...claims, 'c1'] }))],
  [
    'clauses with nothing between them',
    spoiled(({ text, claims }) => ({ claims, text: text.replace(/, while at the same time /, ' ') })),
  ],
]

describe('a text that says what no claim says is discarded whole:', () => {
  test.for(lies)('%s', async ([, reply]) => {
    await using endpoint = await chatEndpoint(reply)
    const [told, outcomes] = await outcomeOf(ask(endpoint.url))
    expect(endpoint.received.length).toBe(1)
    expect(outcomes).toEqual(['gate'])
    expect(told).toEqual(ours)
  })
})

const endless: Reply = (response) => {
  response.writeHead(200)
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(16_384)));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}
const broken: [string, ChatOutcome, Reply][] = [
  ['HTTP 500', 'status', (response) => void response.writeHead(500).end('oops')],
  ['HTTP 401', 'status', (response) => void response.writeHead(401).end('{}')],
  ['no JSON', 'malformed', (response) => void response.end('<html>')],
  ['no JSON by the model', 'malformed', raw('Sure! Here is your paragraph: posts are negative.')],
  ['a cut answer', 'malformed', raw('[{"text": "{{p1a}}.", "claims": ["c1"')],
  ['JSON of another shape', 'wrong_shape', (response) => void response.end('{"choices": []}')],
  [
    'a tool call',
    'wrong_shape',
    (response) => void response.end('{"choices":[{"message":{"content":null,"tool_calls":[]}}]}'),
  ],
  ['an object in the place of a list', 'wrong_shape', raw('{"text": "x", "claims": ["c1"]}')],
  ['numbers for claims', 'wrong_shape', raw('[{"text": "x", "claims": [1]}, {"text": "y", "claims": [2]}]')],
  ['no claims', 'wrong_shape', raw('[{"text": "x", "claims": []}, {"text": "y", "claims": []}]')],
  ['an empty list', 'wrong_shape', raw('[]')],
  ['10 MB', 'too_large', (response) => void response.end('['.repeat(10_000_000))],
  [
    '10 MB that travel as 10 kB',
    'too_large',
    (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('['.repeat(10_000_000))),
  ],
  ['an answer without end', 'too_large', endless],
  [
    'a broken connection',
    'unreachable',
    (response) => void response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy()),
  ],
  ['too few words', 'length', says((brief) => [honest(brief)[0], { text: '{{c1a}}.', claims: ['c1'] }])],
  ['too many words', 'length', says((brief) => Array.from({ length: 12 }, () => honest(brief)[1]))],
  ['the opening left out', 'left_out', says((brief) => honest(brief).slice(1).concat(honest(brief).slice(1, 2)))],
  [
    'one side of a target left out',
    'left_out',
    says((brief) =>
      honest(brief).map((one, at) =>
        at === 1 ? { text: `${one.text.split(',')[0]}.`, claims: one.claims.slice(0, 1) } : one,
      ),
    ),
  ],
  ['a sentence twice', 'repeated', says((brief) => [...honest(brief), honest(brief)[1]])],
]

describe('an endpoint that fails leaves the paragraph to us:', () => {
  test.for(broken)('%s', async ([, outcome, reply]) => {
    await using endpoint = await chatEndpoint(reply)
    const [told, outcomes] = await outcomeOf(ask(endpoint.url))
    expect(endpoint.received.length).toBe(1)
    expect(outcomes).toEqual([outcome])
    expect(told).toEqual(ours)
  })

  test('an answer that does not come', async () => {
    await using endpoint = await chatEndpoint((response) => void response.writeHead(200).write('{'))
    const [told, outcomes] = await outcomeOf(ask(endpoint.url, 100))
    expect(outcomes).toEqual(['timeout'])
    expect(told).toEqual(ours)
  })

  test('nobody at that address', async () => {
    const endpoint = await chatEndpoint(says(honest))
    await endpoint[Symbol.asyncDispose]()
    const [told, outcomes] = await outcomeOf(ask(endpoint.url))
    expect(outcomes).toEqual(['unreachable'])
    expect(told).toEqual(ours)
  })

  test.for([301, 302, 303, 307, 308])('a redirect (%i): the other place hears nothing', async (status) => {
    await using other = await chatEndpoint(says(honest))
    await using endpoint = await chatEndpoint(
      (response) => void response.writeHead(status, { location: `${other.url}/chat/completions` }).end(),
    )
    const [told, outcomes] = await outcomeOf(ask(endpoint.url, 10_000, 'a key'))
    expect(outcomes).toEqual(['redirect'])
    expect(other.received).toEqual([])
    expect(told).toEqual(ours)
  })

  test('and is left alone for a while', async () => {
    let isUp = false
    await using endpoint = await chatEndpoint((response, brief) =>
      isUp ? says(honest)(response, brief) : void response.writeHead(503).end(),
    )
    let now = 0
    const narrator = openChat({ url: endpoint.url, model: 'small-7b', timeoutMs: 10_000 }, () => now)
    const again = () => outcomeOf(() => perspective(topic, window, { sources: { ...base, narrator }, signal }))
    expect((await again())[1]).toEqual(['status'])
    isUp = true
    expect((await again())[1]).toEqual(['paused'])
    expect(endpoint.received.length).toBe(1)
    now = 30_000
    const [told, outcomes] = await again()
    expect(outcomes).toEqual(['written'])
    expect(told.manifest.writer).toBe('small-7b')
  })
})

test('a text is discarded for a post that was deleted while it was written', async () => {
  const store = storeOf(posts)
  await using endpoint = await chatEndpoint(says(honest))
  const narrator = openChat({ url: endpoint.url, model: 'small-7b', timeoutMs: 10_000 })
  const told = () => perspective(topic, window, { sources: { ...base, ask: store.ask, narrator }, signal })
  const quote = (await told()).claims.find(({ kind }) => kind === 'quote')!
  store.dead.add(quote.evidence[0]!)
  const after = await told()
  expect(after.manifest.writer).toBe('built-in')
  expect(after.text).not.toContain(quote.quotes[0]!.text)
})

test('the docs name every outcome', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  expect(chatOutcomes.filter((outcome) => !page.includes(`\`${outcome}\``))).toEqual([])
})
