/** Who an OME-Zarr is: what it says of itself, and files of chunks spread over each level. (A slide may have a million of them.) */

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
