/** What a TIFF picture is: its samples, tiles, levels and resolution, and the tags that say so. */

import type { Size } from '../../geometry/region.js'
import { type Tag, textTag } from './tags.js'

export type Rgb = readonly [number, number, number]

/**
 * `rgb`: 8-bit colour. `palette`: one byte a pixel, an index into up to 256 colours. `bytes` and `floats`: one or more 8-bit
 * or float32 numbers a pixel, side by side (libvips reads no tiles of separate planes).
 */
export type Samples =
  | { readonly kind: 'rgb' }
  | { readonly kind: 'palette'; readonly colors: readonly Rgb[] }
  | { readonly kind: 'bytes'; readonly channels: number }
  | { readonly kind: 'floats'; readonly channels: number }

export type TiffCompression = 'none' | 'deflate' | 'jpeg'

export interface TiffPicture extends Size {
  readonly samples: Samples
  /** `jpeg` is for `rgb` only. Default `deflate`. */
  readonly compression?: TiffCompression
  /** Of JPEG, 1 to 100. */
  readonly quality?: number
  /** Tile size in pixels, multiples of 16. Default 256 wide, and as high as keeps a band below 32 MiB. */
  readonly tile?: Size
  /** µm per pixel of the largest level. */
  readonly mpp?: { readonly x: number; readonly y: number }
  readonly description?: string
  readonly software?: string
  /** How smaller levels are linked: following directories (OpenSlide, libvips, QuPath), SubIFDs (OME, tifffile), or no levels. */
  readonly pyramid?: 'chain' | 'subifd' | 'none'
  /** BigTIFF; default: when the uncompressed picture might pass 4 GiB. */
  readonly big?: boolean
}

/** Values of one pixel, which lie side by side in a row. */
export function channelsOf(samples: Samples): number {
  if (samples.kind === 'rgb') return 3
  return samples.kind === 'palette' ? 1 : samples.channels
}

const pixelBytes = (samples: Samples): number => channelsOf(samples) * (samples.kind === 'floats' ? 4 : 1)

const bandLimit = 32 * 1024 ** 2

/** Tiles 256 pixels wide, and as high (a power of two, 16 to 256) as keeps one band of tiles below 32 MiB. */
export function tileOf(picture: TiffPicture): Size {
  if (picture.tile) return picture.tile
  let height = 256
  while (height > 16 && height * picture.width * pixelBytes(picture.samples) > bandLimit) height /= 2
  return { width: 256, height }
}

/** Sizes of the levels, each half of the one before (rounded up), down to one tile. */
export function levelsOf(picture: TiffPicture): Size[] {
  const tile = tileOf(picture)
  const levels: Size[] = [{ width: picture.width, height: picture.height }]
  if (picture.pyramid === 'none') return levels
  for (;;) {
    const { width, height } = levels.at(-1)!
    if (width <= tile.width && height <= Math.max(tile.height, tile.width)) return levels
    levels.push({ width: Math.ceil(width / 2), height: Math.ceil(height / 2) })
  }
}

/** Tiles of a level. */
export function tilesOf(level: Size, tile: Size): { readonly columns: number; readonly rows: number } {
  return { columns: Math.ceil(level.width / tile.width), rows: Math.ceil(level.height / tile.height) }
}

/** Whether classic TIFF's 4 GiB might not do: every tile uncompressed, all levels, and room for the directories. */
export function needsBig(picture: TiffPicture): boolean {
  if (picture.big !== undefined) return picture.big
  const bytes = picture.width * picture.height * pixelBytes(picture.samples)
  return bytes * 1.5 + 64 * 1024 ** 2 > 2 ** 32
}

export interface Place {
  readonly offset: number
  readonly bytes: number
}

/** The tags of one level, whose tiles lie at `places` (in raster order). */
export function levelTags(picture: TiffPicture, level: Size, index: number, places: readonly Place[], big: boolean): Tag[] {
  const { samples } = picture
  const tile = tileOf(picture)
  const compression = picture.compression ?? 'deflate'
  const count = channelsOf(samples)
  const extra = samples.kind === 'bytes' || samples.kind === 'floats' ? count - 1 : 0
  const float = samples.kind === 'floats'
  const short = (id: number, ...values: number[]): Tag => ({ id, type: 'short', values })
  const long = (id: number, ...values: number[]): Tag => ({ id, type: 'long', values })
  const tags: Tag[] = [
    long(254, index === 0 ? 0 : 1), // a reduced-resolution copy
    long(256, level.width),
    long(257, level.height),
    short(258, ...Array<number>(count).fill(float ? 32 : 8)),
    short(259, { none: 1, deflate: 8, jpeg: 7 }[compression]),
    short(262, samples.kind === 'rgb' ? (compression === 'jpeg' ? 6 : 2) : samples.kind === 'palette' ? 3 : 1),
    short(277, count),
    short(284, 1),
    long(322, tile.width),
    long(323, tile.height),
    { id: 324, type: big ? 'long8' : 'long', values: places.map((p) => p.offset) },
    { id: 325, type: 'long', values: places.map((p) => p.bytes) },
    short(339, ...Array<number>(count).fill(float ? 3 : 1)),
  ]
  if (extra > 0) tags.push(short(338, ...Array<number>(extra).fill(0)))
  if (compression === 'jpeg') tags.push(short(530, 2, 2))
  if (samples.kind === 'palette') tags.push(short(320, ...colorMap(samples.colors)))
  if (picture.software) tags.push(textTag(305, picture.software))
  if (index === 0 && picture.description) tags.push(textTag(270, picture.description))
  if (picture.mpp) tags.push(...resolutionTags(picture.mpp, picture, level))
  return tags
}

/** 256 reds, then greens, then blues, 16 bits each. */
function colorMap(colors: readonly Rgb[]): number[] {
  return [0, 1, 2].flatMap((channel) => Array.from({ length: 256 }, (_, i) => (colors[i]?.[channel] ?? 0) * 257))
}

/** Pixels per centimetre of this level. */
function resolutionTags(mpp: { readonly x: number; readonly y: number }, full: Size, level: Size): Tag[] {
  const x = (mpp.x * full.width) / level.width
  const y = (mpp.y * full.height) / level.height
  return [
    { id: 282, type: 'rational', values: perCentimetre(x) },
    { id: 283, type: 'rational', values: perCentimetre(y) },
    { id: 296, type: 'short', values: [3] },
  ]
}

/** 10,000 µm ÷ mpp as a fraction of 32-bit numbers; exact where mpp has up to five decimals, as 0.499 has. */
function perCentimetre(mpp: number): readonly [number, number] {
  for (let scale = 1; scale <= 1e5; scale *= 10) {
    const denominator = Math.round(mpp * scale)
    if (denominator > 0 && denominator < 2 ** 32 && Math.abs(denominator / scale - mpp) < mpp * 1e-12) return [1e4 * scale, denominator]
  }
  const scale = 10 ** Math.max(0, Math.min(9, Math.floor(Math.log10((2 ** 32 - 1) / (1e4 / mpp)))))
  return [Math.round((1e4 / mpp) * scale), scale]
}
