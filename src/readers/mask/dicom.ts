/** A mask in DICOM: a segmentation is a picture, annotations are outlines. */

import type { SlideInfo } from '../../core/slide.js'
import type { Classes, Drawn } from '../../geometry/polygons.js'
import type { ByteSource } from '../byte-source.js'
import { headerIn } from '../dicom/deflated.js'
import { segmentationIn, segmentations } from '../dicom/segmentation.js'
import { tags } from '../dicom/tags.js'
import { defaultLimits } from '../limits.js'
import { annotations, drawAnnotations } from './annotations.js'
import type { MaskPicture } from './mask-picture.js'
import { otherObject } from './others.js'
import { openSegmentation } from './segmentation.js'

/** A header holds the place of each frame, or all outlines: of as many as people and models draw on a slide. */
const limits = { ...defaultLimits, tagBytes: 2 ** 28 }

/** What draws the outlines, pausing now and then. */
export type Outlines = Generator<number, Drawn>

/** Throws SlideError, RangeError or CodecError with what is wrong. */
export async function openDicomMask(
  file: ByteSource,
  slide: SlideInfo,
  classes: Classes | undefined,
  signal?: AbortSignal,
): Promise<MaskPicture | Outlines> {
  const { header, source, place } = await headerIn(file, limits, signal, [...segmentations, annotations])
  if ('other' in header) throw new RangeError(otherObject(header.other))
  const { set, syntax } = header
  if (set.text(tags.SOPClassUID) === annotations) return drawAnnotations(set, slide, classes, syntax.bigEndian !== true)
  return openSegmentation(segmentationIn(header, source, place, limits), slide, classes, signal)
}
