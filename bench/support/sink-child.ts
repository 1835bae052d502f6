/** A process of its own for one sink, so that its peak memory is its own: rows in, one line of JSON out. */

import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { peakMemory } from '../../src/pipeline/run/peak-memory.js'
import { openSlide } from '../../src/readers/open.js'
import { dataPath } from './folders.js'
import { columnsOf, openSink, rowsOf } from './rows.js'
import { refOf } from './slides.js'

export interface SinkResult {
  readonly seconds: number
  readonly rows: number
  readonly peak: number
  readonly bytes: number
}

const [name, count, size, slideFile] = process.argv.slice(2) as [string, string, string, string]
const slide = await openSlide(refOf(slideFile, 'bench'))
// A picture's format goes by its name; only TIFF goes to any size.
const file = dataPath('sinks', `bench.${name}${['map', 'overlay'].includes(name) ? '.tif' : ''}.partial`)
await rm(file, { recursive: true, force: true })

let rows = 0
const counted = function* () {
  for (const row of rowsOf(Number(count), Number(size))) {
    rows++
    yield row
  }
}
// Making the rows takes time, too: measured alone first, and taken off.
const before = performance.now()
for await (const _ of batchesOf(columnsOf(Number(size)), rowsOf(Number(count), Number(size))));
const making = performance.now() - before
const began = performance.now()
await pipeline(batchesOf(columnsOf(Number(size)), counted()), await openSink(name, file, slide, columnsOf(Number(size))))
const seconds = (performance.now() - began - making) / 1000
await slide.close()
const { size: bytes } = await stat(file).catch(() => ({ size: 0 }))
await rm(path.dirname(file), { recursive: true, force: true })
const result: SinkResult = { seconds: Math.max(seconds, 1e-6), rows, peak: peakMemory(), bytes }
console.log(JSON.stringify(result))
