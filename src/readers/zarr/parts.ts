/** Who an OME-Zarr is: what it says of itself, and files of chunks spread over each level. (A slide may have a million of them.) */

import { isAddress } from '../../core/address.js'
import { isMissing } from '../files/files.js'
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

/** Of a slide on a server the first file that is there tells; here, where it costs little, all are looked for. */
export interface Looked {
  readonly looked: number
  readonly missing: number
}

/** How many files of a level were looked for, and how many of them are not there: its folder was not copied whole, or its names have another separator. */
export async function lookedFor(array: LevelArray, { files, ref }: OpenContext): Promise<Looked> {
  const paths = someFiles(array)
  const middle = paths.length >> 1
  let missing = 0
  for (const path of [...paths.slice(middle), ...paths.slice(0, middle)]) {
    try {
      await files.readPart(files.inside(path), 0, 0)
      if (isAddress(ref.uri)) break
    } catch (error) {
      if (!isMissing(error)) break
      missing++
    }
  }
  return { looked: paths.length, missing: isAddress(ref.uri) && missing < paths.length ? 0 : missing }
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
