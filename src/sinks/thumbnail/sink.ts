/** Opens the thumbnail sink. The rows do not matter to it: the picture is drawn when they end. */

import type { Writable } from 'node:stream'
import type { SinkContext } from '../../core/sink.js'
import type { Resolution } from '../../geometry/resolution.js'
import { batchSink } from '../common/batch-sink.js'
import { canvasOf, canvasOfLongest } from '../picture/canvas.js'
import { descriptionOf, softwareOf } from '../picture/metadata.js'
import { type PictureOut, rgbOut } from '../picture/out.js'
import { writeBase } from '../picture/write-base.js'

export interface ThumbnailOptions {
  readonly at?: Resolution | undefined
  readonly longest?: number | undefined
}

export default async function openThumbnail({ at, longest }: ThumbnailOptions, context: SinkContext): Promise<Writable> {
  const { slide, path } = context
  const canvas = at ? canvasOf(slide.info, at) : canvasOfLongest(slide.info, longest ?? 1024)
  const out: PictureOut = await rgbOut(path, {
    width: canvas.width,
    height: canvas.height,
    ...(canvas.mpp ? { mpp: canvas.mpp } : {}),
    description: descriptionOf('thumbnail', context, canvas, {}),
    software: softwareOf(context),
  })
  return batchSink({
    every: 1024,
    write: async () => undefined,
    finish: async () => {
      await writeBase(context, canvas, out)
      await out.finish()
    },
    close: () => out.close(),
  })
}
