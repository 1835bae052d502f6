/** Who an OME-Zarr is: what it says of itself, and files of chunks spread over each level. (A slide may have a million of them.) */

import { SlideError } from '../../core/errors.js'
import type { OpenContext } from '../format.js'
import type { LevelArray } from './array.js'
import { storeAt } from './picture.js'

/** Of each level. One that is not there counts as that. */
const FILES = 32

export async function partsOf(context: OpenContext): Promise<readonly string[]> {
  const { documents, slide } = await storeAt(context)
  const paths = [...[...documents.keys()].sort(), ...slide.arrays.flatMap(someFiles)]
  return paths.map((path) => context.files.inside(path))
}

/**
 * How many files of a level were looked for, none of which is there: its folder was not copied, or its names have another separator. 0 where one was
 * found: as a rule the first tells.
 */
export async function lookedForInVain(array: LevelArray, { files }: OpenContext): Promise<number> {
  const paths = someFiles(array)
  const middle = paths.length >> 1
  for (const path of [...paths.slice(middle), ...paths.slice(0, middle)]) {
    try {
      await files.readPart(files.inside(path), 0, 0)
      return 0
    } catch (error) {
      if (!(error instanceof SlideError) || error.code !== 'SLIDE_MISSING') return 0
    }
  }
  return paths.length
}

/** Places spread evenly over all files of a level, numbered as their names are. */
function someFiles({ shape, inFile, fileOf }: LevelArray): string[] {
  const counts = shape.map((n, axis) => Math.ceil(n / inFile[axis]!))
  const all = counts.reduce((product, n) => product * n, 1)
  const several = Math.min(all, FILES)
  return Array.from({ length: several }, (_, i) => {
    let rest = Math.floor((i * all) / several)
    const place: number[] = []
    for (const count of counts.toReversed()) {
      place.unshift(rest % count)
      rest = Math.floor(rest / count)
    }
    return fileOf(place)
  })
}
