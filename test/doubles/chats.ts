// Slack and Discord as their incoming webhooks behave: they refuse what is beyond the documented limits, with the status that
// they use, and say how long to stay away. What they show of a letter can be read as a person would.
import { type Asked, openSite, type Reply, type Site } from './site.ts'

interface Text {
  type: string
  text: string
  verbatim?: boolean
}
interface Block {
  type: string
  text?: Text
  fields?: Text[]
  elements?: Text[]
}
export interface SlackPost {
  text: string
  blocks: Block[]
}

/** Why Slack would refuse it; null: it would not. */
export function slackTrouble({ text, blocks }: SlackPost): string | null {
  const texts = blocks.flatMap((block) => [block.text ?? [], block.fields ?? [], block.elements ?? []].flat())
  if (typeof text !== 'string' || !text || text.length > 40_000) return 'no_text'
  if (blocks.length > 50) return 'too many blocks'
  for (const block of blocks) {
    if (!['section', 'context', 'header', 'divider'].includes(block.type)) return `unknown block ${block.type}`
    if (block.type === 'section' && !block.text && !block.fields) return 'empty section'
    if (block.text && (block.text.text.length < 1 || block.text.text.length > 3_000)) return 'section text'
    if (block.fields && (block.fields.length < 1 || block.fields.length > 10)) return 'fields'
    if (block.fields?.some((one) => one.text.length > 2_000)) return 'field text'
    if (block.elements && block.elements.length > 10) return 'elements'
  }
  if (texts.some(({ type }) => type !== 'mrkdwn' && type !== 'plain_text')) return 'text type'
  // Nowhere documented, and refused all the same: msg_blocks_too_long.
  return texts.reduce((sum, one) => sum + one.text.length, 0) > 13_000 ? 'msg_blocks_too_long' : null
}

/** What Slack reads as markup in angle brackets: links, and whom it calls. */
export const slackMarks = (post: SlackPost): string[] =>
  [...JSON.stringify(post).matchAll(/<([^>]*)>/g)].map(([, mark]) => mark!)

interface Embed {
  title?: string
  url?: string
  description?: string
  fields?: { name: string; value: string }[]
  footer?: { text: string }
  timestamp?: string
  color?: number
}
export interface DiscordPost {
  content: string
  embeds: Embed[]
  allowed_mentions: { parse: string[] }
}

export function discordTrouble({ content, embeds, allowed_mentions }: DiscordPost): string | null {
  if (content.length > 2_000 || content.length < 1) return 'content'
  if (embeds.length > 10) return 'embeds'
  if (allowed_mentions.parse.length) return 'mentions'
  let sum = 0
  const part = (text: string | undefined, most: number) => {
    sum += text?.length ?? 0
    return text !== undefined && (text.length < 1 || text.length > most)
  }
  for (const { title, description, fields = [], footer, url, timestamp } of embeds) {
    if (part(title, 256) || part(description, 4_096) || part(footer?.text, 2_048)) return 'embed text'
    if (fields.length > 25 || fields.some(({ name, value }) => part(name, 256) || part(value, 1_024))) return 'fields'
    if (url !== undefined && !/^https?:\/\/[^/]+\.[a-z]{2,}\//.test(url)) return 'Not a well formed URL.'
    if (timestamp !== undefined && Number.isNaN(Date.parse(timestamp))) return 'timestamp'
  }
  return sum > 6_000 ? 'embed too long' : null
}

/** What Discord would show as markup, a mention or a link: all but what a backslash makes plain. */
export function discordMarks({ content, embeds }: DiscordPost): string[] {
  const texts = [
    content,
    ...embeds.flatMap(({ description, fields = [] }) => [
      description ?? '',
      ...fields.flatMap(({ name, value }) => [name, value]),
    ]),
  ]
  return texts.flatMap(
    (text) => text.replace(/\\[^\p{L}\p{N}\s]/gu, '').match(/<[^>]*>|[*_~`|>#[\]()@]+|\w+:\/\/\S*/g) ?? [],
  )
}

export interface Chat extends Site {
  /** Milliseconds between what it took. */
  gapsMs(): number[]
}

/** One letter a second, as a test's clock has it; more are refused with 429. */
export async function openSlack(now: () => number): Promise<Chat> {
  const took: number[] = []
  const reply: Reply = ({ body, headers }, response) => {
    if (!String(headers['content-type']).startsWith('application/json'))
      return void response.writeHead(400).end('invalid_payload')
    if (now() - (took.at(-1) ?? 0) < 1_000) return void response.writeHead(429, { 'retry-after': '1' }).end()
    const trouble = slackTrouble(JSON.parse(body) as SlackPost)
    if (trouble) return void response.writeHead(400).end(trouble)
    took.push(now())
    response.end('ok')
  }
  return chat(reply, took)
}

/** So many letters, then none until some seconds are over: it says so beforehand, as Discord does. */
export async function openDiscord(now: () => number, { most, perMs }: { most: number; perMs: number }): Promise<Chat> {
  const took: number[] = []
  const reply: Reply = ({ body }, response) => {
    const recent = took.filter((one) => now() - one < perMs)
    const resetMs = recent.length ? perMs - (now() - recent[0]!) : perMs
    const limits = { 'x-ratelimit-limit': String(most), 'x-ratelimit-reset-after': (resetMs / 1_000).toFixed(3) }
    if (recent.length >= most)
      return void response.writeHead(429, { ...limits, 'retry-after': String(Math.ceil(resetMs / 1_000)) }).end()
    const trouble = discordTrouble(JSON.parse(body) as DiscordPost)
    if (trouble) return void response.writeHead(400).end(JSON.stringify({ message: trouble }))
    took.push(now())
    response.writeHead(204, { ...limits, 'x-ratelimit-remaining': String(most - recent.length - 1) }).end()
  }
  return chat(reply, took)
}

async function chat(reply: Reply, took: number[]): Promise<Chat> {
  const site = await openSite(reply)
  return Object.assign(site, { gapsMs: () => took.slice(1).map((one, nr) => one - took[nr]!) })
}

export const postOf = <T>({ body }: Asked): T => JSON.parse(body) as T
