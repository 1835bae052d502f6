/** Opens the clam sink. The file is made with the first patch, for its attributes tell how large that is. */

import type { Writable } from 'node:stream'
import { modelsOf } from '../../core/columns/asked.js'
import { SinkError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import type { Region } from '../../geometry/region.js'
import { answersOf, numbersIn, vectorOf } from '../common/answers.js'
import { batchSink } from '../common/batch-sink.js'
import { OutputFile, syncFile } from '../common/file.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { type NamedReaders, namedReaders } from '../common/named-readers.js'
import { regionsIn, requirePlace } from '../common/place.js'
import { attributesOf, type ClamLayout, coordinateIn } from './attributes.js'
import { closeQuietly, createHdf5, type Hdf5Writer } from './hdf5.js'

export interface ClamOptions {
  readonly layout: ClamLayout
  readonly features: 'auto' | 'vector' | 'probabilities'
  readonly chunk: number
}

export default async function openClam({ layout, features, chunk }: ClamOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { width, featuresIn, encoder } = featuresOf(features, context)
  const { path } = context
  const isStamp = layout === 'stamp'
  const coordinate = coordinateIn(layout, context)
  // Asks the file system first: HDF5 does not say why it cannot open a file.
  await (await OutputFile.open(path)).close()
  let writer: Hdf5Writer | undefined
  const open = async (first: Region | null) => {
    const place = attributesOf(layout, context, first)
    const name = { name: context.slide.info.id, encoder, [metadataKey]: JSON.stringify(metadataOf(context)) }
    const arrays = [
      { name: 'coords', width: 2, dtype: isStamp ? '<f' : '<q', attributes: isStamp ? {} : place },
      { name: isStamp ? 'feats' : 'features', width, dtype: '<f', attributes: name },
    ] as const
    return createHdf5(path, { arrays, attributes: isStamp ? { ...place, extractor: encoder } : {} }, chunk)
  }
  let used = 0
  return batchSink({
    every: chunk,
    async write(pieces, rows) {
      const coords = isStamp ? new Float32Array(rows * 2) : new BigInt64Array(rows * 2)
      const data = new Float32Array(rows * width)
      let kept = 0
      for (const batch of pieces) {
        const read = namedReaders(context.columns, batch)
        const [regionAt, numbersAt] = [regionsIn(read), featuresIn(read)]
        for (let i = 0; i < batch.length; i++) {
          const numbers = numbersAt(i)
          if (!numbers) continue
          const region = regionAt(i)
          writer ??= await open(region)
          const [x, y] = [coordinate(region.x, 0), coordinate(region.y, 1)]
          if (coords instanceof Float32Array) coords.set([x, y], kept * 2)
          else coords.set([BigInt(x), BigInt(y)], kept * 2)
          data.set(numbers, kept * width)
          kept++
        }
      }
      if (kept > 0) writer!.append([coords.subarray(0, kept * 2), data.subarray(0, kept * width)], kept)
      used += kept
    },
    async finish() {
      writer ??= await open(null)
      writer.close()
      await syncFile(path)
    },
    close: async () => {
      if (writer) closeQuietly(writer.close)
    },
    used: () => used,
  })
}

interface Features {
  readonly width: number
  readonly encoder: string
  /** Of a batch: the numbers of a row; null for a patch without an answer. A float16 is widened: h5wasm writes none. */
  readonly featuresIn: (read: NamedReaders) => (i: number) => ArrayLike<number> | null
}

function featuresOf(wanted: ClamOptions['features'], context: SinkContext): Features {
  const vector = wanted === 'probabilities' ? undefined : vectorOf(context.columns, modelsOf(context.provenance))
  if (vector) {
    const { name, size } = vector.column
    return { width: size!, encoder: vector.model?.name ?? '', featuresIn: (read) => read(name) as (i: number) => Float32Array | null }
  }
  if (wanted === 'vector') throw new SinkError('COLUMN_MISSING', `${context.path} cannot be written: the rows have no vector`)
  const { probabilities } = answersOf(context)
  if (probabilities.length === 0)
    throw new SinkError('COLUMN_MISSING', `${context.path} cannot be written: the rows have neither a vector nor probabilities`)
  return {
    width: probabilities.length,
    encoder: context.provenance.model?.name ?? '',
    featuresIn: (read) => numbersIn(read, probabilities),
  }
}
