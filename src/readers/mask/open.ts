/** Opens a mask file as rows of zeros and ones. What it is, its first bytes say, not its name. */

import { npyMagic } from '../../geometry/npy.js'
import type { Size } from '../../geometry/region.js'
import { openFile } from '../byte-source.js'
import { begins, isJpeg, isPng, isTiff, isWebp } from '../format.js'
import { defaultLimits } from '../limits.js'
import type { MaskFile, MaskPicture } from './mask-picture.js'

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

export interface OpenedMask extends MaskPicture {
  close(): Promise<void>
}

/** Null for a text, which is no picture. Throws SlideError, RangeError or CodecError with what is wrong. */
export async function openMaskPicture(uri: string, slide: Size, signal?: AbortSignal): Promise<OpenedMask | null> {
  const source = await openFile(uri)
  try {
    if (source.size === 0) throw new RangeError('it is empty')
    const head = await source.read(0, Math.min(64, source.size), signal)
    const format = maskFormats.find(({ is }) => is(head))
    if (format === undefined) {
      const first = new TextDecoder('latin1')
        .decode(head)
        .replace(/^\u00ef\u00bb\u00bf/, '')
        .trimStart()
      if (!/^[[{]/.test(first))
        throw new RangeError(begins(head, 'PK') ? 'it is an archive (.npz?): save one array with numpy.save' : 'it is of no known format')
      await source.close()
      return null
    }
    const mask = await format.open({ source, limits: defaultLimits, slide, signal })
    return { ...mask, rows: (s) => mask.rows(s), close: () => source.close() }
  } catch (error) {
    await source.close()
    throw error
  }
}
