import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import type { SinkPlan } from '../../../src/core/sink.js'
import { readTable } from '../../../src/results/read-table.js'
import spec from '../../../src/sinks/geoparquet/spec.js'
import countRows from '../../../src/sinks/parquet/count.js'
import { predictionColumns, predictions, temporary, writeTable } from '../tables.js'

async function read(file: string) {
  const bytes = await readFile(file)
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const metadata = parquetMetadata(buffer)
  const geo = JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === 'geo')!.value!)
  const rows = await parquetReadObjects({ file: buffer, metadata })
  return { geo, rows, groups: metadata.row_groups.length }
}

test('polygons, their box over all row groups, and no coordinate system', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  await writeTable('geoparquet', file, predictionColumns, predictions(250), { row_group: 100 })
  t.is(await countRows(file), 250)
  const { geo, rows, groups } = await read(file)
  t.is(groups, 3)
  // It was told to be written anew by another program.
  await t.throwsAsync(readTable(file), { code: 'TABLE_FOREIGN', message: /x\.parquet is a GeoParquet/ })
  t.deepEqual(geo, {
    version: '1.1.0',
    primary_column: 'geometry',
    // 100 patches of 448 px a row of the grid, three rows.
    columns: { geometry: { encoding: 'WKB', geometry_types: ['Polygon'], crs: null, edges: 'planar', bbox: [0, 0, 44_800, 1344] } },
  })
  const expected = [...predictions(250)]
  for (const [i, { geometry, ...row }] of rows.entries()) {
    t.deepEqual(row, expected[i])
    const [x, y] = [(i % 100) * 448, Math.floor(i / 100) * 448]
    t.deepEqual(geometry, {
      type: 'Polygon',
      coordinates: [
        [
          [x, y],
          [x, y + 448],
          [x + 448, y + 448],
          [x + 448, y],
          [x, y],
        ],
      ],
    })
  }
})

test('no patches: a valid table without a box; a column called geometry is refused', async (t) => {
  const file = path.join(await temporary(t), 'x.parquet')
  await writeTable('geoparquet', file, predictionColumns, [])
  const { geo, rows } = await read(file)
  t.deepEqual(rows, [])
  t.false('bbox' in geo.columns.geometry)
  const columns = [...predictionColumns, { name: 'geometry', type: 'string', about: '' } as const]
  await t.throwsAsync(writeTable('geoparquet', file, columns, []), { code: 'ROW_INVALID' })
  const said = { row_group: 100, compression: 'none' } as const
  const plan = (own: string) => ({ columns: [...predictionColumns, { name: own, type: 'string', about: '' }] }) as unknown as SinkPlan
  // Before a run: otherwise each of its slides would fail by it.
  t.deepEqual(spec.problems!({ ...said, file: 'x.parquet' }, plan('Geometry')), [
    "writes a column 'geometry', and the rows have 'Geometry': rename it",
  ])
  t.deepEqual(spec.problems!({ ...said, file: 'x.parquet' }, plan('geom')), [])
})
