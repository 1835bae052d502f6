/** Makes the mask of a small slide, then of a given one, and prints what that held more at its peak than the small one at its own, and holds when the mask is there; bytes. */

import { writeFileSync } from 'node:fs'
import { mainCacheBytes } from '../../src/pipeline/plan/cache-bytes.js'
import { peakMemory } from '../../src/pipeline/run/peak-memory.js'
import { openSlide } from '../../src/readers/open.js'
import { maskOf } from '../../src/stages/mask/make.js'
import type { MaskOptions } from '../../src/stages/mask/spec.js'

export interface MaskHeld {
  readonly peak: number
  readonly kept: number
  /** Of the mask. */
  readonly pixels: number
  readonly share: number
}

const [small, large] = process.argv.slice(2) as [string, string]

/** As the helper of a run does it: nothing is asked of the collector. */
async function masked(uri: string) {
  // From here on the kernel counts the peak anew.
  writeFileSync('/proc/self/clear_refs', '5')
  const slide = await openSlide({ kind: 'slide', id: 'x', uri, carried: {} }, { cacheBytes: mainCacheBytes })
  const mask = await maskOf(slide, { method: 'otsu', keep: 0.1 } as MaskOptions, { signal: new AbortController().signal })
  return { slide, mask: mask!, peak: peakMemory(), rss: process.memoryUsage().rss }
}

// The first time code is loaded and compiled.
for (let i = 0; i < 2; i++) await (await masked(small)).slide.close()
const first = await masked(small)
await first.slide.close()
const { slide, mask, peak, rss } = await masked(large)
await slide.close()
const held: MaskHeld = { peak: peak - first.peak, kept: rss - first.rss, pixels: mask.width * mask.height, share: mask.share }
console.log(JSON.stringify(held))
