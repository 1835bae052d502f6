/** Opens the clam sink. The file is made with the first patch, for its attributes tell how large that is. */

import type { Writable } from 'node:stream'
import { modelsOf } from '../../core/asked.js'
import { SinkError } from '../../core/errors.js'
import type { Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { answersOf, numbersOf, vectorOf } from '../common/answers.js'
import { OutputFile, syncFile } from '../common/file.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { regionOf, requirePlace } from '../common/place.js'
import { rowSink } from '../common/row-sink.js'
import { attributesOf } from './attributes.js'
import { closeQuietly, createHdf5, type Hdf5Writer } from './hdf5.js'

export interface ClamOptions {
  readonly layout: 'clam' | 'trident'
  readonly features: 'auto' | 'vector' | 'probabilities'
  readonly chunk: number
}

export default async function openClam({ layout, features, chunk }: ClamOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { width, read, encoder } = featuresOf(features, context)
  const { path } = context
  // Asks the file system first: HDF5 does not say why it cannot open a file.
  await (await OutputFile.open(path)).close()
  let writer: Hdf5Writer | undefined
  const open = async (first: Row | null) => {
    const coords = attributesOf(layout, context, first)
    const name = { name: context.slide.info.id, encoder, [metadataKey]: JSON.stringify(metadataOf(context)) }
    return createHdf5(
      path,
      [
        { name: 'coords', width: 2, dtype: '<q', attributes: coords },
        { name: 'features', width, dtype: '<f', attributes: name },
      ],
      chunk,
    )
  }
  let used = 0
  return rowSink({
    columns: context.columns,
    every: chunk,
    async write(rows) {
      const kept = rows.flatMap((row) => {
        const numbers = read(row)
        return numbers ? [{ row, numbers }] : []
      })
      if (kept.length === 0) return
      writer ??= await open(kept[0]!.row)
      const coords = new BigInt64Array(kept.length * 2)
      const data = new Float32Array(kept.length * width)
      for (const [i, { row, numbers }] of kept.entries()) {
        const { x, y } = regionOf(row)
        coords.set([BigInt(Math.round(x)), BigInt(Math.round(y))], i * 2)
        data.set(numbers, i * width)
      }
      writer.append([coords, data], kept.length)
      used += kept.length
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
  /** Null for a patch without an answer. */
  readonly read: (row: Row) => ArrayLike<number> | null
}

function featuresOf(wanted: ClamOptions['features'], context: SinkContext): Features {
  const vector = wanted === 'probabilities' ? undefined : vectorOf(context.columns, modelsOf(context.provenance))
  if (vector) {
    const { name, size } = vector.column
    return { width: size!, encoder: vector.model?.name ?? '', read: (row) => row[name] as Float32Array | null }
  }
  if (wanted === 'vector') throw new SinkError('COLUMN_MISSING', `${context.path} cannot be written: the rows have no vector`)
  const { probabilities } = answersOf(context)
  if (probabilities.length === 0)
    throw new SinkError('COLUMN_MISSING', `${context.path} cannot be written: the rows have neither a vector nor probabilities`)
  return { width: probabilities.length, encoder: context.provenance.model?.name ?? '', read: (row) => numbersOf(row, probabilities) }
}
