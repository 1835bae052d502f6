/**
 * Several files as one source: file k lies at k × 2^36, whatever its size, so that a place says which file it is in, and no range that is
 * read as one can reach from one file into the next. 2^17 files fit below 2^53.
 */

import { SlideError } from '../../core/errors.js'
import { type ByteSource, truncated } from '../byte-source.js'

/** From the beginning of one file to that of the next. */
export const FILE_STRIDE = 2 ** 36
/** A range that ends in a hole as long as this reaches no other file. */
const HOLE = 2 ** 28
export const MOST_JOINED = 2 ** 17

/** Where a byte of a file lies in the source of them all. */
export const placeIn = (file: number, offset: number): number => file * FILE_STRIDE + offset

/** Closes the files with itself. `uri`: of the slide. Throws SLIDE_TOO_LARGE for a file that has no room, or more files than fit. */
export function joinedSource(uri: string, files: readonly ByteSource[]): ByteSource {
  const large = files.find(({ size }) => size > FILE_STRIDE - HOLE)
  if (large !== undefined)
    throw new SlideError('SLIDE_TOO_LARGE', `${large.uri} has ${large.size} bytes, more than ${FILE_STRIDE - HOLE} for one file of several`)
  if (files.length > MOST_JOINED) throw new SlideError('SLIDE_TOO_LARGE', `${uri} has ${files.length} files, more than ${MOST_JOINED}`)
  const last = files.length - 1
  const { reading } = files[0] ?? {}
  return {
    uri,
    files,
    ...(reading && { reading }),
    size: files.length === 0 ? 0 : placeIn(last, files[last]!.size),
    modified: files.reduce((newest, { modified }) => Math.max(newest, modified), 0),
    async read(offset, length, signal) {
      const at = Math.floor(offset / FILE_STRIDE)
      const file = files[at]
      if (file === undefined) throw truncated(uri, offset, length, this.size)
      return file.read(offset - at * FILE_STRIDE, length, signal)
    },
    opened() {
      for (const file of files) file.opened?.()
    },
    async close() {
      await Promise.all(files.map((file) => file.close()))
    },
  }
}
