/** Where a model that is made from another goes: beside it, or into the cache when that one came with the package. */

import path from 'node:path'
import type { ModelCard } from '../../core/model.js'
import { bundledFolder, cacheFolder } from '../../models/card/find.js'

export function besideParent({ folder }: ModelCard, out: string | undefined, suffix: string): string {
  if (out !== undefined) return path.resolve(out)
  const place = path.dirname(folder) === path.resolve(bundledFolder) ? cacheFolder() : path.dirname(folder)
  return path.join(place, `${path.basename(folder)}-${suffix}`)
}
