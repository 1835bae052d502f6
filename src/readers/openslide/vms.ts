/** The files of a Hamamatsu VMS slide: an INI text names its JPEGs, which lie beside it. OpenSlide reads them; who the slide is follows from all. */

import type { ByteSource } from '../byte-source.js'
import type { OpenContext } from '../format.js'

/** Of a .vms: real ones have some thousand. */
const MOST_BYTES = 2 ** 20

const named = /^[ \t]*(?:ImageFile(?:\(\d+(?:,\d+){1,2}\))?|MapFile|MacroImage|OptimisationFile)[ \t]*=[ \t]*(\S.*)$/gm

export async function vmsFiles(source: ByteSource, { files }: OpenContext): Promise<readonly string[]> {
  const text = Buffer.from(await source.read(0, Math.min(source.size, MOST_BYTES))).toString('utf8')
  const names = new Set([...text.matchAll(named)].map(([, name]) => name!.trimEnd()))
  return [source.uri, ...[...names].map((name) => files.sibling(name))]
}
