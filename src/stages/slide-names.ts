/** How files of others say of which slide they are. */

import path from 'node:path'
import { nameIn } from '../core/address.js'
import type { SlideInfo } from '../core/slide.js'

/** `said`, as other programs shorten it: with or without its folder and ending. */
export function isNameOf(said: string, { id, uri }: Pick<SlideInfo, 'id' | 'uri'>): boolean {
  const [bare, file] = [nameIn(said), nameIn(uri)]
  const without = bare.slice(0, bare.length - path.extname(bare).length)
  return [bare, without].some((name) => name === id || name === file || file.startsWith(`${name}.`) || id.startsWith(`${name}.`))
}
