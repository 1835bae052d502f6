/** A folder in the place of one of the files of a slide: that slide's error, and none of its files is published. */

import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { ownerOf } from '../../../src/core/owners.js'
import { commit } from '../../../src/pipeline/store/commit.js'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { tempFolder } from '../../support/temp.js'

const receipt = { schema: 'tiastream-receipt/2', slide: 'a', status: 'done', rows: 1 } as Omit<Receipt, 'files'>

test('a folder with the name of a file fails its slide before anything of it has its name; a link is replaced', async (t) => {
  const output = await tempFolder(t)
  const files = ['a.parquet', 'a.csv'].map((file) => ({ sink: file.slice(2), file }))
  for (const { file } of files) await writeFile(path.join(output, `${file}.partial`), file)
  await mkdir(path.join(output, 'a.csv'))
  const error = await t.throwsAsync(commit(output, files, receipt))
  t.like(error, { code: 'OUTPUT_TAKEN', name: 'SinkError' })
  t.is(ownerOf(error), 'slide')
  t.deepEqual((await readdir(output)).sort(), ['a.csv', 'a.csv.partial', 'a.parquet.partial'])

  const other = await tempFolder(t)
  await writeFile(path.join(other, 'a.csv.partial'), 'rows')
  await symlink(output, path.join(other, 'a.csv'))
  t.deepEqual((await commit(other, [{ sink: 'csv', file: 'a.csv' }], receipt)).files, [{ sink: 'csv', file: 'a.csv', bytes: 4 }])
})
