import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import test from 'ava'
import { batchesOf } from '../../../src/core/batches/batches-of.js'
import type { Column, Row } from '../../../src/core/row.js'
import { fromHalf } from '../../../src/geometry/half.js'
import { contextOf, openSink, predictionColumns, predictions, probabilityColumns, temporary, writeTable } from '../tables.js'

/** One array, read as the zarr version 2 specification says. */
async function arrayOf(folder: string, name: string) {
  const { shape, chunks, dtype, compressor, zarr_format, fill_value } = JSON.parse(
    await readFile(path.join(folder, name, '.zarray'), 'utf8'),
  )
  if (compressor.id !== 'zlib' || zarr_format !== 2 || fill_value !== null) throw new Error('not what was asked for')
  const width = shape[1] ?? 1
  const numbers: number[] = []
  for (let chunk = 0; chunk * chunks[0] < shape[0]; chunk++) {
    const bytes = zlib.inflateSync(await readFile(path.join(folder, name, shape.length === 1 ? `${chunk}` : `${chunk}.0`)))
    const { buffer, byteOffset, length } = Uint8Array.from(bytes)
    const read = { '<f2': Uint16Array, '<f4': Float32Array, '<i8': BigInt64Array, '|u1': Uint8Array, '|b1': Uint8Array }[dtype as string]!
    const values = new read(buffer, byteOffset, length / read.BYTES_PER_ELEMENT)
    if (values.length !== chunks[0] * width) throw new Error('a chunk is not full')
    for (let i = 0; i < values.length && numbers.length < shape[0] * width; i++) numbers.push(Number(values[i]))
  }
  return { shape, dtype, numbers }
}

const answered = (rows: Iterable<Row>) => [...rows].filter(({ prediction }) => prediction !== null)

for (const count of [0, 1, 250, 40_000]) {
  test(`${count} patches come back, whatever the chunks`, async (t) => {
    const folder = path.join(await temporary(t), 'x.zarr')
    await writeTable('zarr', folder, predictionColumns, predictions(count), { file: 'x.zarr' })
    const rows = answered(predictions(count))
    const predicted = await arrayOf(folder, 'predictions')
    t.deepEqual(predicted, { shape: [rows.length], dtype: '|u1', numbers: rows.map(({ prediction }) => prediction as number) })
    const coordinates = await arrayOf(folder, 'coordinates')
    t.deepEqual(coordinates.shape, [rows.length, 4])
    // Without these xarray opens no array of version 2.
    for (const [name, dimensions] of Object.entries({
      predictions: ['patch'],
      coordinates: ['patch', 'bound'],
      probabilities: ['patch', 'class'],
    }))
      t.deepEqual(JSON.parse(await readFile(path.join(folder, name, '.zattrs'), 'utf8')), { _ARRAY_DIMENSIONS: dimensions })
    t.deepEqual(
      coordinates.numbers,
      rows.flatMap(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1] as number[]),
    )
    const probabilities = await arrayOf(folder, 'probabilities')
    t.deepEqual(
      probabilities.numbers,
      rows.flatMap((row) => probabilityColumns.map((name) => row[name] as number)),
    )
  })
}

test('the dtype of predictions follows TIAToolbox: bool when the largest is 1', async (t) => {
  const folder = path.join(await temporary(t), 'x.zarr')
  const rows = [...predictions(40)].map((row, i) => ({ ...row, prediction: i % 2 }))
  await writeTable('zarr', folder, predictionColumns, rows, { file: 'x.zarr' })
  t.is((await arrayOf(folder, 'predictions')).dtype, '|b1')
  await writeTable(
    'zarr',
    folder,
    predictionColumns,
    rows.map((row) => ({ ...row, prediction: 0 })),
    { file: 'x.zarr' },
  )
  t.is((await arrayOf(folder, 'predictions')).dtype, '|u1')
})

