/** Each export is loaded with the tool it is for: TIAToolbox, zarr 2 and 3, h5py, geopandas, pandas; QuPath's rules are checked strictly. */

import path from 'node:path'
import test from 'ava'
import type { Column, Row } from '../../src/core/row.js'
import { classes, metadata, predictionColumns, predictions, probabilityColumns, temporary, writeTable } from '../../test/sinks/tables.js'
import { ask, peerPython, zarr2Python } from '../peers.js'

const python = await peerPython()
const zarr2 = await zarr2Python()

const counts = [0, 1, 6000]
const probabilitiesOf = (row: Row) => probabilityColumns.map((name) => row[name] as number)
const answered = (count: number) => [...predictions(count)].filter(({ prediction }) => prediction !== null)
const boxOf = ({ base_x: bx, base_y: by, base_w: bw, base_h: bh }: Row) => [bx, by, Number(bx) + Number(bw), Number(by) + Number(bh)]

async function found(t: Parameters<typeof temporary>[0], name: string, file: string, count: number, interpreter = python) {
  const written = path.join(await temporary(t), file)
  await writeTable(name, written, predictionColumns, predictions(count), name === 'zarr' ? { file } : {})
  return (await ask(interpreter, 'test-slow/sinks/read_exports.py', [name, written])) as Record<string, never>
}

for (const element of ['float32', 'float16'] as const) {
  test(`vectors of ${element}: zarr-python 2 and 3 and h5py read the same numbers`, async (t) => {
    const folder = await temporary(t)
    const columns: Column[] = [...predictionColumns, { name: 'features', type: 'vector', size: 5, nullable: true, element, about: '' }]
    const rows = [...predictions(300)].map(
      (row, i): Row => ({
        ...row,
        features: row.prediction === null ? null : Float32Array.from({ length: 5 }, (_, k) => (i - 8 * k) / 8),
      }),
    )
    const expected = rows.flatMap(({ features }) => (features === null ? [] : [[...(features as Float32Array)]]))
    await writeTable('zarr', path.join(folder, 'x.zarr'), columns, rows, { file: 'x.zarr' })
    await writeTable('clam', path.join(folder, 'x.h5'), columns, rows)
    for (const interpreter of [zarr2, python]) {
      const seen = (await ask(interpreter, 'test-slow/sinks/read_exports.py', ['zarr', path.join(folder, 'x.zarr')])) as {
        readonly arrays: Record<string, unknown>
      }
      t.deepEqual(seen.arrays.features, { dtype: element, values: expected })
    }
    const seen = await ask(python, 'test-slow/sinks/read_exports.py', ['clam', path.join(folder, 'x.h5')])
    t.like(seen, { dtype: ['int64', 'float32'], features: expected })
  })
}

