// Mail over a real SMTP server: what arrives and under which names, threads, passwords, and names that try to be headers.
import { describe, expect, test } from 'vitest'
import type { OpenChannel } from '../../alerts/channels.ts'
import { mail } from '../../alerts/mail.ts'
import { type Mailbox, openMailbox } from '../doubles/mailbox.ts'
import { markupOf } from '../doubles/markup.ts'
import { lettersOf, names, write } from './hostile.ts'
import { alert, channel, eachWorld, moved, settle, soon } from './making.ts'

const world = eachWorld()
const soonEnough = () => AbortSignal.timeout(10_000)
const to = ['desk@site.example', 'night@site.example']
const post = ({ port }: Mailbox, made: Partial<OpenChannel> = {}) =>
  channel('hook', 'mail', { url: `smtp://127.0.0.1:${port}`, from: 'Watch <watch@site.example>', to, ...made })
const header = ({ mails }: Mailbox, nr: number, name: string) => mails[nr]!.headers.get(name)?.[0]

describe('a letter', () => {
  test('arrives as text and as a page, with a link and why it came', async () => {
    await using box = await openMailbox()
    const sent = await mail(await write([alert('a', { state: 'confirmed' })]), post(box), soonEnough())
    expect(sent).toEqual({ outcome: 'delivered', answer: 250, afterMs: 0, detail: '' })
    const [one] = box.mails
    expect([one!.from, one!.to]).toEqual(['watch@site.example', to])
    expect(header(box, 0, 'subject')).toBe('[undercurrent] Negative tone about Night trains a rose from 31 % to 44 %')
    expect(header(box, 0, 'message-id')).toBe('<msg_abc@site.example>')
    expect(header(box, 0, 'list-id')).toBe('undercurrent alerts <alerts.undercurrent.site.example>')
    expect(header(box, 0, 'auto-submitted')).toBe('auto-generated')
    for (const part of [one!.text, one!.html]) {
      expect(part).toContain('https://watch.example/alerts/a')
      expect(part).toContain('It is confirmed. Of 120 accounts, 44 % were negative.')
      expect(part).toContain('31 %')
    }
    expect(one!.text).toContain('You get this because of the rule "Shifts" (warning).')
    expect(one!.html).toContain('<a href="https://watch.example/alerts/a">')
  })

  test('about many names a dozen and counts the rest', async () => {
    await using box = await openMailbox()
    await mail(await write(Array.from({ length: 200 }, (_, nr) => alert(`a${nr}`))), post(box), soonEnough())
    const [{ text, html }] = box.mails as [Mailbox['mails'][number]]
    expect([text.match(/^- /gm)!.length, html.match(/<li>/g)!.length]).toEqual([12, 13])
    for (const part of [text, html]) expect(part).toContain('and 188 more')
  })

  test.each([0, 1, 2])('(%i) with any name has the headers and the markup that every other one has', async (nr) => {
    await using box = await openMailbox()
    const send = async (name: string) => mail((await lettersOf(name))[nr]!, post(box), soonEnough())
    await send('Night trains')
    await Promise.all(names.map(send))
    const [like, ...others] = box.mails
    expect(others).toHaveLength(names.length)
    for (const one of others) {
      expect([...one.headers.keys()].sort()).toEqual([...like!.headers.keys()].sort())
      expect([...one.headers.values()].every((all) => all.length === 1)).toBe(true)
      expect([one.from, one.to]).toEqual([like!.from, like!.to])
      expect(one.headers.get('subject')![0]!.length).toBeLessThan(200)
      expect([...markupOf(one.html)].filter((mark) => !markupOf(like!.html).has(mark))).toEqual([])
    }
  })
})

