// When there is no paragraph, and why: each refusal names its reason and what would mend it. Pure.
import type { Coverage } from '../answers.ts'
import type { Refusal } from '../conclusions.ts'
import { leastAuthors } from '../estimate.ts'
import type { Facts } from './facts.ts'
import { counted } from './words.ts'

/** No paragraph on fewer scored posts than this, nor on fewer authors than an estimate needs. */
export const minPosts = 20
export const leastSentences = 2
/** Where the model finds nothing about any target in this share of the posts, they are about something else. */
const offTopic = 0.93

export const noEvidence: Refusal = {
  reason: 'not enough evidence',
  missing: 'The posts of this window support no two sentences that can be checked. Try a longer window.',
}

/** null: there is enough to go on. */
export function refusalOf(facts: Facts, { posts, unscored }: Coverage): Refusal | null {
  if (posts === 0)
    return { reason: 'no posts', missing: 'No post about this topic in this window. Try a longer window.' }
  const { scored, scoredAuthors } = facts
  if (scored === 0) {
    const why = unscored.language ? 'All its posts are in languages the model does not read.' : 'None could be scored.'
    return { reason: 'no readable posts', missing: why }
  }
  if (scoredAuthors < leastAuthors || scored < minPosts) return tooFew(facts)
  const [copied] = facts.campaigns
  if (copied && copied.share > 0.9)
    return {
      reason: 'copies of one text',
      missing: `${counted(copied.posts, 'post')} of this window are near-copies of one text: that is one voice, many times.`,
    }
  return isOffTopic(facts) ? astray(facts) : null
}

function tooFew({ scored, scoredAuthors }: Facts): Refusal {
  const [fewAuthors, fewPosts] = [leastAuthors - scoredAuthors, minPosts - scored]
  const lack = [
    ...(fewAuthors > 0 ? [counted(fewAuthors, 'more account')] : []),
    ...(fewPosts > 0 ? [counted(fewPosts, 'more readable post')] : []),
  ]
  const verb = lack.length === 1 && Math.max(fewAuthors, fewPosts) === 1 ? 'is' : 'are'
  return {
    reason: 'too few voices',
    missing: `At least ${lack.join(' and ')} ${verb} needed: a longer window may have them.`,
  }
}

/** The model finds none of the targets in nearly any post. */
function isOffTopic({ topic, shares }: Facts): boolean {
  const neither = topic.targets.map(({ id }) => shares.get(`stance.${id}.neither`)?.estimate ?? 0)
  return neither.length > 0 && neither.every((share) => share >= offTopic)
}

function astray({ topic }: Facts): Refusal {
  const targets = topic.targets.map(({ text }) => `“${text}”`).join(' or ')
  return {
    reason: 'off topic',
    missing: `Nearly none of these posts says anything on ${targets}. Read a few of them: the query may catch another subject, or the target may not fit.`,
  }
}
