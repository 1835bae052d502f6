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
    const { bytes, head, blocks, nameless } = identity
    const became = [bytes, read, rows, models?.map(({ classes }) => classes)]
    // Of several files, which were named anew with the copy.
    const keys = [[head, blocks], ...(nameless === undefined ? [] : [[nameless]])].map((content) => JSON.stringify([...content, ...became]))
    const first = keys.map((key) => this.#first.get(key)).find((one) => one !== undefined)
    for (const key of keys) this.#first.set(key, first ?? slide)
    if (first !== undefined && !this.#found.get(first)?.push(slide)) this.#found.set(first, [first, slide])
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
