// Slack and Discord: doubles that enforce the documented limits take every letter, whatever names are in it; nobody is
// called and nothing is linked but by us; and how often they may be called is kept.
import { describe, expect, test } from 'vitest'
import { discordCall } from '../../alerts/discord.ts'
import { slackCall } from '../../alerts/slack.ts'
import {
  type DiscordPost,
  discordMarks,
  discordTrouble,
  openDiscord,
  openSlack,
  postOf,
  type SlackPost,
  slackMarks,
  slackTrouble,
} from '../doubles/chats.ts'
import { lettersOf, names, origin, write } from './hostile.ts'
import { alert, channel, eachWorld, settle, soon, start } from './making.ts'

const world = eachWorld()
const slackOf = (letter: Parameters<typeof slackCall>[0]) =>
  JSON.parse(slackCall(letter, channel('s', 'slack', { url: 'https://chat.example/x' })).body) as SlackPost
const discordOf = (letter: Parameters<typeof discordCall>[0]) =>
  JSON.parse(discordCall(letter, channel('d', 'discord', { url: 'https://chat.example/x' })).body) as DiscordPost

describe('a letter', () => {
  test('to Slack says what, how much and where', async () => {
    const post = slackOf(await write([alert('a')]))
    expect(post.text).toBe(`Negative tone about Night trains a rose from 31 % to 44 % ${origin}/alerts/a`)
    expect(post.blocks.map(({ type }) => type)).toEqual(['section', 'section', 'context'])
    expect(post.blocks[0]!.text!.text).toBe(
      `*<${origin}/alerts/a|Negative tone about Night trains a rose from 31 % to 44 %>*\nIt is early. Of 120 accounts, 44 % were negative.`,
    )
    expect(post.blocks[1]!.fields).toEqual([{ type: 'mrkdwn', text: '*Before*\n31 %', verbatim: true }])
  })

  test('to Discord, too', async () => {
    const post = discordOf(await write([alert('a')]))
    expect(post.content).toBe(`**Negative tone about Night trains a rose from 31 % to 44 %**\n<${origin}/alerts/a>`)
    expect(post.embeds[0]).toMatchObject({
      ...{ description: 'It is early. Of 120 accounts, 44 % were negative.', footer: { text: 'Shifts · warning' } },
      fields: [{ name: 'Before', value: '31 %', inline: true }],
    })
  })

  test('about many names a dozen and counts the rest', async () => {
    const letter = await write(Array.from({ length: 200 }, (_, nr) => alert(`a${nr}`)))
    const slack = slackOf(letter)
    expect(slack.blocks.filter(({ text }) => text?.text.startsWith('• '))).toHaveLength(12)
    expect(JSON.stringify(slack)).toContain('and 188 more')
    const { description } = discordOf(letter).embeds[0]!
    expect(description!.split('\n').filter((one) => one.startsWith('• '))).toHaveLength(12)
    expect(description).toMatch(/and 188 more$/)
  })

  test.each(names)('with the name %j calls nobody, poses as nothing and fits', async (name) => {
    for (const letter of await lettersOf(name)) {
      const slack = slackOf(letter)
      expect(slackTrouble(slack)).toBeNull()
      for (const mark of slackMarks(slack)) expect(mark).toMatch(/^https:\/\/watch\.example\/alerts[^|<>\s]*\|[^<>]+$/)
      expect(JSON.stringify(slack)).not.toMatch(/<!|<@|<#/)
      const discord = discordOf(letter)
      expect(discordTrouble(discord)).toBeNull()
      const ours = new RegExp(`^(\\*\\*|<${letter.link}>)$`)
      expect(discordMarks(discord).filter((mark) => !ours.test(mark))).toEqual([])
    }
  })
})

describe('the limit', () => {
  test('of Slack, one a second, is kept: nothing is refused', async () => {
    const at = world()
    await using slack = await openSlack(at.time.now)
    at.begin([channel('hook', 'slack', { url: slack.url })])
    for (const id of ['a', 'b', 'c', 'd']) await at.issue(`b-${id}`, [alert(id)], { at: new Date(start).toISOString() })
    await expect
      .poll(() => {
        at.time.advance(100)
        return at.states().filter((one) => one.endsWith('delivered 1')).length
      }, soon)
      .toBe(4)
    expect(slack.asked).toHaveLength(4)
    expect(Math.min(...slack.gapsMs())).toBeGreaterThanOrEqual(1_000)
    expect(postOf<SlackPost>(slack.asked[0]!).blocks.length).toBeGreaterThan(0)
  })

  test('of Discord is kept before it is reached: the headers say when', async () => {
    const at = world()
    await using discord = await openDiscord(at.time.now, { most: 2, perMs: 5_000 })
    at.begin([channel('hook', 'discord', { url: discord.url })])
    for (const id of ['a', 'b', 'c']) await at.issue(`b-${id}`, [alert(id)])
    await expect.poll(() => discord.asked.length, soon).toBe(2)
    await settle()
    expect(discord.asked).toHaveLength(2)
    at.time.advance(5_000)
    await expect.poll(() => at.states().filter((one) => one.endsWith('delivered 1')).length, soon).toBe(3)
    expect(discord.asked).toHaveLength(3)
  })

  test('of a chat that others fill, too, is respected', async () => {
    const at = world()
    await using discord = await openDiscord(at.time.now, { most: 0, perMs: 30_000 })
    at.begin([channel('hook', 'discord', { url: discord.url })])
    await at.issue('b', [alert('a')])
    await expect.poll(() => at.notify.deliveries()[0]?.answer, soon).toBe(429)
    expect(Date.parse(at.notify.deliveries()[0]!.next!) - at.time.now()).toBe(30_000)
  })
})
