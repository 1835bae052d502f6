/** Opens the zarr sink. */

import type { Writable } from 'node:stream'
import { type Batch, type DataOf, hasValue } from '../../core/batch.js'
import { bytesOf } from '../../core/bytes-of.js'
import { modelsOf } from '../../core/columns/asked.js'
import type { Column } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import { type Answers, answersIn, answersOf, greatestIn, numbersIn, vectorOf } from '../common/answers.js'
import { batchSink } from '../common/batch-sink.js'
import { groupRows } from '../common/group-rows.js'
import { metadataKey, metadataOf } from '../common/metadata.js'
import { type NamedReaders, namedReaders } from '../common/named-readers.js'
import { boundsIn, requirePlace } from '../common/place.js'
import { type ArraySpec, json, ZarrArray } from './array.js'
import { folderStore, zipStore } from './store.js'

export interface ZarrOptions {
  readonly file: string
  readonly probabilities: boolean
  readonly features: boolean
}

/** Rows of a chunk, fewer where vectors are wide. */
const most = 16_384

/** What has come of the next chunk, of one array. */
interface Held {
  readonly array: ZarrArray
  readonly numbers: Uint8Array | Uint16Array | Uint32Array | Float32Array | BigInt64Array
  /** Of a batch: puts what a row says at a place of the chunk. */
  readonly putIn: (batch: Batch) => (row: number, place: number) => void
  readonly dtype: () => string
}

export default async function openZarr(options: ZarrOptions, context: SinkContext): Promise<Writable> {
  requirePlace(context)
  const { columns } = context
  const vector = options.features ? vectorOf(columns, modelsOf(context.provenance))?.column : undefined
  // Beside vectors there may be none.
  const answers = vector ? answersIn(context) : answersOf(context)
  const wanted = (options.probabilities && answers?.probabilities) || []
  const chunk = groupRows(most, vector ? [vector] : [])
  const store = await (/\.zip$/i.test(options.file) ? zipStore : folderStore)(context.path)
  const array: MakeArray = (name, bytes, across) => new ZarrArray(store, { name, bytes, across }, chunk)
  const arrays: Held[] = [
    ...(answers ? [heldPredictions(array, chunk, answers, wanted, context)] : []),
    heldCoordinates(array, chunk, context),
    ...(wanted.length > 0 ? [heldProbabilities(array, chunk, wanted, context)] : []),
    ...(answers && columns.some(({ name }) => name === 'label') ? [heldLabels(array, chunk, answers, context)] : []),
    ...(vector ? [heldFeatures(array, chunk, vector, context)] : []),
  ]
  let rows = 0
  let used = 0
  const flush = async () => {
    for (const held of arrays) await held.array.append(bytesOf(held.numbers), rows)
    rows = 0
  }
  return batchSink({
    every: 4096,
    async write(pieces) {
      for (const batch of pieces) {
        const answered = answeredIn(batch, context, answers, wanted, vector)
        const puts = arrays.map(({ putIn }) => putIn(batch))
        for (let i = 0; i < batch.length; i++) {
          if (!answered(i)) continue
          for (const put of puts) put(i, rows)
          rows++
          used++
          if (rows === chunk) await flush()
        }
      }
    },
    async finish() {
      if (rows > 0) await flush()
      for (const held of arrays) await held.array.finish(held.dtype())
      await store.put('.zattrs', json({ [metadataKey]: metadataOf(context) }))
      await store.put('.zgroup', json({ zarr_format: 2 }))
      await store.finish()
    },
    close: () => store.close(),
    used: () => used,
  })
}

/** Whether a patch has every answer that is written. */
function answeredIn(
  batch: Batch,
  { columns }: SinkContext,
  answers: Answers | null,
  wanted: readonly string[],
  vector: Column | undefined,
) {
  const read = namedReaders(columns, batch)
  const [prediction, numbers] = [answers && saidIn(answers, wanted, read), numbersIn(read, wanted)]
  const vectors = vector && vectorsIn(batch, columns, vector)
  return (i: number): boolean =>
    (prediction === null || prediction(i) !== null) && numbers(i) !== null && (vectors === undefined || hasValue(vectors, i))
}

