// Fingerprints of a text: one that all its copies share, and one by which near-copies are close.
// Pure, linear, and bounded: a text longer than any post is judged by its beginning. Must never throw on text.
// A fingerprint tells copies of a text apart from other texts, never people apart: no author goes into it.
import { hash } from 'node:crypto'

const longestText = 10_000
const link = /(?:https?:\/\/|www\.)\S+/giu
// Handles (Bluesky, X, Mastodon), but not the @ inside a mail address.
const handle = /(?<![\p{L}\p{N}_])@[\p{L}\p{N}_]+(?:[.\-@][\p{L}\p{N}_]+)*/gu
const notWords = /[^\p{L}\p{N}\p{M}]+/gu
// "don't" and "dont" are one word to whoever retypes a text.
const apostrophes = /(?<=\p{L})['\u2018\u2019\u02bc](?=\p{L})/gu

/** The words of a text, lower case, one space between: no links, mentions, `#`, emoji or punctuation. */
export function foldCopy(text: string): string {
  return text
    .slice(0, longestText)
    .normalize('NFKC')
    .replace(link, ' ')
    .replace(handle, ' ')
    .toLowerCase()
    .replace(apostrophes, '')
    .replace(notWords, ' ')
    .trim()
}

/** The fingerprint that copies of one text share. A text without words (emoji, a bare link) is its own text. */
export function copyKey(text: string, folded = foldCopy(text)): string {
  const bare = folded === '' ? `\0${text.slice(0, longestText).trim()}` : folded
  return hash('sha256', bare, 'hex').slice(0, 32)
}

const gram = 3
const bits = 64

/**
 * A 64-bit SimHash (Charikar, STOC 2002) over runs of three words: the share of bits in which two texts agree follows
 * the share of runs they share. Near-copies differ in few bits (`hamming`), unrelated texts in about 32.
 */
export function simHash(text: string, folded = foldCopy(text)): bigint {
  const words = folded.split(' ')
  const votes = new Int32Array(bits)
  const runs = Math.max(1, words.length - gram + 1)
  for (let at = 0; at < runs; at++) vote(votes, words.slice(at, at + gram).join(' '), at === 0 ? 3 : 2)
  let print = 0n
  for (let bit = 0; bit < bits; bit++) if (votes[bit]! > 0) print |= 1n << BigInt(bit)
  return print
}

/** The number of bits in which two fingerprints differ. */
export function hamming(a: bigint, b: bigint): number {
  let rest = a ^ b
  let count = 0
  for (; rest > 0n; rest &= rest - 1n) count++
  return count
}

/** The first run weighs a little more, so that no vote ends in a tie. */
function vote(votes: Int32Array, words: string, weight: 2 | 3): void {
  const low = hash32(words, 0x9747b28c)
  const high = hash32(words, 0x3c6ef372)
  for (let bit = 0; bit < 32; bit++) {
    votes[bit]! += (low >>> bit) & 1 ? weight : -weight
    votes[bit + 32]! += (high >>> bit) & 1 ? weight : -weight
  }
}

/** FNV-1a over UTF-16 units from a seed, then MurmurHash3's finish, so that every bit depends on every unit. */
function hash32(text: string, seed: number): number {
  let h = seed
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
