/**
 * Files that a source takes under several names, as links make them: told before a run, as it costs a look at each. Whatever else two slides may have in
 * common (copies, one address in two spellings, a series in two folders) is told by who gathers: then the content of all of them is known.
 */

import { stat } from 'node:fs/promises'
import { isAddress } from '../../core/address.js'
import type { SlideRef } from '../../core/slide.js'
import { counted } from '../../core/text/counted.js'
import { someOf } from '../../core/text/some-of.js'

const shown = 3

/** Which file it is, whatever its names; undefined where nobody can know: on a server, of a system without such numbers. */
export async function whichFile({ uri, pixels, kind }: SlideRef): Promise<string | undefined> {
  if (pixels || kind === 'set' || isAddress(uri)) return undefined
  const facts = await stat(uri, { bigint: true }).catch(() => null)
  return facts?.ino ? `${facts.dev} ${facts.ino}` : undefined
}

/** About 200 bytes a slide. */
export class Links {
  readonly #first = new Map<string, Pick<SlideRef, 'id' | 'uri'>>()
  readonly #found: string[] = []

  /** `files`: what stages read for it. With another mask a slide is meant to be there again. */
  add({ id, uri }: SlideRef, file: string | undefined, files: readonly string[]): void {
    if (file === undefined) return
    const place = [file, ...files].join(' ')
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
