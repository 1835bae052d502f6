/**
 * Where the photos lie, in pixels of full resolution: nine bytes each (a flag of 0 or 1, x, y as int32), row by row, as the scanner found them; or
 * by the overlap alone.
 */

import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { viewOf } from '../../core/bytes-of.js'
import { SlideError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'
import type { Slidedat } from './slidedat.js'

/** Photos across and down, and where one lies: null when nothing was photographed there. */
export interface Photos extends Size {
  placeOf(photo: number): { readonly x: number; readonly y: number } | null
}

const RECORD = 9

/** A row or column of photos that is not whole has no positions. */
export const photosOf = ({ images, divisions }: Slidedat): Size => ({
  width: Math.floor(images.width / divisions),
  height: Math.floor(images.height / divisions),
})

/** By the record, as it lies in its file. Throws SLIDE_MALFORMED. */
export async function recordedPhotos(slidedat: Slidedat, bytes: Uint8Array, uri: string): Promise<Photos> {
  const photos = photosOf(slidedat)
  const wanted = photos.width * photos.height * RECORD
  const record = slidedat.positions!.zlib ? await unpacked(bytes, wanted, uri) : bytes
  if (record.length !== wanted)
    throw malformed(
      uri,
      `has ${record.length} bytes of positions for ${photos.width} x ${photos.height} photos, where ${wanted} are needed`,
    )
  for (let photo = 0; photo < photos.width * photos.height; photo++) {
    const flag = record[photo * RECORD]!
    if (flag > 1) throw malformed(uri, `has a position with the flag ${flag} (photo ${photo}), where 0 or 1 is known`)
  }
  const view = viewOf(record)
  const { concat } = slidedat.levels[0]!
  return {
    ...photos,
    placeOf(photo) {
      const x = view.getInt32(photo * RECORD + 1, true) * concat
      const y = view.getInt32(photo * RECORD + 5, true) * concat
      return x === 0 && y === 0 && photo !== 0 ? null : { x, y }
    },
  }
}

/** Side by side, each over the one before by the overlap. */
export function regularPhotos(slidedat: Slidedat): Photos {
  const photos = photosOf(slidedat)
  const { image, overlap } = slidedat.levels[0]!
  const step = { x: image.width * slidedat.divisions - overlap.x, y: image.height * slidedat.divisions - overlap.y }
  return {
    ...photos,
    placeOf: (photo) => ({
      x: Math.trunc((photo % photos.width) * step.x),
      y: Math.trunc(Math.floor(photo / photos.width) * step.y),
    }),
  }
}

async function unpacked(bytes: Uint8Array, wanted: number, uri: string): Promise<Uint8Array> {
  try {
    return await promisify(inflate)(bytes, { maxOutputLength: wanted + 1 })
  } catch (cause) {
    throw malformed(uri, `has positions that cannot be unpacked: ${cause instanceof Error ? cause.message : cause}`)
  }
}

const malformed = (uri: string, fact: string) =>
  new SlideError('SLIDE_MALFORMED', `${uri} ${fact}`, { hint: 'copy the slide again, all of its files' })
