/** What a picture says of itself, as one line of JSON: what made it, from which slide, at which resolution, and what its values mean. */

import { nameIn } from '../../core/address.js'
import type { SinkContext } from '../../core/sink.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import type { Canvas } from './canvas.js'

export function descriptionOf(
  kind: string,
  { slide, provenance }: SinkContext,
  canvas: Canvas,
  values: Readonly<Record<string, unknown>>,
): string {
  const { model, grid } = provenance
  return JSON.stringify({
    tiastream: kind,
    version: provenance.tiastreamVersion,
    fingerprint: provenance.fingerprint,
    ...(model ? { model: { name: model.name, sha256: model.sha256 } } : {}),
    ...(grid ? { patches: { at: formatResolution(grid.at), size: grid.patch, ...(grid.placed ? {} : { stride: grid.stride }) } } : {}),
    slide: { id: slide.info.id, name: nameIn(slide.info.uri), width: slide.info.width, height: slide.info.height },
    at: formatResolution(canvas.at),
    ...(canvas.mpp ? { mpp: canvas.mpp } : {}),
    ...values,
  })
}

export const softwareOf = ({ provenance }: Pick<SinkContext, 'provenance'>): string => `tiastream ${provenance.tiastreamVersion}`
