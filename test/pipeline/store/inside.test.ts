/** What is written stays in the output folder, whatever links lie in it. */

import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { SinkError } from '../../../src/core/errors.js'
import { makeInside } from '../../../src/pipeline/store/inside.js'
import { writeDurably } from '../../../src/pipeline/store/receipts.js'
import { runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('folders are made one in the other; a link to a place inside may stay', async (t) => {
  const output = await tempFolder(t)
  await makeInside(output, path.join(output, 'a/b'))
  await symlink('a', path.join(output, 'link'))
  await makeInside(output, path.join(output, 'link/c'))
  t.deepEqual((await readdir(path.join(output, 'a'))).toSorted(), ['b', 'c'])
})

for (const place of ['sub', 'sub/deeper', '.tiastream', '.tiastream/receipts', '.tiastream/journal']) {
  test(`a link at ${place} that leads out of the output ends the run, and nothing is written there`, async (t) => {
    const folder = await tempFolder(t)
    const elsewhere = path.join(folder, 'elsewhere')
    await mkdir(elsewhere)
    await mkdir(path.dirname(path.join(folder, 'out', place)), { recursive: true })
    await symlink(elsewhere, path.join(folder, 'out', place))
    const file = await writePipeline(folder, {
      grid: '{ size: 224 px, at: 4 mpp }',
      sinks: '[{ csv: { file: "sub/deeper/{slide}.csv" } }]',
      runtime: '{ lanes: 1 }',
    })
    const error = await t.throwsAsync(runFile(file), { instanceOf: SinkError, code: 'OUTPUT_ESCAPES' })
    t.true(error!.message.includes(elsewhere), error!.message)
    t.deepEqual(await readdir(elsewhere), [])
  })
}

test('links in place of partial files are replaced, not followed', async (t) => {
  const folder = await tempFolder(t)
  const precious = path.join(folder, 'precious')
  await writeFile(precious, 'precious')
  await mkdir(path.join(folder, 'out/.tiastream/receipts'), { recursive: true })
  await symlink(precious, path.join(folder, 'out/demo.csv.partial'))
  await symlink(precious, path.join(folder, 'out/demo.csv'))
  const file = await writePipeline(folder, { grid: '{ size: 224 px, at: 4 mpp }', sinks: '[csv]', runtime: '{ lanes: 1 }' })
  await runFile(file)
  t.is(await readFile(precious, 'utf8'), 'precious')
  t.true((await lstat(path.join(folder, 'out/demo.csv'))).isFile())
})

test('a receipt is not written through a link', async (t) => {
  const folder = await tempFolder(t)
  const precious = path.join(folder, 'precious')
  await writeFile(precious, 'precious')
  await symlink(precious, path.join(folder, 'a.json.partial'))
  await t.throwsAsync(writeDurably(path.join(folder, 'a.json'), '{}'), { instanceOf: SinkError })
  t.is(await readFile(precious, 'utf8'), 'precious')
})
