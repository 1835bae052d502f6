/**
 * A server that says a byte now and then is never silent, and never comes to its end. So in six times the silence that it may keep it has to say 4 KiB,
 * or be done: over a modem (56 kbit/s) 64 connections at once get more than that.
 */

const leastBytes = 4096
const silences = 6

/** Milliseconds that a server may take for next to nothing, by the silence that it may keep. */
export const slowMsOf = (quietMs: number): number => silences * quietMs

export class Pace {
  #looked: number
  #last = 0
  /** Since so many bytes had come, and for so long something came at all. */
  #from = 0
  #spentMs = 0

  /** Milliseconds: how long less may come, and the clock now. */
  constructor(
    private readonly slowMs: number,
    now: number,
  ) {
    this.#looked = now
  }

  /**
   * `came`: bytes from the beginning on. Why it is given up, or null. Silence is no slowness: how long that may last is another's matter, and what is sent
   * meanwhile takes its time. Nor is one late look: who looks may have been at work.
   */
  tooSlow(came: number, now: number): string | null {
    if (came !== this.#last) this.#spentMs += Math.min(now - this.#looked, this.slowMs / 3)
    this.#looked = now
    this.#last = came
    if (came - this.#from >= leastBytes) {
      this.#from = came
      this.#spentMs = 0
    }
    return this.#spentMs >= this.slowMs ? `less than ${leastBytes} bytes came in ${this.slowMs / 1000} s` : null
  }
}
