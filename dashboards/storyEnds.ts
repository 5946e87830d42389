// How stories end: by themselves, dropped, or never approved; and the topics that were made for them alone. What ended is
// remembered for a while, so that its box can say so and no feed brings it back. Also looks again for what was too thin.
import type { Proposal } from '../given.ts'
import { draftMs, hourMs, keepMs, type Story } from './story.ts'
import { approve, type Keeping, keep, later, mistakeOnly, suggest } from './storyTake.ts'

const againMs = hourMs / 2
const mostAgain = 50

/** Its box says so from now on. A feed may still have what is younger than a story lives. */
async function end(keeping: Keeping, story: Story): Promise<void> {
  const expires = later(keeping, Math.max(keepMs.ended, keeping.livesMs))
  const ended = await keep(keeping, { ...story, state: 'ended', expires })
  if (story.state === 'approved') keeping.tell({ story: ended, state: 'ended' })
}

/** Ends it; what has ended is forgotten. */
export async function drop(keeping: Keeping, id: string): Promise<boolean> {
  const story = (await keeping.kept.all()).get(id)
  if (!story) return false
  if (story.state === 'ended') await keeping.kept.write(id, null)
  else await end(keeping, story)
  await endTopics(keeping)
  return true
}

/** Leaves nothing of it. */
export async function forget(keeping: Keeping, id: string): Promise<void> {
  await keeping.kept.write(id, null)
  await endTopics(keeping)
}

export async function sweep(keeping: Keeping): Promise<void> {
  for (const story of (await keeping.kept.all()).values()) {
    // Without its topic it has no box, whatever its time.
    const isBare = story.state === 'approved' && !keeping.topics.get(story.topic!)
    if (Date.parse(story.expires) > keeping.now() && !isBare) continue
    if (story.state === 'approved') await end(keeping, story)
    else await keeping.kept.write(story.id, null)
  }
  await endTopics(keeping)
}

/** Topics that were made for stories, and that no story uses any more. A proposal uses one for an hour. */
async function endTopics({ kept, topics, now }: Keeping): Promise<void> {
  const isUsing = ({ state, lookedAt }: Story) =>
    state === 'approved' || (state === 'suggested' && now() - Date.parse(lookedAt) < draftMs)
  const used = new Set([...(await kept.all()).values()].flatMap((story) => (isUsing(story) ? [story.topic] : [])))
  for (const { id, origin } of topics.list()) if (origin === 'story' && !used.has(id)) await topics.drop(id)
}

/** People post about a story after it is out: one that was too thin is looked for again, for as long as it is kept. */
export async function lookAgain(keeping: Keeping, signal: AbortSignal): Promise<void> {
  const { kept, topics, now } = keeping
  const isDue = ({ state, lookedAt }: Story) => state === 'refused' && now() - Date.parse(lookedAt) >= againMs
  const due = [...(await kept.all()).values()].filter(isDue).slice(0, mostAgain)
  const proposed = due.length ? await topics.proposeAll(due, signal) : []
  for (const [nr, story] of due.entries()) await keeping.inTurn(() => again(keeping, story, proposed[nr]!))
}

async function again(keeping: Keeping, due: Story, proposal: Proposal): Promise<void> {
  // The look took a while: somebody may have dropped or approved it.
  if ((await keeping.kept.all()).get(due.id)?.state !== 'refused') return
  const { receivedAt, expires, ...story } = due
  const found = { proposal, isAwaited: story.isAwaited }
  const next = await suggest(keeping, { ...story, topic: null }, found).catch(mistakeOnly)
  if (next instanceof Error) return
  const isReady = next.state === 'suggested' && next.isAwaited
  if (isReady) await approve(keeping, next.id, {}).catch(mistakeOnly)
  // As long as nothing is found it is as old as it was.
  else await keep(keeping, { ...next, receivedAt, ...(next.state === 'refused' && { expires }) })
}
