/** Opens every file named on its standard input (one a line), reads the first tile of each level, and prints one JSON line a file. */

import { createInterface } from 'node:readline'
import type { Slide, SlideKind } from '../../src/core/slide.js'
import { openSlide } from '../../src/readers/open.js'

async function attempt(uri: string, kind: SlideKind): Promise<string> {
  let slide: Slide | undefined
  try {
    slide = await openSlide({ kind, id: 'x', uri, carried: {} })
    for (const [level, { width, height, downsample }] of slide.info.levels.entries()) {
      const size = { width: Math.min(256, width), height: Math.min(256, height) }
      const region = { x: 0, y: 0, width: size.width * downsample.x, height: size.height * downsample.y }
      const [error] = await slide.read([{ region, ...size, level }], [new Uint8Array(size.width * size.height * 3)])
      if (error) throw error
    }
    return 'read'
  } catch (error) {
    const { family, code, message } = error as { family?: string; code?: string; message: string }
    return family === undefined || family === 'Bug' ? `CRASH ${(error as Error).stack ?? message}` : `${family} ${code}`
  } finally {
    await slide?.close()
  }
}

for await (const uri of createInterface({ input: process.stdin })) {
  for (const kind of ['slide', 'tile'] as const) {
    // Its own work: the clock goes on while others have the machine.
    const began = process.cpuUsage()
    const outcome = await attempt(uri, kind)
    const { user, system } = process.cpuUsage(began)
    const { rss } = process.memoryUsage()
    console.log(JSON.stringify({ uri, kind, outcome, ms: Math.round((user + system) / 1000), mb: Math.round(rss / 2 ** 20) }))
  }
}
