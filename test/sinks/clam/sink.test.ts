import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { type Dataset, File, ready } from 'h5wasm/node'
import { batchesOf } from '../../../src/core/batches/batches-of.js'
import type { Row } from '../../../src/core/row.js'
import { contextOf, openSink, predictionColumns, predictions, probabilityColumns, temporary, writeTable } from '../tables.js'

await ready

function read(file: string, name: string) {
  const open = new File(file, 'r')
  const dataset = open.get(name) as Dataset
  const attributes = Object.fromEntries(Object.entries(dataset.attrs).map(([key, { value }]) => [key, value]))
  const found = { shape: dataset.shape, numbers: Array.from(dataset.value as ArrayLike<number | bigint>, Number), attributes }
  open.close()
  return found
}

const answered = (count: number) => [...predictions(count)].filter(({ prediction }) => prediction !== null)

for (const count of [0, 1, 2500]) {
  test(`${count} patches: coords and probabilities`, async (t) => {
    const file = path.join(await temporary(t), 'x.h5.partial')
    await writeTable('clam', file, predictionColumns, predictions(count))
    const rows = answered(count)
    const coords = read(file, 'coords')
    t.deepEqual(coords.shape, [rows.length, 2])
    t.deepEqual(
      coords.numbers,
      rows.flatMap(({ base_x: bx, base_y: by }) => [bx as number, by as number]),
    )
    if (count > 0) {
      t.like(coords.attributes, { patch_size: 448n, patch_level: 0n, name: 'S-1 é' })
      t.deepEqual(coords.attributes.level_dim, new BigInt64Array([46_000n, 32_914n]))
    }
    const features = read(file, 'features')
    t.deepEqual(features.shape, [rows.length, 3])
    t.deepEqual(
      features.numbers,
      rows.flatMap((row) => probabilityColumns.map((name) => row[name] as number)),
    )
    t.is(JSON.parse(features.attributes.tiastream as string).model.name, 'tissue3')
  })
}

test("vectors as features, in trident's layout", async (t) => {
  const file = path.join(await temporary(t), 'x.h5')
  const columns = [...predictionColumns, { name: 'features', type: 'vector', size: 7, nullable: true, about: '' } as const]
  const rows = [...predictions(60)].map((row, i) => ({
    ...row,
    features: i === 5 ? null : Float32Array.from({ length: 7 }, (_, k) => i + k / 8),
  }))
  // Halves hold these numbers, too, and are widened.
  const half = columns.map((column) => (column.type === 'vector' ? { ...column, element: 'float16' as const } : column))
  await writeTable('clam', `${file}.half`, half, rows, { layout: 'trident', chunk: 16 })
  t.deepEqual(
    read(`${file}.half`, 'features').numbers,
    rows.flatMap(({ features }) => [...(features ?? [])]),
  )
  await writeTable('clam', file, columns, rows, { layout: 'trident', chunk: 16 })
  const kept = rows.filter(({ features }) => features)
  t.deepEqual(
    read(file, 'features').numbers,
    kept.flatMap(({ features }) => [...features!]),
  )
  t.like(read(file, 'coords').attributes, {
    patch_size: 224n,
    patch_size_level0: 448n,
    level0_magnification: 40n,
    target_magnification: 20n,
    overlap: 0n,
    level0_width: 46_000n,
    level0_height: 32_914n,
  })
  await t.throwsAsync(writeTable('clam', file, predictionColumns, [], { features: 'vector' }), { code: 'COLUMN_MISSING' })
})

