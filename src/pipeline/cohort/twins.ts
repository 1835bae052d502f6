/** One slide under several ids (a link, a copy, another spelling of its address): all that is counted over slides counts it as often. */

import { counted } from '../../core/text/counted.js'
import { someOf } from '../../core/text/some-of.js'
import type { Receipt } from '../store/receipts.js'

const shown = 3

export class Twins {
  readonly #first = new Map<string, string>()
  /** The ids of each slide that has several. */
  readonly #found = new Map<string, string[]>()

  /** By content, and by what became of it: with another mask it is meant to be there again, though both may leave as many patches. */
  add({ slide, status, identity, read, rows, models }: Receipt): void {
    if (status !== 'done' || rows === 0 || !identity) return
    const key = JSON.stringify([identity.bytes, identity.head, identity.blocks, read, rows, models?.map(({ classes }) => classes)])
    const first = this.#first.get(key)
    if (first === undefined) this.#first.set(key, slide)
    else if (!this.#found.get(first)?.push(slide)) this.#found.set(first, [first, slide])
  }

  /** Null where there is none. */
  get told(): string | null {
    const { size: count } = this.#found
    if (count === 0) return null
    const [are, counts] = count === 1 ? ['is', 'counts'] : ['are', 'count']
    const named = [...this.#found.values()].map((ids) => ids.slice(0, shown).join(' and ') + (ids.length > shown ? ' …' : ''))
    return `${counted(count, 'slide')} ${are} there under several ids, with the same rows, and ${counts} each time: ${someOf(named, shown)}`
  }
}
