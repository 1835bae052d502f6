/** What the XML of a CZI says of the size of a pixel and of the objective. Metres. */

import type { FoundScale } from '../scale.js'
import { decimal } from '../tiff/decimal.js'
import { childrenOf, treeOf, within } from '../tiff/xml-tree.js'

/** Throws SLIDE_MALFORMED where it is no XML. */
export function scaleIn(xml: string, uri: string): FoundScale {
  if (xml.trim() === '') return {}
  const metadata = within(treeOf(xml, uri), 'Metadata')
  const distances = childrenOf(within(metadata, 'Scaling', 'Items'), 'Distance')
  const metres = (id: string) =>
    decimal(
      within(
        distances.find((one) => one.said('Id') === id),
        'Value',
      )?.text,
    ) ?? 0
  const [x, y] = [metres('X') * 1e6, metres('Y') * 1e6]
  const used = within(metadata, 'Information', 'Image', 'ObjectiveSettings', 'ObjectiveRef')?.said('Id')
  const objectives = childrenOf(within(metadata, 'Information', 'Instrument', 'Objectives'), 'Objective')
  const power =
    decimal(
      within(
        objectives.find((one) => one.said('Id') === used),
        'NominalMagnification',
      )?.text,
    ) ?? 0
  return {
    ...(x > 0 && y > 0 ? { mpp: { x, y }, mppSource: 'CZI Scaling' } : {}),
    ...(power > 0 ? { power, powerSource: 'CZI NominalMagnification' } : {}),
  }
}
