/** OME-Zarr (NGFF): from a folder to an opened slide. */

import type { SlideInfo } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import type { Listed } from '../files/files.js'
import type { OpenContext } from '../format.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import type { LevelArray } from './array.js'
import { unsupported } from './multiscale.js'
import { type Looked, lookedFor } from './parts.js'
import { type Picture, pictureAt, storeAt } from './picture.js'
import { zarrStore } from './store.js'

export async function open({ uri }: ByteSource): Promise<Opened> {
  throw unsupported(uri, 'is a file, where an OME-Zarr is a folder', 'name the folder')
}

export const openFolder = (_inside: readonly Listed[], context: OpenContext): Promise<Opened> => openStore(context)

/** Of the files of the slide, wherever they lie; `ifNone`: the way out where no store is among them. Throws SlideError. */
export async function openStore(context: OpenContext, ifNone?: string): Promise<Opened> {
  const { ref } = context
  const { documents, slide, beside, warnings: said } = await storeAt(context, ifNone)
  const warnings = [...said]
  const storeOf = ({ multiscale: { axes }, arrays, factors }: Picture) => zarrStore({ axes, arrays, factors }, documents, context)
  const store = await storeOf(slide)
  const scale = scaleOf(slide.multiscale.scale, ref, store.levels[0])
  const { width, height } = store.levels[0]!
  // Whoever opens it again has been told. Of a slide on a server all levels wait together.
  const levels = context.again ? [] : slide.arrays
  const lacking = await Promise.all(levels.map((array) => lookedFor(array, context)))
  for (const [i, array] of levels.entries()) warnings.push(...lackingIn(array, lacking[i]!))
  const info: SlideInfo = {
    id: ref.id,
    uri: ref.uri,
    kind: ref.kind,
    vendor: 'ome-zarr',
    width,
    height,
    levels: store.levels,
    ...scale,
    associated: [...beside.keys()].sort(),
    warnings: [...warnings, ...slide.multiscale.warnings, ...slide.warnings, ...scale.warnings],
    compression: slide.arrays[0]!.compression,
  }
  return {
    info,
    store,
    source: null,
    pictures: Object.fromEntries([...beside].map(([name, node]) => [name, async () => storeOf(await pictureAt(node, context, documents))])),
  }
}

/** Dark pixels are no glass. */
const DARK = 128

function lackingIn({ path, fill }: LevelArray, { looked, missing }: Looked): string[] {
  const rule = `what is not there has its fill value${fill < DARK ? ` (${fill}: black)` : ''}`
  if (missing === looked) return [`none of ${looked} files of its level ${path} that were looked for is there: ${rule}`]
  if (missing === 0 || fill >= DARK) return []
  return [`${missing} of ${looked} files of its level ${path} that were looked for are not there: ${rule}; was it copied whole?`]
}
