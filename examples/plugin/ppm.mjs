/**
 * Reads PPM (P6): a header in words, then the pixels as they are.
 *
 *     P6\n640 480\n255\n  RGB RGB RGB …
 *
 * It says where the bytes of a tile are and what they mean; levels, cache and resampling are tiastream's. A tile is some whole rows, so that
 * nothing is read that is not asked for.
 */

import { levelOf, SlideError } from 'tiastream'

const rowsOfTile = 64

export async function open(source, { ref }) {
  const head = Buffer.from(await source.read(0, Math.min(64, source.size))).toString('latin1')
  const [all, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(head)?.map((part, i) => (i === 0 ? part : Number(part))) ?? []
  if (!all) throw new SlideError('SLIDE_UNSUPPORTED', `${source.uri} is a PPM with comments, or of other than 8 bits`)
  const row = width * 3
  if (source.size < all.length + row * height) throw new SlideError('SLIDE_TRUNCATED', `${source.uri} ends before its last row`)
  const level = levelOf(width, height, { width, height: Math.min(rowsOfTile, height) })
  const rowsOf = (index) => Math.min(level.tile.height, height - index * level.tile.height)
  return {
    info: {
      id: ref.id,
      uri: ref.uri,
      kind: 'slide',
      vendor: 'ppm',
      width,
      height,
      levels: [level],
      ...(ref.mpp === undefined ? {} : { mpp: { x: ref.mpp, y: ref.mpp }, mppSource: 'given in the list' }),
      associated: [],
      warnings: [],
      compression: 'none',
    },
    store: {
      levels: [level],
      extents: (_, index) => [{ offset: all.length + index * level.tile.height * row, length: rowsOf(index) * row }],
      decode: (_, index, [bytes]) => ({ width, height: rowsOf(index), data: bytes }),
    },
    source,
    pictures: {},
  }
}