test("stamp: coords in µm and feats, with the attributes of the file that STAMP's get_coords and its encoders ask for", async (t) => {
  const file = path.join(await temporary(t), 'x.h5')
  await writeTable('clam', file, predictionColumns, predictions(60), { layout: 'stamp' })
  const rows = answered(60)
  const open = new File(file, 'r')
  const attributes = Object.fromEntries(Object.entries(open.attrs).map(([key, { value }]) => [key, value]))
  open.close()
  // 224 px of 0.5 µm; a baseline pixel is 0.25 µm.
  t.deepEqual(attributes, { unit: 'um', tile_size_um: 112n, tile_size_px: 224n, feat_type: 'tile', extractor: 'tissue3' })
  t.deepEqual(
    read(file, 'coords').numbers,
    rows.flatMap(({ base_x: x, base_y: y }) => [(x as number) / 4, (y as number) / 4]),
  )
  t.deepEqual(read(file, 'feats').shape, [rows.length, 3])
  // On pixels of 0.499 µm a patch of 112 µm has 224.449: whole pixels are 224 or 225 apart, and STAMP would count patches by the smaller of them.
  const context = contextOf(file, predictionColumns)
  const { slide } = context
  const odd = { ...slide, info: { ...slide.info, mpp: { x: 0.499, y: 0.499 } } }
  const laid = answered(60).map(
    (row): Row => ({
      ...row,
      base_x: Math.round((row.grid_x as number) * (112 / 0.499)),
      base_y: Math.round((row.grid_y as number) * (112 / 0.499)),
    }),
  )
  await pipeline(batchesOf(predictionColumns, laid), await openSink('clam', { layout: 'stamp' }, { ...context, slide: odd }))
  const microns = laid.flatMap(({ grid_x: x, grid_y: y }) => [112 * (x as number), 112 * (y as number)])
  for (const [i, at] of read(file, 'coords').numbers.entries()) t.true(Math.abs(at - microns[i]!) < 1e-2)
  const { mpp: _, power: __, ...info } = slide.info
  await t.throwsAsync(openSink('clam', { layout: 'stamp' }, { ...context, slide: { ...slide, info } }), { code: 'SLIDE_NO_RESOLUTION' })
})

for (const layout of ['clam', 'trident']) {
  test(`${layout}: patches that are not square are refused, for the layout has one number`, async (t) => {
    const file = path.join(await temporary(t), 'x.h5.partial')
    const odd = { code: 'GRID_UNSUPPORTED', message: /448 x 440 px, and the layout has one number/ }
    const rows = [...predictions(9)].map((row) => ({ ...row, base_h: 440 }))
    await t.throwsAsync(writeTable('clam', file, predictionColumns, rows, { layout }), odd)
    for (const grid of [
      { patch: [224, 112], stride: [224, 224] },
      { patch: [224, 224], stride: [64, 16] },
    ] as const) {
      const context = contextOf(file, predictionColumns)
      const { at } = context.provenance.grid!
      const sink = await openSink('clam', { layout }, { ...context, provenance: { ...context.provenance, grid: { at, ...grid } } })
      await t.throwsAsync(pipeline(batchesOf(predictionColumns, predictions(9)), sink), { code: 'GRID_UNSUPPORTED' })
    }
  })
}

for (const layout of ['clam', 'trident']) {
  test(`${layout}: pixels that are square but for some thousandths, as those of Hamamatsu's scanners, make patches that are written`, async (t) => {
    const file = path.join(await temporary(t), 'x.h5')
    // 224 px of 0.5 µm on pixels of 0.45641 x 0.45506 µm.
    const rows = [...predictions(9)].map((row) => ({ ...row, base_w: 246, base_h: 247 }))
    await writeTable('clam', file, predictionColumns, rows, { layout })
    t.like(read(file, 'coords').attributes, layout === 'clam' ? { patch_size: 246n } : { patch_size: 224n, patch_size_level0: 246n })
  })
}

test('the same rows make the same bytes, a second later too', async (t) => {
  const folder = await temporary(t)
  const files = ['a', 'b'].map((name) => path.join(folder, name))
  for (const file of files) {
    await writeTable('clam', file, predictionColumns, predictions(1500))
    await new Promise((resolve) => setTimeout(resolve, 1100))
  }
  t.true((await readFile(files[0]!)).equals(await readFile(files[1]!)))
  t.true(Date.now() > 1_600_000_000_000)
})
