/** The size of a pixel by TIFF's own tags: pixels to the inch or to the centimetre. */

import type { Page } from './page.js'
import { tags } from './tags.js'
import { bothAxes } from './vendor.js'

/** µm in one ResolutionUnit: 2 inch, 3 centimetre; 1 is "no absolute unit". */
const units: Readonly<Record<number, number>> = { 2: 25_400, 3: 10_000 }

/** What to say of it. */
export const byTags = 'TIFF resolution tags'

export function resolutionOf({ directory }: Pick<Page, 'directory'>, warnings: string[]): { x: number; y: number } | undefined {
  const unit = units[directory.number(tags.ResolutionUnit) ?? 2]
  if (unit === undefined) return undefined
  return bothAxes((axis) => {
    const perUnit = directory.real(axis === 'X' ? tags.XResolution : tags.YResolution) ?? 0
    return perUnit > 0 ? unit / perUnit : undefined
  }, warnings)
}
