import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { batchesOf } from '../../../src/core/batches/batches-of.js'
import { exportTable } from '../../../src/pipeline/export.js'
import {
  classes,
  contextOf,
  metadata,
  openSink,
  predictionColumns,
  predictions,
  probabilityColumns,
  temporary,
  writeTable,
} from '../tables.js'

interface Feature {
  readonly type: string
  readonly id: string
  readonly geometry: { readonly type: string; readonly coordinates: readonly (readonly (readonly number[])[])[] }
  readonly properties: Record<string, unknown>
}

test('every patch is a feature as QuPath reads it', async (t) => {
  const file = path.join(await temporary(t), 'x.geojson.partial')
  await writeTable('qupath', file, predictionColumns, predictions(250))
  const collection = JSON.parse(await readFile(file, 'utf8'))
  t.is(collection.type, 'FeatureCollection')
  t.deepEqual(collection.tiastream, metadata(predictionColumns))
  const features = collection.features as Feature[]
  t.is(new Set(features.map(({ id }) => id)).size, 250)
  const rows = [...predictions(250)]
  const colors = [
    [0xe4, 0x1a, 0x1c],
    [0x37, 0x7e, 0xb8],
    [0x4d, 0xaf, 0x4a],
  ]
  for (const [i, { type, geometry, properties }] of features.entries()) {
    const row = rows[i]!
    const [x, y] = [row.base_x as number, row.base_y as number]
    t.is(type, 'Feature')
    t.deepEqual(geometry, {
      type: 'Polygon',
      coordinates: [
        [
          [x, y],
          [x + 448, y],
          [x + 448, y + 448],
          [x, y + 448],
          [x, y],
        ],
      ],
    })
    t.is(properties.objectType, 'tile')
    const index = row.prediction as number | null
    const expected = index === null ? undefined : { name: classes[index]!.name, color: colors[index] }
    t.deepEqual(properties.classification, expected)
    const measured = properties.measurements as Record<string, number>
    t.is(Math.fround(measured.tissue!), row.tissue as number)
    for (const [k, { name }] of classes.entries())
      t.is(index === null ? null : Math.fround(measured[`prob_${name}`]!), row[probabilityColumns[k]!] as number | null)
    t.deepEqual(properties.metadata, index === null ? { status: 'unreadable' } : undefined)
  }
})

test('of a slide that QuPath shows in part, places count from the corner of that part, also from its table', async (t) => {
  const folder = await temporary(t)
  const [table, file] = ['S-1.parquet', 'a.geojson'].map((name) => path.join(folder, name)) as [string, string]
  const cropped = (out: string, said: object) => {
    const context = contextOf(out, predictionColumns)
    return { ...context, slide: { ...context.slide, info: { ...context.slide.info, ...said } } } as typeof context
  }
  const write = async (to: string, out: string, said: object) =>
    pipeline(batchesOf(predictionColumns, predictions(3)), await openSink(to, {}, cropped(out, said)))
  const { width } = contextOf(file, predictionColumns).slide.info
  const corners = async (out: string) =>
    (JSON.parse(await readFile(out, 'utf8')).features as Feature[]).map(({ geometry }) => geometry.coordinates[0]![0])
  const places = [...predictions(3)].map((row) => [row.base_x as number, row.base_y as number] as const)
  const moved = places.map(([x, y]) => [x - 300, y - 7000])
  const part = { x: 300, y: 7000, width: 20_000, height: 9000 }
  await write('qupath', file, { bounds: part })
  t.deepEqual(await corners(file), moved)
  await write('parquet', table, { bounds: part })
  t.deepEqual(await corners((await exportTable(table, { to: 'qupath' })).file), moved)
  // Its OpenSlide server adds the corner to the place of every tile, also of a part as wide as the slide. Of Ventana's OpenSlide gives no bounds.
  for (const [said, expected] of [
    [{ bounds: { ...part, x: 0, width } }, places.map(([x, y]) => [x, y - 7000])],
    [{ bounds: { ...part, x: 0, y: 0 } }, places],
    [{ bounds: part, vendor: 'ventana' }, places],
  ] as const) {
    await write('qupath', file, said)
    t.deepEqual(await corners(file), expected)
  }
})

test('no patches: an empty collection; detections when asked', async (t) => {
  const folder = await temporary(t)
  await writeTable('qupath', path.join(folder, 'a'), predictionColumns, [])
  t.deepEqual(JSON.parse(await readFile(path.join(folder, 'a'), 'utf8')).features, [])
  await writeTable('qupath', path.join(folder, 'b'), predictionColumns, predictions(1), { objects: 'detection' })
  t.is(JSON.parse(await readFile(path.join(folder, 'b'), 'utf8')).features[0].properties.objectType, 'detection')
})
