// Towards what stance may be measured for a story: what its headline says shall be done, as a statement; a noun phrase that
// stands before its colon; and who is named. English patterns and names; nothing is better than nonsense, for a target that
// means nothing gives numbers that mean nothing. Pure, and linear in a headline that was cut before.
import { isCommon } from './commonWords.ts'
import type { Story } from './story.ts'

const mostTargets = 2
const [leastLetters, mostLetters, mostWords] = [6, 90, 14]

const intends = `votes?|voted|plans?|moves?|agrees?|agreed|vows?|decides?|decided|aims?|wants?|seeks?|pledges?|proposes?|proposed|urged|told|asked|ordered|set|ready|due|promises?|promised`
const purpose = new RegExp(`^(.{2,60}?) (?:(?:${intends}) )?to (\\p{Ll}.+)$`, 'u')
/** What follows is no deed that one may be for or against. */
const noDeed =
  /^(?:be|hold|meet|face|see|know|hear|decide|vote on|get|have|become|remain|reach|lose|win|open at|the|a|an|his|her|their)\b/i
const clauseEnd = /\s+(?:as|after|before|while|amid|despite|because|when|says?|until|over|by the end|this|next)\b.*$/iu
const stance =
  /((?:\p{L}+ )?(?:bans?|tax(?:es)?|tariffs?|dut(?:y|ies)|cuts|limits?|curbs?|sanctions|restrictions|curfews?|law|bill|deal|talks) (?:on|against|with|between|in) \p{L}+(?: (?:and|or) \p{L}+)?)/iu
const compound =
  /((?:\p{L}+ ){1,2}(?:ban|tax|tariffs?|law|bill|deal|pipeline|strike|reform|curfew|referendum|talks))\b/iu
/** A name behind one of these is where something happens. */
const places =
  /(?:^|\s)(?:in|at|near|along|off|outside|across|from|to|through|bei|im|aus|nach|en|à|au|aux|dans|em|no|na|nel|a|del?|du|da)$/iu

/** At most two. */
export function targetsOf({ headline, names }: Pick<Story, 'headline' | 'names'>): string[] {
  const line = headline.replace(/[“”"«»]/g, '').trim()
  const found = [statementIn(line), kickerOf(line), phraseIn(line), ...peopleIn(headline, names)]
  const kept: string[] = []
  for (const target of found) {
    const isNew = target && !kept.some((other) => isPartOf(target, other) || isPartOf(other, target))
    if (isNew && isSound(target)) kept.push(target)
  }
  return kept.slice(0, mostTargets)
}

const isPartOf = (one: string, other: string) => other.toLowerCase().includes(one.toLowerCase())

function isSound(target: string): boolean {
  const words = target.split(' ')
  return (
    target.length >= leastLetters - 3 &&
    target.length <= mostLetters &&
    words.length <= mostWords &&
    /\p{L}/u.test(target)
  )
}

/** "The council votes to close the bridge": "The council should close the bridge". */
function statementIn(line: string): string | undefined {
  if (/[?:;,]/.test(line)) return undefined
  const [, who = '', deed = ''] = purpose.exec(line.replace(clauseEnd, '')) ?? []
  const isPlain =
    who && deed && !noDeed.test(deed) && !/\b(?:how|why|what|when|is|are|refuses?|fails?|not|never)\b/i.test(who)
  if (!isPlain || who.split(' ').length > 5 || deed.split(' ').length < 2) return undefined
  return `${who} should ${deed}`
}

/** "School phone ban: teachers are divided": "School phone ban". One word alone may be anything. */
function kickerOf(line: string): string | undefined {
  const [, kicker = ''] = /^([^:?]{6,40}): /u.exec(line) ?? []
  const words = kicker.split(' ')
  const isPhrase =
    words.length > 1 &&
    words.length < 5 &&
    !words.some((word) => isCommon(word) || (/(?:s|ed)$/.test(word) && word === words.at(1) && words.length > 2))
  return isPhrase ? kicker : undefined
}

/** "a tariff on steel", "the nuclear deal with Iran", "a phone ban". */
function phraseIn(line: string): string | undefined {
  const found = stance.exec(line)?.[1] ?? compound.exec(line)?.[1]
  const words = found?.split(' ') ?? []
  while (words.length > 1 && (isCommon(words[0]!) || /(?:ed|ing|s)$/.test(words[0]!))) words.shift()
  return words.length > 1 ? words.join(' ') : undefined
}

/** Who or what is named, not where. */
function peopleIn(headline: string, names: string[]): string[] {
  return names.filter((name) => {
    const at = headline.indexOf(name)
    return at >= 0 && !places.test(headline.slice(0, at).trimEnd())
  })
}
