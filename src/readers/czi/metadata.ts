/** What the XML of a CZI says of the size of a pixel and of the objective. Metres. */

import { bothAxes, type FoundScale } from '../scale.js'
import { decimal } from '../tiff/decimal.js'
import { childrenOf, treeOf, within } from '../tiff/xml-tree.js'

/** Throws SLIDE_MALFORMED where it is no XML. */
export function scaleIn(xml: string, uri: string, warnings: string[]): FoundScale {
  if (xml.trim() === '') return {}
  const metadata = within(treeOf(xml, uri), 'Metadata')
  const distances = childrenOf(within(metadata, 'Scaling', 'Items'), 'Distance')
  const mpp = bothAxes((axis) => {
    const metres = decimal(
      within(
        distances.find((one) => one.said('Id') === axis),
        'Value',
      )?.text,
    )
    return metres === undefined ? undefined : metres * 1e6
  }, warnings)
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
    ...(mpp === undefined ? {} : { mpp, mppSource: 'CZI Scaling' }),
    ...(power > 0 ? { power, powerSource: 'CZI NominalMagnification' } : {}),
  }
}
