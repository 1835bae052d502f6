/** A run with `decode: fast`: who reads its results is told, and of a slide that it makes no difference to, so is who runs it. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { readTable } from '../../../src/results/read-table.js'
import { demoSlide, runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('plan, receipt and table say how JPEG was decoded; a slide without JPEG warns', async (t) => {
  const folder = await tempFolder(t)
  const deflated = path.join(path.dirname(demoSlide), '../small/deflate.tif')
  const asked = { slides: `{ glob: ["${demoSlide}", "${deflated}"] }`, model: null, sinks: '[parquet]' }
  const of = async (extract: string, grid = '{ size: 64 px, at: baseline, stride: 2048 px }') => {
    const { plan, events } = await runFile(await writePipeline(folder, { ...asked, grid, mask: '{ method: none }', extract }), {
      redo: true,
    })
    const receipts = await Promise.all(
      ['demo', 'deflate'].map(
        async (id) => JSON.parse(await readFile(path.join(folder, `out/.tiastream/receipts/${id}.json`), 'utf8')) as Receipt,
      ),
    )
    const { metadata } = await readTable(path.join(folder, 'out/rows/demo.parquet'))
    return { plan, receipts, metadata, warned: events.filter((event) => event.type === 'warning' && event.code === 'DECODED_EXACTLY') }
  }
  const exact = await of('{}')
  t.is(exact.plan.provenance.decode, undefined)
  t.is(exact.metadata.decode, undefined)
  t.is(exact.warned.length, 0)
  const fast = await of('{ decode: fast }')
  t.not(fast.plan.provenance.fingerprint, exact.plan.provenance.fingerprint)
  t.is(fast.metadata.decode, 'fast')
  t.deepEqual(
    fast.receipts.map(({ status, decode }) => [status, decode]),
    [
      ['done', 'fast'],
      ['done', 'fast'],
    ],
  )
  t.deepEqual(
    fast.warned.map((event) => 'slide' in event && event.slide),
    ['deflate'],
  )
  t.regex(fast.receipts[1]!.warnings.join(), /deflate is deflate, which is decoded exactly/)
})
