/**
 * A slide in memory: a real `Slide` over an RGB array, with levels shrunk from it. For tests of what asks a slide for pixels.
 * It keeps what a test wants to know: how often it was read, how large the largest read was, whether it was closed.
 */

import { SlideError } from '../../src/core/errors.js'
import type { Level, ReadOptions, ReadRequest, SetImage, Slide, SlideInfo, SlideKind, SlideRef } from '../../src/core/slide.js'
import type { Region, Size } from '../../src/geometry/region.js'
import { resize } from '../../src/geometry/resample.js'
import { roundHalfEven } from '../../src/geometry/round.js'

export interface MemorySlideOptions extends Size {
  /** RGB bytes; by default every pixel tells its place. */
  readonly data?: Uint8Array
  readonly id?: string
  readonly kind?: SlideKind
  readonly mpp?: number
  readonly power?: number
  /** Downsamples of the levels. */
  readonly levels?: readonly number[]
  readonly mask?: string
  readonly label?: string
  readonly images?: readonly SetImage[]
  /** Baseline regions that cannot be decoded. */
  readonly broken?: readonly Region[]
}

export interface MemorySlide extends Slide {
  readonly reads: { calls: number; pictures: number; largest: number; closed: boolean; last: ReadOptions | undefined }
}

/** Red tells the column, green the row, blue the 256s of both. */
export function placePicture({ width, height }: Size): Uint8Array {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[o++] = x
      data[o++] = y
      data[o++] = (x >> 8) + (y >> 8) * 16
    }
  }
  return data
}

export function memorySlide(options: MemorySlideOptions): MemorySlide {
  const { width, height, id = 'memory', kind = 'slide', mpp, power, broken = [] } = options
  const base = options.data ?? placePicture(options)
  const pictures: Uint8Array[] = []
  const levels = (options.levels ?? [1]).map((downsample): Level => {
    const size = { width: Math.round(width / downsample), height: Math.round(height / downsample) }
    const data = new Uint8Array(size.width * size.height * 3)
    resize(base, { width, height }, data, size, 'area')
    pictures.push(data)
    return { ...size, downsample: { x: width / size.width, y: height / size.height }, tile: { width: 64, height: 64 } }
  })
  const uri = `${id}.memory`
  const info: SlideInfo = {
    id,
    uri,
    kind,
    width,
    height,
    vendor: 'memory',
    levels,
    ...(mpp === undefined ? {} : { mpp: { x: mpp, y: mpp } }),
    ...(power === undefined ? {} : { power }),
    associated: [],
    warnings: [],
    compression: 'none',
  }
  const { mask, label, images } = options
  const ref: SlideRef = {
    kind,
    id,
    uri,
    ...(mask === undefined ? {} : { mask }),
    ...(label === undefined ? {} : { label }),
    ...(images === undefined ? {} : { images }),
    carried: {},
  }
  const reads: MemorySlide['reads'] = { calls: 0, pictures: 0, largest: 0, closed: false, last: undefined }

  function readOne(request: ReadRequest, out: Uint8Array): Error | null {
    const index = request.level ?? coarsest(request, levels)
    const level = levels[index]!
    const { region } = request
    reads.pictures++
    reads.largest = Math.max(reads.largest, request.width * request.height)
    if (broken.some((b) => meet(b, region)))
      return new SlideError('TILE_UNDECODABLE', `${uri}: a tile of level ${index} is damaged`, { at: { slide: id } })
    const box = {
      x: roundHalfEven(region.x / level.downsample.x),
      y: roundHalfEven(region.y / level.downsample.y),
      width: Math.max(1, roundHalfEven(region.width / level.downsample.x)),
      height: Math.max(1, roundHalfEven(region.height / level.downsample.y)),
    }
    const cut = new Uint8Array(box.width * box.height * 3).fill(255)
    const from = Math.max(0, -box.x)
    const to = Math.min(box.width, level.width - box.x)
    for (let y = 0; y < box.height && from < to; y++) {
      const row = box.y + y
      if (row < 0 || row >= level.height) continue
      const at = (row * level.width + box.x + from) * 3
      cut.set(pictures[index]!.subarray(at, at + (to - from) * 3), (y * box.width + from) * 3)
    }
    resize(cut, box, out, request, request.width > box.width || request.height > box.height ? 'cubic' : 'area')
    return null
  }

  return {
    ref,
    info,
    identity: { bytes: base.length, modified: 0, head: '' },
    reads,
    async read(requests, out, readOptions) {
      if (reads.closed) throw new Error('read after close')
      readOptions?.signal?.throwIfAborted()
      reads.calls++
      reads.last = readOptions
      // As a real reader, it answers later.
      await new Promise((resolve) => setImmediate(resolve))
      readOptions?.signal?.throwIfAborted()
      return requests.map((request, i) => readOne(request, out[i]!))
    },
    async associated(name) {
      throw new SlideError('SLIDE_NO_PICTURE', `${uri} has no picture '${name}'`)
    },
    counts: () => ({ tilesTouched: 0, tilesDecoded: 0, bytesRead: 0, pixelsDecoded: 0, fetchMs: 0, decodeMs: 0, resampleMs: 0 }),
    async close() {
      reads.closed = true
    },
  }
}

function coarsest({ region, width, height }: ReadRequest, levels: readonly Level[]): number {
  const fits = (l: Level) => width / (region.width / l.downsample.x) < 1.0005 && height / (region.height / l.downsample.y) < 1.0005
  return Math.max(0, levels.findLastIndex(fits))
}

function meet(a: Region, b: Region): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