for (const count of counts) {
  test(`annotations: TIAToolbox opens, queries and changes a store of ${count}`, async (t) => {
    const seen = (await found(t, 'annotations', 'x.db', count)) as unknown as {
      check: string
      integrity: string
      found: [string, number[], string, Record<string, unknown>][]
      queried: number[]
      typed: number[]
      changed: string
    }
    const rows = [...predictions(count)]
    t.deepEqual([seen.check, seen.integrity, seen.changed], ['ok', 'ok', count === 0 ? 'none' : 'ok'])
    t.is(seen.found.length, count)
    for (const [key, bounds, kind, properties] of seen.found) {
      const row = rows[Number(key)]!
      t.deepEqual(bounds, boxOf(row) as number[])
      t.is(kind, 'Polygon')
      t.is(properties.type ?? null, row.class as string | null)
      const probabilities = classes.map(({ name }) => (row.class === null ? undefined : Math.fround(properties[`prob_${name}`] as number)))
      t.deepEqual(probabilities, row.class === null ? [undefined, undefined, undefined] : probabilitiesOf(row))
    }
    const inside = ({ base_x: bx, base_y: by }: Row) =>
      Number(bx) <= 3000 && Number(bx) + 448 >= 1000 && Number(by) <= 1500 && Number(by) + 448 >= 500
    t.deepEqual(
      seen.queried,
      rows.flatMap((row, i) => (inside(row) ? [i] : [])),
    )
    t.deepEqual(
      seen.typed,
      rows.flatMap((row, i) => (row.class === 'Tumor' ? [i] : [])),
    )
  })

  for (const [version, interpreter] of [
    ['2', zarr2],
    ['3', python],
  ] as const) {
    for (const file of ['x.zarr', 'x.zarr.zip']) {
      test(`zarr: zarr-python ${version} reads ${file} of ${count}`, async (t) => {
        const seen = (await found(t, 'zarr', file, count, interpreter)) as unknown as {
          version: string
          fingerprint: string
          arrays: Record<string, { dtype: string; values: unknown[] }>
        }
        const rows = answered(count)
        t.is(seen.version, version)
        t.is(seen.fingerprint, metadata(predictionColumns).fingerprint)
        t.deepEqual(seen.arrays.predictions, { dtype: 'uint8', values: rows.map(({ prediction }) => prediction) })
        t.deepEqual(seen.arrays.coordinates, { dtype: 'int64', values: rows.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]) })
        t.deepEqual(seen.arrays.probabilities, { dtype: 'float32', values: rows.map(probabilitiesOf) })
      })
    }
  }

  test(`clam: h5py reads coords and features of ${count}`, async (t) => {
    const seen = await found(t, 'clam', 'x.h5', count)
    const rows = answered(count)
    t.deepEqual(seen as unknown, {
      dtype: ['int64', 'float32'],
      coords: rows.map(({ base_x: bx, base_y: by }) => [bx, by]),
      features: rows.map(probabilitiesOf),
      patch_size: 448,
      patch_level: 0,
      level_dim: [46_000, 32_914],
      name: 'S-1 é',
    })
  })

  test(`geoparquet: geopandas reads ${count}`, async (t) => {
    const rows = [...predictions(count)]
    const boxes = rows.map(boxOf) as number[][]
    const max = (k: number) => boxes.reduce((most, box) => Math.max(most, box[k]!), 0)
    t.deepEqual((await found(t, 'geoparquet', 'x.geo.parquet', count)) as unknown, {
      crs: null,
      bounds: boxes,
      valid: true,
      total: count === 0 ? [] : [0, 0, max(2), max(3)],
      classes: rows.map((row) => row.class),
    })
  })

  test(`qupath: the rules of its import, for ${count}`, async (t) => {
    const rows = [...predictions(count)]
    t.deepEqual((await found(t, 'qupath', 'x.geojson', count)) as unknown, {
      ids: count,
      bounds: rows.map(boxOf),
      valid: true,
      classes: rows.map((row) => row.class),
    })
  })

  test(`wsinfer: pandas reads ${count}`, async (t) => {
    const seen = (await found(t, 'wsinfer', 'x.csv', count)) as unknown as { columns: string[]; rows: number[][] }
    t.deepEqual(seen.columns, ['minx', 'miny', 'width', 'height', ...classes.map(({ name }) => `prob_${name}`)])
    t.deepEqual(
      seen.rows.map((row) => row.map((value, k) => (k < 4 ? value : Math.fround(value)))),
      answered(count).map((row) => [row.base_x, row.base_y, row.base_w, row.base_h, ...probabilitiesOf(row)]) as number[][],
    )
  })

  test(`tiatoolbox-json: the lists of ${count}`, async (t) => {
    const rows = answered(count)
    t.deepEqual((await found(t, 'tiatoolbox-json', 'x.raw.json', count)) as unknown, {
      predictions: rows.map(({ prediction }) => prediction),
      coordinates: rows.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]),
      probabilities: rows.map(probabilitiesOf),
      resolution: 0.5,
      units: 'mpp',
    })
  })
}
