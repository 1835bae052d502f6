import path from 'node:path'
import test from 'ava'
import { writeOneRow } from '../../src/cli/doctor-table.js'
import { sinks } from '../../src/sinks/registry.js'
import { tempFolder } from '../support/temp.js'

const picture = path.resolve('fixtures/small/picture.png')

for (const engine of ['hyparquet', 'parquetjs']) {
  test(`doctor writes a row with ${engine} and counts it back`, async (t) => {
    const file = path.join(await tempFolder(t), 'one.parquet')
    t.is(await writeOneRow(sinks.parquet!, engine, file, picture), 'a row was written and counted back')
  })
}
