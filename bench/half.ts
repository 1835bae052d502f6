/** Patches of half the resolution: `decode: fast` against `exact`. */

import { existsSync } from 'node:fs'
import path from 'node:path'
import type { DecodeSpeed } from '../src/core/slide.js'
import type { Lanes } from '../src/flow/lanes.js'
import type { Asked } from './support/asked.js'
import { sharedData } from './support/folders.js'
import { cpuRate, inLanes, readLanes } from './support/in-lanes.js'
import type { ReadJob } from './support/read-worker.js'
import { alternate, type Sample } from './support/rounds.js'
import { scannedSlides } from './support/scanned.js'
import { prose, table, verdict } from './support/table.js'

/** Of 40 x, and of 20 x taken for it. */
const realOnes = [
  ['OS-2-ndpi.ome.tif', 'wsi/ometiff/OS-2-ndpi.ome.tif', 2202, 2202],
  ['CMU-1-Small-Region.svs', 'wsi/aperio/CMU-1-Small-Region.svs', 2220, 2967],
] as const

/** 40 x slides without a level of half the size, at 0.5 µm: `decode: fast` against `exact`. By processor time, which others do not lengthen. */
export default async function half({ quick }: Asked): Promise<void> {
  const lanes = readLanes(1)
  try {
    await inHalf(lanes, quick)
  } finally {
    await lanes.close()
  }
}

async function inHalf(lanes: Lanes, quick: boolean): Promise<void> {
  const svs = (await scannedSlides()).find(({ format }) => format === 'SVS')!
  const slides = [{ name: 'generated SVS', path: svs.path, width: svs.width, height: svs.height }]
  for (const [name, file, width, height] of realOnes) {
    const at = path.join(sharedData, file)
    if (existsSync(at)) slides.push({ name, path: at, width, height })
  }
  prose('\n## patches of 224 pixels, shrunk by two and a little less or more')
  for (const { name, path: at, width, height } of slides) {
    for (const size of [448, 444, 490]) {
      const [columns, rows] = [Math.floor(width / size), Math.floor(height / size)]
      const once = Array.from({ length: columns * rows }, (_, i) => [(i % columns) * size, Math.floor(i / columns) * size] as const)
      // Of a small slide several times: opened anew each time, so nothing is in its cache.
      const times = Math.ceil((quick ? 48 : 128) / once.length)
      const run = (decode: DecodeSpeed) => async () => {
        const job: ReadJob = { type: 'read', path: at, places: once, size, out: 224, decode }
        let sum: Sample = { seconds: 0, done: 0, cpu: 0 }
        for (let i = 0; i < times; i++) {
          const { seconds, done, cpu = 0 } = await inLanes(lanes, [job], () => {})
          sum = { seconds: sum.seconds + seconds, done: sum.done + done, cpu: sum.cpu! + cpu }
        }
        return sum
      }
      const outcomes = await alternate(
        (['exact', 'fast'] as const).map((decode) => ({ name: decode, run: run(decode) })),
        quick ? 3 : 5,
      )
      const [exact, fast] = outcomes.map(cpuRate) as [number, number]
      table(
        outcomes.map((o) => ({
          slide: name,
          'pixels read': size,
          decode: o.name,
          'patches/s': o.rate,
          'patches/s of its own cpu': cpuRate(o),
        })),
      )
      verdict(`fast / exact, processor time, ${name}, ${size} to 224`, fast / exact, 1.8)
    }
  }
}
