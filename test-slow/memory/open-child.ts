/** Opens a small slide, then a given one, reads a patch of it, and prints what that held more at its peak, and goes on to hold; bytes. */

import { peakMemory } from '../../src/pipeline/run/peak-memory.js'
import { openSlide } from '../../src/readers/open.js'

export interface OpenHeld {
  readonly peak: number
  readonly kept: number
  readonly width: number
  readonly height: number
  /** Of the patch. */
  readonly error: string | null
}

const [small, large] = process.argv.slice(2) as [string, string]

async function opened(uri: string) {
  const slide = await openSlide({ kind: 'slide', id: 'x', uri, carried: {} })
  const { width, height } = slide.info
  const size = { width: Math.min(256, width), height: Math.min(256, height) }
  const [error] = await slide.read([{ region: { x: 0, y: 0, ...size }, ...size, level: 0 }], [new Uint8Array(size.width * size.height * 3)])
  return { slide, error: error?.message ?? null }
}

const { slide: first } = await opened(small)
await first.close()
globalThis.gc?.()
const [before, rss] = [peakMemory(), process.memoryUsage().rss]
const { slide, error } = await opened(large)
const peak = peakMemory() - before
globalThis.gc?.()
const held: OpenHeld = { peak, kept: process.memoryUsage().rss - rss, width: slide.info.width, height: slide.info.height, error }
await slide.close()
console.log(JSON.stringify(held))
