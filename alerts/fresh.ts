// What came up and was not there before, for the detector: phrases that may be new, which it then watches, and campaigns
// that began. Pure over what the given functions answer. A phrase found in a window was chosen because it stands out there:
// whoever tests it must do so on posts that came later, or count how many phrases it was chosen from.
import type { Window } from '../answers.ts'
import type { Campaign, Campaigns, Theme, Themes } from '../conclusions.ts'
import { leastAuthors } from '../estimate.ts'
import type { Topic } from '../types.ts'

/** A phrase that ten accounts and more use, with all its spellings. */
export type Candidate = Pick<Theme, 'id' | 'phrase' | 'forms' | 'authors'>

/** A theme of a window that the window of equal length before it had not, by no spelling of it. */
export async function newThemes(
  topic: Topic,
  window: Window,
  themes: (topic: Topic, window: Window) => Promise<Pick<Themes, 'themes'>>,
): Promise<Candidate[]> {
  const [{ themes: found }, { themes: old }] = [await themes(topic, window), await themes(topic, before(window))]
  const known = new Set(old.flatMap(({ forms }) => forms))
  return found
    .filter(({ forms }) => !forms.some((form) => known.has(form)))
    .map(({ id, phrase, forms, authors }) => ({ id, phrase, forms, authors }))
}

function before({ from, to }: Window): Window {
  return { from: new Date(2 * Date.parse(from) - Date.parse(to)).toISOString(), to: from }
}

/** A campaign that began is told from so much of a window's posts on. */
const leastShare = 0.03

export type Begun = Pick<Campaign, 'id' | 'posts' | 'authors' | 'window' | 'share' | 'members'>

/** A campaign whose commonest wording is another one by now goes on under the id that it was told by. */
export function underOneId(found: Begun[], before: Begun[]): Begun[] {
  const taken = new Set<string>()
  return found.map((one) => {
    const known = before.find(({ id, members }) => !taken.has(id) && members.some((post) => one.members.includes(post)))
    const id = known?.id ?? one.id
    taken.add(id)
    return { ...one, id }
  })
}

/** Campaigns of a window that the time before it had no post of. `known`: ids of those told already. */
export async function newCampaigns(
  topic: Topic,
  window: Window,
  { campaigns, known }: { campaigns: (topic: Topic, window: Window) => Promise<Campaigns>; known: ReadonlySet<string> },
): Promise<Begun[]> {
  const { campaigns: found } = await campaigns(topic, window)
  const large = found.filter(
    ({ id, authors, share }) => authors >= leastAuthors && share >= leastShare && !known.has(id),
  )
  if (!large.length) return []
  // Its commonest wording, and so its id, may be another one over a longer time; its posts are the same.
  const { campaigns: longer } = await campaigns(topic, { from: before(window).from, to: window.to })
  const older = longer.filter((one) => one.window.from < window.from)
  const isOlder = ({ id, members }: Campaign) =>
    older.some((one) => one.id === id || one.members.some((post) => members.includes(post)))
  return large
    .filter((one) => !isOlder(one))
    .map(({ id, posts, authors, window: during, share, members }) => ({
      ...{ id, posts, authors, window: during, share, members },
    }))
}
