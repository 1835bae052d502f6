import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { openRecorded } from '../../../src/pipeline/store/recorded-slide.js'
import { openSlide } from '../../../src/readers/open.js'
import { readers } from '../../../src/readers/registry.js'
import type { TableMetadata } from '../../../src/sinks/common/metadata.js'
import { buildTiff, rgbPage } from '../../readers/tiff-builder.js'
import { temporary } from '../../sinks/tables.js'

test('the slide of a table has the pixels of its run: those of the file, also where they are no squares, or those that a list gave', async (t) => {
  const uri = path.join(await temporary(t), 'a.tif')
  await writeFile(uri, buildTiff([rgbPage({ width: 64, height: 48, extra: { 282: [40_000, 1], 283: [20_000, 1], 296: [3] } })]))
  for (const [given, mpp] of [
    [{}, { x: 0.25, y: 0.5 }],
    [{ mpp: 0.3 }, { x: 0.3, y: 0.3 }],
  ] as const) {
    const run = await openSlide({ uri, ...given })
    t.teardown(() => run.close())
    t.deepEqual(run.info.mpp, mpp)
    const { id, kind, vendor, width, height, power } = run.info
    const slide = { id, kind, vendor, width, height, mpp, power, identity: run.identity } as TableMetadata['slide']
    const again = await openRecorded(readers, { slide } as TableMetadata, { uri }, new AbortController().signal)
    t.teardown(() => again.close())
    t.deepEqual([again.info.mpp, again.info.power], [mpp, power])
  }
})
