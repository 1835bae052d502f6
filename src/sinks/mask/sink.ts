/** Opens the mask sink. The rows do not matter to it: the mask is written when they end. */

import type { Writable } from 'node:stream'
import type { Rgb } from '../../codecs/tiff-writer/writer.js'
import { SlideError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import { side } from '../../geometry/bit-blocks.js'
import { batchSink } from '../common/batch-sink.js'
import { softwareOf } from '../picture/metadata.js'
import { type PictureOut, palettePng } from '../picture/out.js'

/** No tissue, tissue. */
const palette: readonly Rgb[] = [
  [0, 0, 0],
  [255, 255, 255],
]

export default async function openMask(_options: unknown, context: SinkContext): Promise<Writable> {
  let out: PictureOut | undefined
  /** With the first rows that are not of a journal the mask is known: that there is none, or one too large for PNG, is told then, not after hours. */
  const begin = async () => {
    const mask = context.mask?.()
    if (!mask) {
      throw new SlideError('MASK_MISSING', `${context.slide.info.uri} has no tissue mask to save`, {
        hint: 'a tile, or a slide whose mask is none, has none: leave the mask sink out for them',
        at: { slide: context.slide.info.id },
      })
    }
    const { width, height } = mask.shown
    const { slide, provenance } = context
    const description = JSON.stringify({ tiastream: 'mask', slide: slide.info.id, fingerprint: provenance.fingerprint })
    out ??= await palettePng(context.path, { width, height, description, software: softwareOf(context) }, palette)
    return { out, mask }
  }
  return batchSink({
    every: 512,
    write: async () => {
      if (!out && context.mask?.() !== undefined) await begin()
    },
    finish: async () => {
      const { out: picture, mask } = await begin()
      for (let top = 0; top < mask.shown.height; top += side) {
        context.signal.throwIfAborted()
        await picture.write(mask.rowsShown(top, Math.min(side, mask.shown.height - top)))
      }
      await picture.finish()
    },
    close: async () => out?.close(),
  })
}
