/** Where a patch lies, in words, and the address that opens it in the viewer. */

import type { Region } from '../../geometry/region.js'
import { magnificationOf } from '../../geometry/resolution.js'
import { threeDigits } from '../../geometry/round.js'
import type { TableMetadata } from '../../sinks/common/metadata.js'
import { viewerPort } from '../viewer-port.js'

/** Magnification at which a patch is looked at, where the slide has as much. */
const magnification = 20

/** Of the middle of the patch. Null for sets, which the viewer does not show. */
export function linkTo(slide: TableMetadata['slide'], { x, y, width, height }: Region): string | null {
  if (slide.kind === 'set') return null
  const most = magnificationOf(slide)
  const query = new URLSearchParams({ slide: slide.id, x: String(Math.round(x + width / 2)), y: String(Math.round(y + height / 2)) })
  if (most !== null) query.set('zoom', String(threeDigits(Math.min(magnification, most))))
  return `http://127.0.0.1:${viewerPort}/?${query}`
}

export const placeText = ({ x, y }: Region): string => `${Math.round(x)}, ${Math.round(y)}`
