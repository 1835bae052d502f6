/** Opens a mask file as rows of zeros and ones. What it is, its first bytes say, not its name. */

import type { SlideInfo } from '../../core/slide.js'
import { npyMagic } from '../../geometry/npy.js'
import type { Classes } from '../../geometry/polygons.js'
import type { ByteSource } from '../byte-source.js'
import { begins, isDicom, isJpeg, isPng, isTiff, isWebp } from '../format.js'
import { defaultLimits } from '../limits.js'
import type { Numbers } from './chosen.js'
import type { Outlines } from './dicom.js'
import type { MaskFile, MaskPicture } from './mask-picture.js'
import { otherFormat, textOf } from './others.js'

export type { MaskPicture } from './mask-picture.js'

interface MaskFormat {
  readonly is: (head: Uint8Array) => boolean
  readonly open: (file: MaskFile) => Promise<MaskPicture>
}

const picture: MaskFormat['open'] = async (file) => (await import('./picture.js')).openPicture(file)

const maskFormats: readonly MaskFormat[] = [
  { is: (head) => begins(head, npyMagic), open: async (file) => (await import('./npy.js')).openNpy(file) },
  { is: isPng, open: async (file) => (await import('./png.js')).openPng(file) },
  { is: isTiff, open: async (file) => (await import('./tiff.js')).openTiff(file) },
  { is: isJpeg, open: picture },
  { is: isWebp, open: picture },
  { is: (head) => begins(head, 'GIF8'), open: picture },
]

/** Null for a text, which is no picture; of annotations in DICOM what draws them. The source stays open. Throws SlideError, RangeError or CodecError with what is wrong. */
export async function openMaskPicture(
  source: ByteSource,
  slide: SlideInfo,
  signal?: AbortSignal,
  classes?: Classes,
): Promise<MaskPicture | Outlines | null> {
  if (source.size === 0) throw new RangeError('it is empty')
  const head = await source.read(0, Math.min(132, source.size), signal)
  if (isDicom(head)) return (await import('./dicom.js')).openDicomMask(source, slide, classes, signal)
  const format = maskFormats.find(({ is }) => is(head))
  if (format !== undefined) return format.open({ source, limits: defaultLimits, slide, signal, numbers: numbersOf(classes) })
  if (!/^[[{<]/.test(textOf(head))) throw new RangeError(otherFormat(head))
  return null
}

function numbersOf(classes: Classes | undefined): Numbers | undefined {
  if (classes === undefined) return undefined
  const { only, not } = classes
  const odd = [...(only ?? []), ...not].find((name) => name.trim() === '' || !Number.isFinite(Number(name)))
  if (odd !== undefined) throw new RangeError(`it is a picture, whose classes are numbers: '${odd}' is none`)
  return { ...(only === undefined ? {} : { only: only.map(Number) }), not: not.map(Number) }
}
