/**
 * A TIFF of a set. What our own reader of TIFF reads (8 bits of RGB or grey) it reads here, too. The rest (palettes, 16 bits, CMYK, turned
 * pictures …) is left to libvips, less what that would read as another picture without a word: of a tile that it cannot decode it makes black.
 */

import { loadUnpack } from '../../codecs/load.js'
import { CodecError, type Picture, UnsupportedData } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import type { ByteSource, Extent } from '../byte-source.js'
import { defaultLimits } from '../limits.js'
import { PictureReader } from '../picture-reader.js'
import { type Directory, readDirectories } from '../tiff/directory.js'
import { refuseHiddenFrames } from '../tiff/frames.js'
import { compressionOf, obstacle, type Page, pageOf } from '../tiff/page.js'
import { placedIn, tiffStore } from '../tiff/store.js'
import { photometrics, tags } from '../tiff/tags.js'
import { extentsOf, readTileTable, type TileTable, tileBytes } from '../tiff/tile-table.js'
import { isMask, type PageTree, refuseLargerSubs } from '../tiff/vendor.js'

export interface TiffPicture {
  readonly page: Page
  /** Our own reader reads it. */
  readonly own: boolean
}

/** Its first page; null where it is too odd for our own reader. Throws SlideError or CodecError for what is no picture of a set. */
export async function tiffPicture(source: ByteSource): Promise<TiffPicture | null> {
  const { uri, size } = source
  const trees = await treesOf(source)
  const pages = trees.map(({ page }) => page)
  const [page, ...others] = pages
  if (page === undefined) return null
  refuseRivals(page, others)
  refuseLargerSubs(page, trees, uri)
  refuseHiddenFrames(pages, uri, size)
  const own = obstacle(page, true) === null
  if (!own) refuseMisread(page, uri)
  return { page, own }
}

/** Null where only libvips may know how its data is to be decoded. Throws SlideError or CodecError. */
export async function decodeTiff({ page, own }: TiffPicture, source: ByteSource, mostPixels: number): Promise<Picture | null> {
  if (!own) {
    if (page.tiled && compressionOf(page) !== 'jpeg') await checkTiles(page, source)
    return null
  }
  const { width, height } = page
  if (width * height > mostPixels) throw new CodecError(`it has ${width} x ${height} pixels, more than ${mostPixels}`)
  try {
    const placed = await placedIn([page], { source, limits: defaultLimits, warnings: [] })
    wholeTable(page, await placed[0]!.read([]))
    const store = await tiffStore(placed, { speed: 'exact', alpha: 'dropped' }, defaultLimits)
    const reader = new PictureReader(store, source, { uri: source.uri, cacheBytes: 0, limits: defaultLimits })
    const data = new Uint8Array(width * height * 3)
    const [error] = await reader.read([{ region: { x: 0, y: 0, width, height }, width, height, level: 0 }], [data], {})
    reader.close()
    if (error) throw error
    return { width, height, channels: 3, data }
  } catch (error) {
    // A JPEG of a rare kind, of which libvips says what is wrong with it.
    if (error instanceof SlideError && error.code === 'SLIDE_UNSUPPORTED' && compressionOf(page) === 'jpeg') return null
    throw error
  }
}

/** The others are smaller (a pyramid) or masks, or nobody knows which is meant. */
function refuseRivals(first: Page, others: readonly Page[]): void {
  const rival = others.findIndex((page) => !isMask(page) && page.width * page.height >= first.width * first.height)
  if (rival >= 0)
    throw new UnsupportedData(
      `the picture has ${others.length + 1} pages, and page ${rival + 2} is as large as the first: which one is meant?`,
    )
}

/** libvips takes YCbCr that is no JPEG for RGB, mixes planes of grey up, and of Lab says that its header is corrupt. */
function refuseMisread(page: Page, uri: string): void {
  const { photometric, samples, planar } = page
  const hint = 'convert it to RGB'
  if (photometric === 6 && compressionOf(page) !== 'jpeg')
    throw new SlideError('TILE_UNDECODABLE', `${uri} has YCbCr colours, and is no JPEG`, { hint })
  if (photometric >= 8 && photometric <= 10)
    throw new SlideError('TILE_UNDECODABLE', `${uri} has ${photometrics[photometric]} colours`, { hint })
  if ((photometric === 0 || photometric === 1) && samples > 1 && planar)
    throw new SlideError('TILE_UNDECODABLE', `${uri} has ${samples} channels without colours, each in a plane of its own`, { hint })
}

/** Whether every tile that libvips will decode is whole. */
async function checkTiles(page: Page, source: ByteSource): Promise<void> {
  const compression = compressionOf(page)
  if (compression === undefined || compression === 'jpeg' || compression === 'jpeg2000' || compression === 'webp' || compression === 'zstd')
    throw new UnsupportedData(
      `it has ${obstacle(page, true)}, in tiles (compression ${page.directory.number(tags.Compression)}): save it as 8-bit RGB`,
    )
  const unpack = await loadUnpack(compression)
  const table = await readTileTable(page, { source, limits: defaultLimits, warnings: [] })
  const size = tileBytes(page)
  for (const { offset, length } of wholeTable(page, table)) {
    const got = (await unpack(await source.read(offset, length), size)).length
    if (got < size) throw new CodecError(`one of its tiles has ${got} bytes, ${size} are needed`)
  }
}

/** Where all of its tiles lie: a slide may leave out the empty ones, a patch that lacks some was not written to its end. */
function wholeTable(page: Page, table: TileTable): readonly Extent[] {
  return Array.from({ length: table.tiles }, (_, i) => {
    const extents = extentsOf(page, table, i)
    if (extents === null) throw new CodecError(`its tile ${i} of ${table.tiles} has no bytes`)
    return extents
  }).flat()
}

/** Empty where it is too odd for our own reader. */
async function treesOf(source: ByteSource): Promise<PageTree[]> {
  try {
    const directories = await readDirectories({ source, limits: defaultLimits, warnings: [] })
    // A later page that is broken takes no check from those that can be read.
    const read = (directory: Directory): Page[] => {
      try {
        return [pageOf(directory, source.uri, defaultLimits)]
      } catch (error) {
        if (error instanceof SlideError) return []
        throw error
      }
    }
    const trees = directories.map((tree, number) => ({ pages: read(tree.page), subs: tree.subs.flatMap(read), tree, number }))
    return trees[0]?.pages.length === 0 ? [] : trees.flatMap(({ pages, ...tree }) => pages.map((page) => ({ page, ...tree })))
  } catch (error) {
    // Without its colours libvips would take the numbers of a palette for grey.
    if (error instanceof SlideError && error.code !== 'SLIDE_TRUNCATED') return []
    throw error
  }
}
