// The words between the thread in front and the main thread. The headers are taken off whatever comes from outside.

/** Who is at the other end of the connection. */
export const peerHeader = 'x-undercurrent-peer'
/** On answers that say how far everything is: of which state of the boxes they are. */
export const generationHeader = 'x-undercurrent-generation'

/** Boxes say something else: those whose addresses begin like one of these. */
export interface Changed {
  generation: number
  paths: string[]
}