const saidIn = (answers: Answers, wanted: readonly string[], read: NamedReaders) =>
  wanted.length > 0 ? greatestIn(answers, read) : answers.predictionsIn(read)

const vectorsIn = (batch: Batch, columns: readonly Column[], vector: Column) => batch.columns[columns.indexOf(vector)] as DataOf<'vector'>

type MakeArray = (name: string, bytes: number, across: ArraySpec['across']) => ZarrArray

function heldPredictions(array: MakeArray, chunk: number, answers: Answers, wanted: readonly string[], { columns }: SinkContext): Held {
  // A prediction of up to 256 classes is one byte whether it is called bool or uint8, which only the last row decides.
  const wide = answers.classes.length > 256
  const numbers = wide ? new Uint32Array(chunk) : new Uint8Array(chunk)
  let largest = 0
  return {
    array: array('predictions', numbers.BYTES_PER_ELEMENT, null),
    numbers,
    putIn: (batch) => {
      const prediction = saidIn(answers, wanted, namedReaders(columns, batch))
      return (i, at) => {
        numbers[at] = prediction(i)!
        largest = Math.max(largest, numbers[at]!)
      }
    },
    dtype: () => (wide ? '<u4' : largest === 1 ? '|b1' : '|u1'),
  }
}

function heldCoordinates(array: MakeArray, chunk: number, { columns }: SinkContext): Held {
  const numbers = new BigInt64Array(chunk * 4)
  return {
    array: array('coordinates', 8, { name: 'bound', width: 4 }),
    numbers,
    putIn: (batch) => {
      const bounds = boundsIn(namedReaders(columns, batch))
      return (i, at) => numbers.set(bounds(i).map(BigInt), at * 4)
    },
    dtype: () => '<i8',
  }
}

function heldProbabilities(array: MakeArray, chunk: number, wanted: readonly string[], { columns }: SinkContext): Held {
  const numbers = new Float32Array(chunk * wanted.length)
  return {
    array: array('probabilities', 4, { name: 'class', width: wanted.length }),
    numbers,
    putIn: (batch) => {
      const shares = numbersIn(namedReaders(columns, batch), wanted)
      return (i, at) => numbers.set(shares(i)!, at * wanted.length)
    },
    dtype: () => '<f4',
  }
}

/** A label is written as the index of its class; one that names no class is −1. */
function heldLabels(array: MakeArray, chunk: number, { classes }: Answers, { columns }: SinkContext): Held {
  const indices = new Map(classes.map(({ name }, i) => [name, i]))
  const numbers = new BigInt64Array(chunk)
  return {
    array: array('labels', 8, null),
    numbers,
    putIn: (batch) => {
      const label = namedReaders(columns, batch)('label')
      return (i, at) => {
        const said = label(i)
        // There may be a class of the name null.
        numbers[at] = BigInt((said === null ? undefined : indices.get(String(said))) ?? -1)
      }
    },
    dtype: () => '<i8',
  }
}

/** As the model gives them: float32, or float16. */
function heldFeatures(array: MakeArray, chunk: number, vector: Column, { columns }: SinkContext): Held {
  const size = vector.size!
  const half = vector.element === 'float16'
  const numbers = half ? new Uint16Array(chunk * size) : new Float32Array(chunk * size)
  return {
    array: array('features', numbers.BYTES_PER_ELEMENT, { name: 'feature', width: size }),
    numbers,
    putIn: (batch) => {
      const { values } = vectorsIn(batch, columns, vector)
      return (i, at) => numbers.set(values.subarray(i * size, (i + 1) * size), at * size)
    },
    dtype: () => (half ? '<f2' : '<f4'),
  }
}
