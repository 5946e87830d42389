// Towards what stance may be measured for a story: what its headline says shall be done, as a statement; a noun phrase of
// the headline or an editor's tag that it speaks of; and who is named. English patterns, tags and names: nothing is better
// than nonsense, for a target that means nothing gives numbers that mean nothing. Pure; the headline was cut before.
import { isCommon } from '../commonWords.ts'
import { foldText } from './letters.ts'
import type { Story } from './story.ts'

const mostTargets = 2
const [leastLetters, mostLetters, mostWords] = [3, 90, 14]
const stemLetters = 4

const intends =
  'votes?|voted|plans?|moves?|agrees?|agreed|vows?|decides?|decided|aims?|wants?|seeks?|pledges?|proposes?|proposed|urged|told|asked|ordered|set|ready|due|promises?|promised'
const purpose = new RegExp(`^(.{2,60}?) (?:(?:${intends}) )?to (\\p{Ll}.+)$`, 'u')
/** What begins so is no deed that one may be for or against. */
const noDeed =
  /^(?:be|hold|meet|face|see|know|hear|decide|vote on|get|have|become|remain|reach|lose|win|open at|the|a|an|his|her|their)\b/i
const noDoer = new RegExp(`\\b(?:${intends}|how|why|what|when|who|is|are|refuses?|fails?|not|never|according)\\b`, 'i')
const behind = /\s+(?:as|after|before|while|amid|despite|because|when|says?|until|over|by the end|this|next|by)\b.*$/iu
const stance =
  /((?:\p{L}+ ){0,2}(?:bans?|tax(?:es)?|tariffs?|dut(?:y|ies)|cuts|limits?|curbs?|sanctions|restrictions|curfews?|law|bill|deal|talks) (?:on|against|with|between|in) \p{L}+(?: (?:and|or) \p{L}+)?)/iu
const compound = /((?:\p{L}{3,} ){1,2}(?:ban|tax|tariffs?|law|bill|deal|pipeline|reform|curfew|referendum|talks))\b/iu
const noun = /^(?:bans|taxes|tariffs|duties|cuts|limits|curbs|sanctions|restrictions|curfews|talks)$/i
/** A name behind one of these is where something happens. */
const places =
  /(?:^|\s)(?:in|at|of|near|along|off|outside|across|from|to|through|for|bei|im|aus|nach|en|à|au|aux|dans|em|no|na|nel|a|del?|du|da)$/iu

/** At most two. */
export function targetsOf({ headline, names, tags }: Pick<Story, 'headline' | 'names' | 'tags'>): string[] {
  const line = headline.replace(/[“”"«»]/g, '').trim()
  const named = namesIn(headline, names)
  const found = [statementIn(line), kickerOf(line), phraseIn(line), ...tagsIn(line, tags), ...named]
  const kept: string[] = []
  for (const target of found) {
    const isNew = target && !kept.some((other) => isPartOf(target, other) || isPartOf(other, target))
    if (isNew && isSound(target)) kept.push(target)
  }
  return kept.slice(0, mostTargets)
}

const isPartOf = (one: string, other: string) => other.toLowerCase().includes(one.toLowerCase())

const isSound = (target: string) =>
  target.length >= leastLetters &&
  target.length <= mostLetters &&
  target.split(' ').length <= mostWords &&
  /\p{L}/u.test(target)

/** "The council votes to close the bridge": "The council should close the bridge". */
function statementIn(line: string): string | undefined {
  if (/[?:;,]/.test(line)) return undefined
  const [, who = '', deed = ''] = purpose.exec(line.replace(behind, '')) ?? []
  if (!who || noDeed.test(deed) || noDoer.test(who)) return undefined
  return who.split(' ').length > 5 || deed.split(' ').length < 2 ? undefined : `${who} should ${deed}`
}

/** "School phone ban: teachers are divided": "School phone ban". One word alone may be anything. */
function kickerOf(line: string): string | undefined {
  const kicker = /^([^:?]{6,40}): /u.exec(line)?.[1]?.trim() ?? ''
  const words = kicker.split(' ')
  return words.length > 1 && words.length < 5 && !words.some(isVerbal) ? kicker : undefined
}

/** No noun phrase has one of these, as far as its ending tells. */
const isVerbal = (word: string) => isCommon(word) || /\P{Ll}?\p{Ll}{2,}ed$/u.test(word)

/** "tariffs on steel", "the nuclear deal with Iran", "a phone ban". */
function phraseIn(line: string): string | undefined {
  const words = (stance.exec(line)?.[1] ?? compound.exec(line)?.[1] ?? '').split(' ')
  while (words.length > 1 && (isVerbal(words[0]!) || (/s$/.test(words[0]!) && !noun.test(words[0]!)))) words.shift()
  return words.length > 1 ? words.join(' ') : undefined
}

/** Tags of which the headline has every word, in one form or another; names are judged as such. */
function tagsIn(line: string, tags: string[]): string[] {
  const words = foldText(line).split(/[^\p{L}\p{N}]+/u)
  const has = (word: string) =>
    words.some((one) => one !== '' && one.startsWith(word.slice(0, Math.max(stemLetters, word.length - 2))))
  const isSpoken = (tag: string) => foldText(tag).split(' ').every(has)
  return tags.filter((tag) => tag.split(' ').length > 1 && isSpoken(tag) && !/\p{Lu}/u.test(tag.slice(1)))
}

/** Who or what is named: not where, nor what only says which, as Mumbai in "the 1993 Mumbai bombings". */
function namesIn(headline: string, names: string[]): string[] {
  return names.filter((name) => {
    const at = headline.indexOf(name)
    const before = headline
      .slice(0, at)
      .replace(/\bthe $/i, '')
      .trimEnd()
    const after = /^ (\p{Ll}+)/u.exec(headline.slice(at + name.length))?.[1]
    return at === 0 || (at > 0 && !places.test(before) && (!after || isCommon(after)))
  })
}
