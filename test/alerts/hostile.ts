// Names that topics, rules and themes might have if somebody wished us ill, and letters made of them.
import type { Alert } from '../../alarms.ts'
import { type Letter, letterOf, testLetter, type Words } from '../../alerts/letter.ts'
import { alert, iso, start, words } from './making.ts'

export const names = [
  ...['<!channel> <!here> <!everyone>', '<@U024BE7LH> <#C024BE7LR> <!subteam^SAZ94GDB8>', '@everyone @here <@&1> <@1>'],
  ...['<https://evil.example|a safe place>', '[a safe place](https://evil.example)', 'https://evil.example/login'],
  ...['*b* _i_ ~s~ `c` ```c``` ||s|| > q # h - l', '&lt;!channel&gt; &amp; &#60;', '<t:1:R> <:smile:1> <a:x:2>'],
  ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '</a></td></html>', "' OR 1=1 --"],
  ...['Night\r\nBcc: all@evil.example', 'Night\nSubject: another', 'Night\r\n\r\n.\r\nMAIL FROM:<x@evil.example>\r\n'],
  ...['\u202egnitirw', '\u2066\u2069\u200f', '\ud83d lone \udc00', 'a\u0000b\u0007c\u001b[31m', '\u2028line\u2029par'],
  ...['👩‍👩‍👧‍👦'.repeat(400), '<'.repeat(5_000), '&'.repeat(20_000), 'x'.repeat(30_000), '\\'.repeat(3_000), '', '   '],
  ...['=?utf-8?q?=3Cb=3E?=', '%0d%0aBcc:x', '{{7*7}} #{7*7}', 'ﷺ'.repeat(300), 'a\u0301'.repeat(500)],
]

/** Every word of it is the name. */
export const wordsOf = (name: string): Words => ({
  wordsOf: ({ id }) => ({
    ...{ title: name, text: `${name} ${name}`, path: `/alerts/${encodeURIComponent(id)}` },
    facts: Array.from({ length: 12 }, () => ({ label: name, value: name })),
  }),
  bulletinWords: () => ({ title: name, text: name.repeat(3), facts: [], path: '/alerts' }),
})

export const origin = 'https://watch.example'
const never = new AbortController().signal
export const named = (id: string, name: string): Alert =>
  alert(id, { ruleName: name.slice(0, 200), topic: { topic: id, version: 1, name: name.slice(0, 200) } })

export const write = (alerts: Alert[], by: Words = words, threads: string[] = []): Promise<Letter> =>
  letterOf({ id: 'msg_abc', at: iso(start), alerts, threads }, { words: by, origin, signal: never })

/** One about one alert, one about forty, and a test. */
export async function lettersOf(name: string): Promise<Letter[]> {
  const many = Array.from({ length: 40 }, (_, nr) => named(`a${nr}`, name))
  const rule = { id: 'r', name, severity: 'critical' as const }
  return [
    await write([named('a', name)], wordsOf(name)),
    await write(many, wordsOf(name)),
    testLetter(rule, { id: 'msg_test', at: iso(start), origin }),
  ]
}
