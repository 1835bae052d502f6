/** Small DICOM slides in every codec and with every table, for the fuzzer. */

import { el } from '../../fixtures/dicom-file.js'
import { rle, type SlideFile, slideFile, syntaxes, tilesOf } from '../../fixtures/dicom-slide.js'
import { onWhite, whole } from '../../fixtures/pixels.js'
import { jpegLossless, stream } from '../../test/readers/dicom/codestreams.js'
import { codestream } from '../../test/readers/jpeg2000-tiles.js'

export const dicomWords = [
  'TILED_SPARSE',
  'YBR_FULL_422',
  'VOLUME',
  '1.2.840.10008.1.2.4.50',
  '1.2.840.10008.1.2.5\0',
  '1.2.840.10008.1.2.2\0',
  '1.2.840.10008.1.2.1.99',
  '\x7f\xe0\0\x10OW\0\0',
  '\xfe\xff\0\xe0\xff\xff\xff\xff',
  '\xfe\xff\xdd\xe0\0\0\0\0',
  '\0\x52\x30\x92SQ\0\0\xff\xff\xff\xff',
  '\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff',
  '\xe0\x7f\x01\0OV\0\0',
]

const side = 16

export function dicomFiles(): Buffer[] {
  const file = (more: Pick<SlideFile, 'syntax' | 'pixels'> & Partial<SlideFile>) =>
    slideFile({
      uid: '9',
      size: { width: side, height: side },
      tile: side,
      changes: { 2621444: el(0x0028_0004, 'CS', 'YBR_RCT') },
      ...more,
    })
  const frame = onWhite(whole, 2 * side, 2 * side)
  const frames = tilesOf(frame, side).map((tile) => rle(tile, side))
  return [
    file({ syntax: syntaxes.jpegLs, pixels: { frames: [stream('jpegLs')], table: 'basic' } }),
    file({ syntax: syntaxes.htj2k, pixels: { frames: [stream('htj2k')], table: 'extended' } }),
    file({ syntax: syntaxes.jpeg2000, pixels: { frames: [codestream('rgb')], table: 'none' }, delimited: true }),
    file({ syntax: syntaxes.rle, size: frame, pixels: { frames, table: 'basic', fragment: 64 } }),
    file({ syntax: syntaxes.rle, size: frame, pixels: { frames, table: 'none' } }),
    file({ syntax: syntaxes.jpegLossless, pixels: { frames: [jpegLossless[4]!], table: 'basic' } }),
    file({ syntax: syntaxes.deflated, size: frame, pixels: { frames: tilesOf(frame, side), table: 'native' } }),
    file({ syntax: syntaxes.bigEndian, size: frame, pixels: { frames: tilesOf(frame, side), table: 'native' } }),
    file({ syntax: syntaxes.implicit, size: frame, pixels: { frames: tilesOf(frame, side), table: 'native' } }),
  ]
}