describe('a mail server', () => {
  test.each([
    [451, 'failed'],
    [554, 'refused'],
  ])('that answers %i: %s, and none of its own words are told', async (code, outcome) => {
    await using box = await openMailbox()
    box.answer(code)
    const sent = await mail(await write([alert('a')]), post(box), soonEnough())
    expect(sent).toEqual({ outcome, answer: code, afterMs: 0, detail: `The mail server answered ${code}.` })
  })

  test('that knows some of the recipients is told, and how many it refused', async () => {
    await using box = await openMailbox()
    box.refuse(to[1]!)
    const some = await mail(await write([alert('a')]), post(box), soonEnough())
    expect([some.outcome, some.detail]).toEqual(['delivered', '1 of 2 recipients were refused.'])
    box.refuse(to[0]!)
    expect(await mail(await write([alert('a')]), post(box), soonEnough())).toMatchObject({
      outcome: 'refused',
      answer: 550,
    })
  })

  test('that is not there, or is none', async () => {
    const box = await openMailbox()
    await box[Symbol.asyncDispose]()
    const sent = await mail(await write([alert('a')]), post(box), soonEnough())
    expect([sent.outcome, sent.answer]).toEqual(['unreachable', null])
    expect(sent.detail).not.toContain('127.0.0.1')
    for (const url of ['', 'http://127.0.0.1', 'smtp://'])
      expect(await mail(await write([alert('a')]), post(box, { url }), soonEnough())).toMatchObject({
        outcome: 'bad_address',
      })
  })

  test('that says nothing is left when we stop', async () => {
    await using box = await openMailbox({ silent: true })
    const stop = new AbortController()
    const sending = mail(await write([alert('a')]), post(box), stop.signal)
    await expect.poll(() => box.connections(), soon).toBe(1)
    stop.abort(new Error('we stop'))
    await expect(sending).rejects.toThrow('we stop')
  })

  test('is given the password that belongs to it', async () => {
    await using box = await openMailbox()
    expect(
      (await mail(await write([alert('a')]), post(box, { user: 'me', password: 'right' }), soonEnough())).outcome,
    ).toBe('delivered')
    const wrong = await mail(await write([alert('a')]), post(box, { user: 'me', password: 'wrong-pw' }), soonEnough())
    expect(wrong).toMatchObject({ outcome: 'refused', answer: 535 })
    expect(wrong.detail).not.toContain('wrong-pw')
    expect([...new Set(box.logins)]).toEqual(['me right', 'me wrong-pw'])
  })

  test('elsewhere is given no password without TLS, nor by one whose certificate nobody vouches for', async () => {
    await using plain = await openMailbox()
    await using tls = await openMailbox({ tls: true })
    for (const box of [plain, tls]) {
      // This machine under a name that does not look like it.
      const elsewhere = post(box, { url: `smtp://0.0.0.0:${box.port}`, user: 'me', password: 'right' })
      const sent = await mail(await write([alert('a')]), elsewhere, soonEnough())
      expect(sent.outcome).not.toBe('delivered')
      expect([box.connections(), box.logins, box.mails]).toEqual([1, [], []])
    }
  })
})

test('what follows an alert answers to the mail that told of it first, also after a restart', async () => {
  const at = world()
  await using box = await openMailbox()
  at.begin([post(box)])
  const [a, b] = [alert('a'), alert('b')]
  await at.issue('1', [a])
  await at.issue('2', [b])
  await expect.poll(() => box.mails.length, soon).toBe(2)
  await settle()
  await at.reopen()
  at.begin([post(box)])
  await at.issue('3', [moved(a, 'confirmed')])
  await at.issue('4', [moved(a, 'closed'), moved(b, 'withdrawn')])
  await expect.poll(() => box.mails.length, soon).toBe(4)
  const ids = [0, 1, 2, 3].map((nr) => header(box, nr, 'message-id'))
  expect(new Set(ids).size).toBe(4)
  expect([0, 1, 2].map((nr) => header(box, nr, 'in-reply-to'))).toEqual([undefined, undefined, ids[0]])
  expect(header(box, 3, 'in-reply-to')).toBe(ids[0])
  expect(header(box, 3, 'references')!.split(' ').sort()).toEqual([ids[0], ids[1]].sort())
})

test('a mail that is not acknowledged is sent again under its Message-ID', async () => {
  const at = world()
  await using box = await openMailbox()
  box.answer(451)
  at.begin([post(box)])
  await at.issue('1', [alert('a')])
  await expect
    .poll(() => at.notify.deliveries()[0], soon)
    .toMatchObject({ status: 'retrying', answer: 451, error: 'failed' })
  box.answer(null)
  at.toNext()
  await expect.poll(() => at.states(), soon).toEqual(['1 hook delivered 2'])
  expect(header(box, 0, 'message-id')).toBe(`<${at.notify.deliveries()[0]!.id}@site.example>`)
})
