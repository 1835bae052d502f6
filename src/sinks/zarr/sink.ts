/** Opens the zarr sink. */

import type { Writable } from 'node:stream'
import type { Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { type Answers, answersOf, numbersOf } from '../common/answers.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { boundsOf, requirePlace } from '../common/place.js'
import { rowSink } from '../common/row-sink.js'
import { json, ZarrArray } from './array.js'
import { folderStore, zipStore } from './store.js'

export interface ZarrOptions {
  readonly file: string
  readonly probabilities: boolean
}

/** Rows of a chunk. */
const chunk = 16_384

interface Answered {
  readonly row: Row
  readonly index: number
  readonly numbers: readonly number[]
}

export default async function openZarr(options: ZarrOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const answers = answersOf(context)
  const wanted = options.probabilities ? answers.probabilities : []
  const labelled = context.columns.some(({ name }) => name === 'label')
  const classIndex = labelIndex(answers)
  const store = await (/\.zip$/i.test(options.file) ? zipStore : folderStore)(context.path)
  // A prediction of up to 256 classes is one byte whether it is called bool or uint8, which only the last row decides.
  const wide = answers.classes.length > 256
  const predictions = new ZarrArray(store, { name: 'predictions', bytes: wide ? 4 : 1, width: null }, chunk)
  const coordinates = new ZarrArray(store, { name: 'coordinates', bytes: 8, width: 4 }, chunk)
  const probabilities = new ZarrArray(store, { name: 'probabilities', bytes: 4, width: wanted.length }, chunk)
  const labels = new ZarrArray(store, { name: 'labels', bytes: 8, width: null }, chunk)
  let held: Answered[] = []
  let largest = 0
  let used = 0

  const flush = async () => {
    const rows = held
    held = []
    const indices = rows.map(({ index }) => index)
    for (const index of indices) largest = Math.max(largest, index)
    await predictions.append(wide ? bytesOf(Uint32Array.from(indices)) : Uint8Array.from(indices), rows.length)
    await coordinates.append(bytesOf(BigInt64Array.from(rows.flatMap(({ row }) => boundsOf(row).map(BigInt)))), rows.length)
    if (wanted.length > 0) await probabilities.append(bytesOf(Float32Array.from(rows.flatMap(({ numbers }) => numbers))), rows.length)
    if (labelled) await labels.append(bytesOf(BigInt64Array.from(rows, ({ row }) => BigInt(classIndex(row)))), rows.length)
  }
  return rowSink({
    columns: context.columns,
    every: 4096,
    async write(rows) {
      for (const row of rows) {
        const index = answers.prediction(row)
        const numbers = numbersOf(row, wanted)
        if (index === null || numbers === null) continue
        held.push({ row, index, numbers })
        used++
        if (held.length === chunk) await flush()
      }
    },
    async finish() {
      if (held.length > 0) await flush()
      await predictions.finish(wide ? '<u4' : largest === 1 ? '|b1' : '|u1')
      await coordinates.finish('<i8')
      if (wanted.length > 0) await probabilities.finish('<f4')
      if (labelled) await labels.finish('<i8')
      await store.put('.zattrs', json({ [metadataKey]: metadataOf(context) }))
      await store.put('.zgroup', json({ zarr_format: 2 }))
      await store.finish()
    },
    close: () => store.close(),
    used: () => used,
  })
}

/** A label is written as the index of its class; one that names no class is −1. */
function labelIndex({ classes }: Answers): (row: Row) => number {
  const indices = new Map(classes.map(({ name }, i) => [name, i]))
  return ({ label }) => indices.get(String(label)) ?? -1
}

const bytesOf = (numbers: ArrayBufferView) => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
