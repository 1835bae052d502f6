/**
 * Files that a source takes under several names, as links make them: told before a run, as it costs a look at each. Whatever else two slides may have in
 * common (copies, one address in two spellings, a series in two folders) is told by who gathers: then the content of all of them is known.
 */

import { stat } from 'node:fs/promises'
import { isAddress } from '../../core/address.js'
import { counted } from '../../core/counted.js'
import type { SlideRef } from '../../core/slide.js'
import { someOf } from '../../core/some-of.js'

const shown = 3

/** About 200 bytes a slide. */
export class Links {
  readonly #first = new Map<string, Pick<SlideRef, 'id' | 'uri'>>()
  readonly #found: string[] = []

  /** `files`: what stages read for it. With another mask a slide is meant to be there again. */
  async look({ id, uri, pixels, kind }: SlideRef, files: readonly string[]): Promise<void> {
    if (pixels || kind === 'set' || isAddress(uri)) return
    const facts = await stat(uri, { bigint: true }).catch(() => null)
    // Without a number there is nothing to know a file by.
    if (!facts?.ino) return
    const place = [facts.dev, facts.ino, ...files].join(' ')
    const first = this.#first.get(place)
    if (first === undefined) this.#first.set(place, { id, uri })
    // The same name twice in a list is told of the list.
    else if (first.uri !== uri) this.#found.push(`${id} is ${first.id}`)
  }

  get told(): readonly string[] {
    const { length: count } = this.#found
    if (count === 0) return []
    const links = `${counted(count, 'file')} ${count === 1 ? 'is a link' : 'are links'}`
    return [`${links} to another that is taken as well, and ${count === 1 ? 'counts' : 'count'} again: ${someOf(this.#found, shown)}`]
  }
}
