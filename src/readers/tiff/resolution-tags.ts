/** The size of a pixel by TIFF's own tags: pixels to the inch or to the centimetre, or to what ImageJ says. */

import { micrometresOf } from '../length.js'
import { bothAxes, COARSEST } from '../scale.js'
import type { Page } from './page.js'
import { tags } from './tags.js'

/** µm in one ResolutionUnit: 2 inch, 3 centimetre; 4 and 5 are DNG's (tifffile writes them); 1 is "no absolute unit". */
const units: Readonly<Record<number, number>> = { 2: 25_400, 3: 10_000, 4: 1000, 5: 1 }

/** What to say of it. */
export const byTags = 'TIFF resolution tags'

export function resolutionOf(
  { directory, description }: Pick<Page, 'directory' | 'description'>,
  warnings: string[],
): { x: number; y: number } | undefined {
  const code = directory.number(tags.ResolutionUnit) ?? 2
  const unit = code === 1 ? imagejUnit(description) : units[code]
  if (unit === undefined) return undefined
  const found = bothAxes((axis) => {
    const perUnit = directory.real(axis === 'X' ? tags.XResolution : tags.YResolution) ?? 0
    return perUnit > 0 ? unit / perUnit : undefined
  }, warnings)
  // Nobody counts a microscope's pixels to the inch: of a print's number nothing needs to be said.
  if (found !== undefined && !directory.has(tags.ResolutionUnit) && found.x < COARSEST)
    warnings.push('its resolution tags name no unit: inches are meant then, as TIFF has it; is it centimetres?')
  return found
}

/** ImageJ leaves every unit but inch and centimetre to its description: `unit=micron`, and a letter that is not ASCII as `\u00B5`. */
function imagejUnit(description: string): number | undefined {
  const unit = description.startsWith('ImageJ=') ? /^unit=(.+)$/m.exec(description)?.[1] : undefined
  if (unit === undefined) return undefined
  return micrometresOf(unit.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))))
}
