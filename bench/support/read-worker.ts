/** The thread of a reading lane: reads patches as `extract` does, or decodes tiles in memory with the bare codec, or reads with geotiff alone. */

import { readFile } from 'node:fs/promises'
import { loadJpeg } from '../../src/codecs/load.js'
import type { DecodeSpeed } from '../../src/core/slide.js'
import { serveLane } from '../../src/flow/serve-lane.js'
import { blockPatches } from '../../src/pipeline/plan/bands.js'
import { laneCacheBytes } from '../../src/pipeline/plan/cache-bytes.js'
import { openSlide } from '../../src/readers/open.js'
import { refOf } from './slides.js'

export interface ReadJob {
  readonly type: 'read' | 'geotiff' | 'codec'
  readonly path: string
  readonly places: readonly (readonly [number, number])[]
  /** Pixels of level 0, and pixels of the picture made of them. */
  readonly size: number
  readonly out: number
  readonly decode: DecodeSpeed
}

export interface ReadAnswer {
  readonly pixels: number
  readonly decoded: number
  readonly touched: readonly Uint8Array[]
  readonly spent: Readonly<Record<string, number>>
}

async function read({ path, places, size, out, decode }: ReadJob): Promise<ReadAnswer> {
  const slide = await openSlide(refOf(path), { cacheBytes: laneCacheBytes })
  const room = new Uint8Array(blockPatches * out * out * 3)
  for (let from = 0; from < places.length; from += blockPatches) {
    const some = places.slice(from, from + blockPatches)
    const requests = some.map(([x, y]) => ({ region: { x, y, width: size, height: size }, width: out, height: out, level: 0 }))
    const pixels = some.map((_, i) => room.subarray(i * out * out * 3, (i + 1) * out * out * 3))
    const errors = await slide.read(requests, pixels, { decode, keepBelow: Math.max(...some.map(([, y]) => y + size)) })
    for (const error of errors) if (error) throw error
  }
  const { tilesDecoded, pixelsDecoded, fetchMs, decodeMs, resampleMs } = slide.counts()
  const touched = slide.touched?.() ?? []
  await slide.close()
  return { pixels: pixelsDecoded, decoded: tilesDecoded, touched, spent: { fetch: fetchMs, decode: decodeMs, resample: resampleMs } }
}

async function geotiff({ path, places, size }: ReadJob): Promise<ReadAnswer> {
  const { fromFile } = await import('geotiff')
  const tiff = await fromFile(path)
  const image = await tiff.getImage(0)
  for (const [x, y] of places) await image.readRasters({ window: [x, y, x + size, y + size], interleave: true })
  await tiff.close()
  return { pixels: places.length * size * size, decoded: 0, touched: [], spent: {} }
}

let streams: readonly Uint8Array[] | undefined

/** Every place is one tile, decoded out of memory into the decoder's own buffer, and left there. */
async function codec({ path, places, decode }: ReadJob): Promise<ReadAnswer> {
  streams ??= JSON.parse(await readFile(path, 'utf8')).map((one: string) => Buffer.from(one, 'base64')) as Uint8Array[]
  const run = await loadJpeg(decode)
  const start = Uint8Array.of(0xff, 0xd8)
  let pixels = 0
  for (const [i] of places) {
    const { width, height } = run(start, streams[i % streams.length]!, 2)
    pixels += width * height
  }
  return { pixels, decoded: places.length, touched: [], spent: {} }
}

serveLane({
  work: async (job) => {
    const asked = job as ReadJob
    return { body: await { read, geotiff, codec }[asked.type](asked) }
  },
  record: (error) => String(error instanceof Error ? error.stack : error),
})
