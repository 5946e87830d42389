import type { ScoredPost } from '../answers.ts'
import type { Campaign } from '../conclusions.ts'
export const campaignsOf = (_: ScoredPost[]): Campaign[] => []
