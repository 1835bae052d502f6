/** A look at the first tile of a page: a slide whose tiles nobody here can decode is refused when it is opened, not tile by tile. */

import { readJpegHeader } from '../../codecs/jpeg-header.js'
import { readJpeg2000Header } from '../../codecs/jpeg2000-header.js'
import { UnsupportedData } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import { compressionOf, type Page } from './page.js'
import { extentsOf, type TileTable } from './tile-table.js'

/** Enough for the headers of a JPEG or JPEG 2000 tile; a colour profile in it may be longer, then its tiles tell. */
const HEAD = 65_536

export async function refuseUnsupported(page: Page, table: TileTable, source: ByteSource, signal?: AbortSignal): Promise<void> {
  const compression = compressionOf(page)
  if (compression !== 'jpeg' && compression !== 'jpeg2000') return
  const head = await firstTile(page, table, source, signal)
  if (head === null) return
  try {
    if (compression === 'jpeg2000') {
      const { steps } = readJpeg2000Header(head, { maxWidth: page.tile.width, maxHeight: page.tile.height })
      // A fourth component that no tag speaks of may be anything.
      if (steps.length === 4 && page.samples !== 4)
        throw new UnsupportedData(`the JPEG 2000 data has 4 components, its page ${page.samples}`)
    } else {
      const { components } = readJpegHeader(head)
      if (components !== 1 && components !== 3) throw new UnsupportedData(`the JPEG data has ${components} components, not 3`)
    }
  } catch (error) {
    // What is damaged is the tile's own error.
    if (!(error instanceof UnsupportedData)) return
    throw new SlideError('SLIDE_UNSUPPORTED', `${source.uri}: ${error.message}`, {
      hint: 'convert it: vips tiffsave in out.tif --tile --pyramid --compression jpeg',
      cause: error,
    })
  }
}

async function firstTile(page: Page, table: TileTable, source: ByteSource, signal?: AbortSignal): Promise<Uint8Array | null> {
  for (let i = 0; i < table.tiles; i++) {
    const extent = extentsOf(page, table, i)?.[0]
    if (extent !== undefined) return source.read(extent.offset, Math.min(extent.length, HEAD), signal)
  }
  return null
}
