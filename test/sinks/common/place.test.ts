/** Patches that do not say where they lie, as a user's own rows may: no program is given a place that is none. */

import path from 'node:path'
import test from 'ava'
import type { Column, Row } from '../../../src/core/row.js'
import { sinks } from '../../../src/sinks/registry.js'
import { predictionColumns, predictions, temporary, writeTable } from '../tables.js'

const baseline = ['annotations', 'clam', 'geoparquet', 'map', 'qupath', 'wsinfer']
const grid = ['tiatoolbox-json', 'zarr']

for (const sink of [...baseline, ...grid]) {
  for (const value of [null, Number.NaN, Number.POSITIVE_INFINITY]) {
    test(`${sink}: a place that is ${value} is an error of its row`, async (t) => {
      const folder = await temporary(t)
      const name = baseline.includes(sink) ? 'base_y' : 'y0'
      const columns = predictionColumns.map((one): Column => (one.name === name ? { ...one, type: 'float64', nullable: true } : one))
      const rows = [...predictions(40)].map((row): Row => (row.index === 7 ? { ...row, [name]: value } : row))
      const file = path.join(folder, `x${path.extname(sinks[sink]!.file)}`)
      await t.throwsAsync(writeTable(sink, file, columns, rows, sink === 'zarr' ? { file: 'x.zarr' } : {}), {
        name: 'SinkError',
        code: 'ROW_INVALID',
        message: `the patch 7 has no place: its '${name}' is ${value}`,
      })
    })
  }
}
