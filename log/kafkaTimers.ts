// Mends one thing inside kafkajs, from outside.

/** kafkajs computes a timer from a deadline that may lie in the past, which Node 24 warns of (kafkajs issue 1751). */
export async function withoutNegativeTimers(): Promise<void> {
  const inside = 'kafkajs/src/network/requestQueue/index.js'
  const { default: queue } = (await import(inside)) as { default: { prototype: Queue } }
  const soonMs = 10
  queue.prototype.scheduleCheckPendingRequests = function check() {
    if (this.throttleCheckTimeoutId) return
    const waitMs = Math.max(0, this.throttledUntil - Date.now())
    const look = () => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    }
    this.throttleCheckTimeoutId = setTimeout(look, waitMs || (this.pending.length ? soonMs : 0))
  }
}
interface Queue {
  pending: unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}
