/** An ETL script as a user writes it: a slide read by hand, its rows shaped in a highland stream, into a Parquet file. */

import { stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import {
  batch,
  batchesOf,
  compose,
  defineStage,
  extract,
  findModel,
  fromHighland,
  grid,
  imageSlide,
  infer,
  mask,
  merge,
  openModel,
  openSlide,
  parquet,
  readCard,
  rowsIn,
  sample,
  stepOf,
  toHighland,
} from '../../src/index.js'
import { openParquet } from '../../src/sinks/parquet/read.js'
import { tempFolder } from '../support/temp.js'

const demo = path.join(packageRoot, 'fixtures/slides/demo.tif')

test('an ETL script: tissue rich in hematoxylin, filtered in a highland stream, written as Parquet', async (t) => {
  const folder = await tempFolder(t)
  const slide = await openSlide(demo)
  const stain = await openModel(await readCard(await findModel('stain', folder)), { devices: ['cpu'] })
  try {
    const rows = compose(
      slide,
      [grid(), mask({ keep: '50 %' }), sample({ every: 4 }), extract(), batch(), infer({ model: 'stain' }), merge()],
      { models: { stain } },
    )
    // What areas are counted by, and `clam` and `compat: tiatoolbox` cannot do without.
    t.deepEqual(rows.provenance.grid, { at: { value: 0.5, units: 'mpp' }, patch: [224, 224], stride: [224, 224] })
    let seen = 0
    const stream = toHighland(rowsIn(rows.columns, rows))
    const rich = stream.tap(() => seen++).filter((row) => (row.prob_hematoxylin_rich as number) > 0.2)
    const file = path.join(folder, 'rich.parquet')
    const sink = await parquet({ file }).open({ slide, columns: rows.columns, provenance: rows.provenance })
    await pipeline(batchesOf(rows.columns, fromHighland(rich, stream)), sink)
    const table = await openParquet(file)
    let count = 0
    for await (const row of table.rows) {
      count++
      t.true((row.prob_hematoxylin_rich as number) > 0.2)
    }
    t.true(count > 0 && count < seen, `${count} of ${seen} rows`)
    t.true((await stat(file)).size > 0)
  } finally {
    await stain.close()
    await slide.close()
  }
})

test('leaving the loop early closes what the stages opened, and the slide can be read again', async (t) => {
  const slide = await openSlide(demo)
  t.teardown(() => slide.close())
  for (let i = 0; i < 2; i++) {
    for await (const image of compose(slide, [grid({ size: 224, at: '0.5 mpp' }), extract()])) {
      t.is(image.pixels[0]!.length, 224 * 224 * 3)
      break
    }
  }
})

test('steps that do not meet are refused by the compiler, wrong options when composed', async (t) => {
  const slide = await openSlide(demo)
  t.teardown(() => slide.close())
  // @ts-expect-error merge takes batches, extract gives images
  t.truthy(compose(slide, [grid({ size: 224, at: '0.5 mpp' }), extract(), merge()]))
  t.throws(() => compose(slide, [grid({ size: '224 mm' })]), { code: 'OPTION_INVALID' })
  t.throws(() => compose(slide, [grid({ size: 224, at: '0.5 mpp' }), extract(), batch(), infer({ model: 'x' }), merge()]), {
    code: 'MODEL_MISSING',
  })
})

test('a stage of the program may put the pixels of all patches into one buffer', async (t) => {
  const scratch = new Uint8Array(3)
  const through = defineStage({
    name: 'through',
    from: 'image',
    to: 'image',
    placement: 'pixels',
    summary: 'a stage',
    options: {},
    examples: [],
    load: async () => ({
      default: () =>
        async function* (images) {
          for await (const image of images) {
            scratch.set(image.pixels[0]!)
            yield { ...image, pixels: [scratch] }
          }
        },
    }),
  })
  const slide = await openSlide(imageSlide(Uint8Array.of(1, 2, 3, 4, 5, 6), { width: 2, height: 1 }))
  const steps = [grid({ size: '1 px', at: 'baseline' }), extract(), stepOf(through)(), batch()] as const
  for await (const { inputs } of compose(slide, steps)) t.deepEqual([...inputs[0]!.data], [1, 2, 3, 4, 5, 6])
  t.plan(1)
  await slide.close()
})
