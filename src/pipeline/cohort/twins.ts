/** One slide under several ids (a link, a copy, another spelling of its address): all that is counted over slides counts it as often. */

import type { Receipt } from '../store/receipts.js'

export class Twins {
  readonly #first = new Map<string, string>()
  /** The ids of each slide that has several. */
  readonly #found = new Map<string, string[]>()

  /** By content, and by what became of it: with another mask it has other rows, and is meant so. */
  add({ slide, status, identity, rows, models }: Receipt): void {
    if (status !== 'done' || rows === 0 || identity === null) return
    const key = JSON.stringify([identity.bytes, identity.head, identity.blocks, rows, models?.map(({ classes }) => classes)])
    const first = this.#first.get(key)
    if (first === undefined) this.#first.set(key, slide)
    else if (!this.#found.get(first)?.push(slide)) this.#found.set(first, [first, slide])
  }

  get found(): readonly (readonly string[])[] {
    return [...this.#found.values()]
  }
}
