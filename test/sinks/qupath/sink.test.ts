import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { classes, metadata, predictionColumns, predictions, probabilityColumns, temporary, writeTable } from '../tables.js'

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

test('no patches: an empty collection; detections when asked', async (t) => {
  const folder = await temporary(t)
  await writeTable('qupath', path.join(folder, 'a'), predictionColumns, [])
  t.deepEqual(JSON.parse(await readFile(path.join(folder, 'a'), 'utf8')).features, [])
  await writeTable('qupath', path.join(folder, 'b'), predictionColumns, predictions(1), { objects: 'detection' })
  t.is(JSON.parse(await readFile(path.join(folder, 'b'), 'utf8')).features[0].properties.objectType, 'detection')
})