test('labels are indices of classes, −1 for what is none', async (t) => {
  const folder = path.join(await temporary(t), 'x.zarr')
  const columns = [...predictionColumns, { name: 'label', type: 'category', nullable: true, about: '' } as const]
  const labels = ['Tumor', 'Lymphocytes é', 'something else', null]
  const rows = [...predictions(4)].map((row, i) => ({ ...row, label: labels[i]! }))
  await writeTable('zarr', folder, columns, rows, { file: 'x.zarr', probabilities: false })
  t.deepEqual((await arrayOf(folder, 'labels')).numbers, [0, 2, -1, -1])
  await t.throwsAsync(readFile(path.join(folder, 'probabilities', '.zarray')), { code: 'ENOENT' })
})

test('a patch without a label is not of the class called null', async (t) => {
  const folder = path.join(await temporary(t), 'x.zarr')
  const columns = [...predictionColumns, { name: 'label', type: 'category', nullable: true, about: '' } as const]
  const { provenance, ...context } = contextOf(folder, columns)
  const [output] = provenance.model!.outputs
  const classes = output!.classes.map((one, i) => (i === 1 ? { ...one, name: 'null' } : one))
  const model = { ...provenance.model!, outputs: [{ ...output!, classes }] }
  const rows = [...predictions(2)].map((row, i) => ({ ...row, label: i === 0 ? null : 'null' }))
  const options = { file: 'x.zarr', probabilities: false }
  await pipeline(batchesOf(columns, rows), await openSink('zarr', options, { ...context, provenance: { ...provenance, model } }))
  t.deepEqual((await arrayOf(folder, 'labels')).numbers, [-1, 1])
})

test('a ZIP file with the same entries, the same bytes every time', async (t) => {
  const folder = await temporary(t)
  const bytes: Buffer[] = []
  for (const name of ['a', 'b']) {
    const file = path.join(folder, `${name}.zarr.zip.partial`)
    await pipeline(batchesOf(predictionColumns, predictions(250)), await openSink('zarr', {}, contextOf(file, predictionColumns)))
    bytes.push(await readFile(file))
  }
  t.true(bytes[0]!.equals(bytes[1]!))
  // The end record names its entries: 3 arrays of a chunk, a description and the names of its dimensions each, and two for the group.
  t.is(bytes[0]!.readUInt16LE(bytes[0]!.length - 22 + 10), 11)
})

for (const element of ['float32', 'float16'] as const) {
  test(`vectors are an array of ${element}, of a model without classes too`, async (t) => {
    const folder = await temporary(t)
    const features: Column = { name: 'features', type: 'vector', size: 7, nullable: true, element, about: '' }
    const rows = [...predictions(250)].map(
      (row, i): Row => ({
        ...row,
        features: i % 5 === 0 ? null : Float32Array.from({ length: 7 }, (_, k) => (i - 8 * k) / 8),
      }),
    )
    const numbers = (kept: readonly Row[]) => kept.flatMap(({ features }) => [...(features as Float32Array)])
    const asWritten = ({ numbers: found }: { readonly numbers: readonly number[] }) => (element === 'float16' ? found.map(fromHalf) : found)

    const both = path.join(folder, 'both.zarr')
    await writeTable('zarr', both, [...predictionColumns, features], rows, { file: 'both.zarr' })
    const answered = rows.filter((row) => row.features && row.prediction !== null)
    const array = await arrayOf(both, 'features')
    t.is(array.dtype, element === 'float16' ? '<f2' : '<f4')
    t.deepEqual(array.shape, [answered.length, 7])
    t.deepEqual(asWritten(array), numbers(answered))
    t.deepEqual(
      (await arrayOf(both, 'predictions')).numbers,
      answered.map(({ prediction }) => prediction as number),
    )

    const alone = path.join(folder, 'alone.zarr')
    const columns = [...predictionColumns.slice(0, 14), features]
    const { provenance, ...context } = contextOf(alone, columns)
    const model = { ...provenance.model!, outputs: [] }
    const sink = await openSink('zarr', { file: 'alone.zarr' }, { ...context, provenance: { ...provenance, model } })
    await pipeline(batchesOf(columns, rows, 300), sink)
    t.deepEqual(asWritten(await arrayOf(alone, 'features')), numbers(rows.filter((row) => row.features)))
    t.false(existsSync(path.join(alone, 'predictions')))
  })
}
