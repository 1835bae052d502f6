/**
 * A slide to be read from afar: a TIFF as Aperio writes it, each directory behind the bytes of its picture. A tile has 13.8 kB, as one
 * of 256 × 256 pixels of tissue has, but holds 16 × 16 by PackBits, which looks at the first of them alone: decoded for nothing, so that what is measured is the
 * link. So 28 pixels here are the 448 that a patch of 224 at half the resolution has there. The pixels are a hole in the file, black.
 */

import { existsSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { long, short } from '../../fixtures/tiff.js'
import { directory, directoryBytes, header, type Tag, textTag } from '../../src/codecs/tiff-writer/tags.js'
import type { Piece } from '../../src/readers/byte-source.js'
import { dataPath } from './folders.js'

const tile = 16
export const farTileBytes = 13_824
export const farPatch = 28

const packBits = 32_773

export interface FarFile {
  readonly size: number
  readonly pieces: readonly Piece[]
}

interface Page {
  readonly width: number
  readonly height: number
  readonly tiled: boolean
  readonly about: string
  /** Of a picture beside the levels. */
  readonly bytes?: number
}

/** Below `bench/.data`. `side`: a multiple of 256 pixels. */
export async function farSlide(side: number): Promise<string> {
  const file = dataPath('far', `far-${side}.svs`)
  if (existsSync(file)) return file
  const { pieces } = farFile(side)
  const handle = await open(`${file}.partial`, 'w')
  try {
    for (const { offset, bytes } of pieces) await handle.write(bytes, 0, bytes.length, offset)
  } finally {
    await handle.close()
  }
  await rename(`${file}.partial`, file)
  return file
}

/** What of the file is not a hole: its directories, in their order. `factors`: how many times level 0 is larger than each level. */
export function farFile(side: number, factors: readonly number[] = [1, 4, 16], compression: number = packBits): FarFile {
  const about = (picture: string) => `Aperio Image Library v11.2.1\r\n${picture}`
  const level = (by: number): Page => ({
    width: side / by,
    height: side / by,
    tiled: true,
    about: about(`${side}x${side}|AppMag = 20|MPP = 0.5`),
  })
  const beside = (name: string, width: number, height: number, bytes: number): Page => ({
    width,
    height,
    tiled: false,
    about: about(name),
    bytes,
  })
  const pages = [
    level(factors[0]!),
    beside(`${side}x${side}`, 1024, 768, 100_000),
    ...factors.slice(1).map(level),
    beside('label 400x400', 400, 400, 150_000),
    beside('macro 1280x400', 1280, 400, 80_000),
  ]
  // Tables are as long whatever they say, so places follow from sizes.
  let at = 8
  const placed = pages.map((page) => {
    const data = at
    const place = data + bytesOf(page)
    at = place + directoryBytes(tagsOf(page, data, compression), false)
    return { page, data, place }
  })
  const directories = placed.map(({ page, data, place }, i) => ({
    offset: place,
    bytes: directory(tagsOf(page, data, compression), place, placed[i + 1]?.place ?? 0, false),
  }))
  return { size: at, pieces: [{ offset: 0, bytes: header(placed[0]!.place, false) }, ...directories] }
}

const tilesOf = ({ width, height }: Page) => Math.ceil(width / tile) * Math.ceil(height / tile)
const bytesOf = (page: Page) => page.bytes ?? tilesOf(page) * farTileBytes

function tagsOf(page: Page, data: number, compression: number): Tag[] {
  const { width, height, tiled, about } = page
  const count = tiled ? tilesOf(page) : 1
  const each = bytesOf(page) / count
  // More values than a call may have arguments.
  const offsets: Tag = { id: tiled ? 324 : 273, type: 'long', values: Array.from({ length: count }, (_, i) => data + i * each) }
  const counts: Tag = { id: tiled ? 325 : 279, type: 'long', values: new Array<number>(count).fill(each) }
  const shape = tiled ? [long(322, tile), long(323, tile)] : [long(278, height)]
  return [
    long(256, width),
    long(257, height),
    short(258, 8, 8, 8),
    short(259, compression),
    short(262, 2),
    textTag(270, about),
    short(277, 3),
    short(284, 1),
    ...shape,
    offsets,
    counts,
  ]
}

/** `.npy` of 80 × 80 bytes: three pieces of tissue, 55 % of the slide. */
export function tissueMask(): Buffer {
  const side = 80
  const pieces = [
    [0.3, 0.3, 0.27, 0.26],
    [0.72, 0.35, 0.24, 0.31],
    [0.5, 0.77, 0.45, 0.21],
  ] as const
  const isTissue = (x: number, y: number) => pieces.some(([cx, cy, rx, ry]) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1)
  const pixels = Uint8Array.from({ length: side * side }, (_, i) =>
    isTissue(((i % side) + 0.5) / side, (Math.floor(i / side) + 0.5) / side) ? 1 : 0,
  )
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${side}, ${side}), }`
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text}`.padEnd(127).concat('\n'), 'latin1')
  head.writeUInt16LE(head.length - 10, 8)
  return Buffer.concat([head, pixels])
}
