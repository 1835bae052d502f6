/** What slides of a post share and what takes long to make, their crew: made for the first of them, kept warm, and made anew for the next one once it is broken. */

import { succeeds } from '../core/succeeds.js'

export class Kept<T extends { close(): Promise<void> }> {
  #now: Promise<T> | undefined
  /** How many have each of them in hand. */
  readonly #hands = new Map<Promise<T>, number>()

  constructor(private readonly make: () => Promise<T>) {}

  /** Works with what is kept. `isBroken` is told what the work threw: whether the next one shall have another. One that could not be made is not kept. */
  async use<R>(work: (kept: T) => Promise<R>, isBroken: (error: unknown) => boolean): Promise<R> {
    this.#now ??= this.make()
    const own = this.#now
    this.#hands.set(own, (this.#hands.get(own) ?? 0) + 1)
    try {
      return await work(await own)
    } catch (error) {
      const isMade = await succeeds(own)
      if (this.#now === own && (!isMade || isBroken(error))) this.#now = undefined
      throw error
    } finally {
      const left = (this.#hands.get(own) ?? 0) - 1
      // Those beside it may still be at work with it: the last one closes it.
      if (left === 0 && this.#now !== own) await this.#close(own)
      else if (left >= 0) this.#hands.set(own, left)
    }
  }

  async close(): Promise<void> {
    const all = new Set([...this.#hands.keys(), ...(this.#now ? [this.#now] : [])])
    this.#now = undefined
    await Promise.all([...all].map((one) => this.#close(one)))
  }

  async #close(one: Promise<T>): Promise<void> {
    this.#hands.delete(one)
    const made = await one.catch(() => undefined)
    await made?.close()
  }
}
