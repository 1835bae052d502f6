/** Patches finer than their slide are blown-up blur: the receipt says so, where a run with exit 0 would hide it. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { buildTiff, rgbPage } from '../../readers/tiff-builder.js'
import { runFile } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('the receipt of a slide that is enlarged 4 times says it, that of one enlarged 1.3 times does not', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'a.tif'), buildTiff([rgbPage({ width: 64, height: 48 })]))
  await writeFile(path.join(folder, 'l.csv'), 'id,uri,mpp\nfour,a.tif,1\nnear,a.tif,0.325\nsmaller,a.tif,0.1\n')
  const file = path.join(folder, 'p.yml')
  await writeFile(
    file,
    'output: ./out\nslides: { list: ./l.csv }\nstages: [grid: { size: 16 px, at: 0.25 mpp }, mask: { method: none }, extract, measure, batch: { size: 4 }, merge]\nsinks: [csv]\nruntime: { lanes: 1 }\n',
  )
  const { summary, events } = await runFile(file)
  t.is(summary.failures.length, 0)
  const warningsOf = async (id: string) =>
    (JSON.parse(await readFile(path.join(folder, `out/.tiastream/receipts/${id}.json`), 'utf8')) as Receipt).warnings
  const four = await warningsOf('four')
  t.is(four.length, 1)
  t.regex(four[0]!, /a\.tif is enlarged 4 times for 0\.25 mpp/)
  t.deepEqual(await warningsOf('near'), [])
  t.deepEqual(await warningsOf('smaller'), [])
  t.deepEqual(
    events.flatMap((event) => (event.type === 'warning' && event.code === 'ENLARGED' ? [event.message] : [])),
    four,
  )
})
