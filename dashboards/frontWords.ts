// The words between the thread in front and the one behind it. Both are taken off whatever comes from outside.

/** Who is at the other end of the connection. */
export const peerHeader = 'x-undercurrent-peer'
/** Grows whenever a box says something else. */
export const generationHeader = 'x-undercurrent-generation'
