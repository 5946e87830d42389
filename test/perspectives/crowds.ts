// Crowds of any kind, one for each seed: small or large, leaning or not, with themes, a past, platforms and copies, or
// without; and a topic for each.
import type { Topic } from '../../types.ts'
import { seeded } from '../store/scores.ts'
import { type Crowd, topic } from './crowd.ts'

const subjects = [
  'ring road',
  'corner shops',
  'old harbour',
  'brass band',
  'spring fair',
  'town library',
  'ice rink',
  'tram stop',
  'apple juice',
  'bell tower',
]

/** `most`: posts of the window, at most 30 more. */
export function anyCrowd(seed: number, most = 400): Crowd {
  const random = seeded(seed)
  const themes = Array.from({ length: Math.floor(random() * 4) }, (_, nr) => ({
    phrase: subjects[(seed + nr * 3) % subjects.length]!,
    share: 0.08 + random() * 0.25,
    darker: (random() - 0.5) * 0.9,
  }))
  const earlier = random() < 0.6 ? { posts: 40 + Math.floor((random() * most) / 2), negative: random() } : undefined
  return {
    ...{ seed, themes, posts: 30 + Math.floor(random() ** 2 * most), authors: 12 + Math.floor(random() * 250) },
    ...{ negative: 0.1 + random() * 0.8, favor: 0.1 + random() * 0.8 },
    ...(earlier ? { earlier } : {}),
    ...(random() < 0.3 ? { sources: ['bluesky', 'mastodon'], apart: random() - 0.5 } : {}),
    copies: random() < 0.2 ? 20 : 0,
  }
}

export const aboutOf = (seed: number): Topic => ({
  ...topic,
  id: `topic-${seed}`,
  name: `the ${subjects[seed % 10]} plan`,
})
