/** The map sink against a merge written out plainly, read back by geotiff and sharp. */

import test from 'ava'
import { fromFile } from 'geotiff'
import sharp from 'sharp'
import { boxAsTiatoolbox } from '../../../src/geometry/merge.js'
import spec from '../../../src/sinks/map/spec.js'
import { changed, classes, columns, demoSlide, drawn, merged, probabilityColumns, provenance, rows, same } from '../pictures.js'

const [width, height] = [896, 640]

async function raster(
  file: string,
  index = 0,
): Promise<{ width: number; height: number; data: ArrayLike<number>; tag: (name: string) => unknown }> {
  const image = await (await fromFile(file)).getImage(index)
  const data = (await image.readRasters({ interleave: true })) as unknown as ArrayLike<number>
  return { width: image.getWidth(), height: image.getHeight(), data, tag: (name) => image.fileDirectory.getValue(name as 'ImageWidth') }
}

test('the map is the merge of all patches, with levels, colours, resolution and what made it', async (t) => {
  const { file } = await drawn(t, 'map', { file: 'x.tif' })
  const map = await raster(file)
  t.deepEqual([map.width, map.height], [width, height])
  t.true(same(Uint8Array.from(map.data), merged().labels))
  const tiff = await fromFile(file)
  t.is(await tiff.getImageCount(), 3)
  const image = await tiff.getImage(0)
  const colors = (await image.fileDirectory.loadValue('ColorMap')) as unknown as Uint16Array
  t.deepEqual(
    [0, 1, 2].map((c) => colors[c * 256 + 1]! / 257),
    [0xe4, 0x1a, 0x1c],
  )
  const [numerator, denominator] = (await image.fileDirectory.loadValue('XResolution')) as unknown as number[]
  t.is((1e4 * denominator!) / numerator!, 4)
  const described = JSON.parse(String(await image.fileDirectory.loadValue('ImageDescription')).replace(/\0$/, ''))
  t.is(described.fingerprint, provenance.fingerprint)
  t.is(described.at, '4 mpp')
  t.deepEqual(described.model, { name: 'three', sha256: 'ab'.repeat(32) })
  t.deepEqual(described.values[2], { value: 2, ...classes[1]! })
})

test('PNG and NumPy hold the same labels', async (t) => {
  const { labels } = merged()
  const png = await drawn(t, 'map', { file: 'x.png' })
  const { data, info } = await sharp(png.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  t.deepEqual([info.width, info.height], [width, height])
  const palette = [
    [255, 255, 255],
    [0xe4, 0x1a, 0x1c],
    [0x37, 0x7e, 0xb8],
    [0x4d, 0xaf, 0x4a],
  ]
  t.true(labels.every((label, i) => palette[label]!.every((v, c) => data[i * 3 + c] === v)))
  const { bytes } = await drawn(t, 'map', { file: 'x.npy' })
  const head = 10 + bytes.readUInt16LE(8)
  t.is(head % 64, 0)
  t.regex(bytes.toString('latin1', 10, head), /'descr': '\|u1', 'fortran_order': False, 'shape': \(640, 896\)/)
  t.true(same(bytes.subarray(head), labels))
})

test('probabilities are the means, as float32 and as bytes', async (t) => {
  const { means } = merged()
  const floats = await raster((await drawn(t, 'map', { file: 'x.tif', values: 'probabilities' })).file)
  t.true(same(Float32Array.from(floats.data), Float32Array.from(means)))
  const bytes = await raster((await drawn(t, 'map', { file: 'x.tif', values: 'bytes' })).file)
  t.true(
    same(
      Uint8Array.from(bytes.data),
      Uint8Array.from(means, (v) => Math.round(v * 255)),
    ),
  )
})

test('compat: tiatoolbox rounds both ends up', async (t) => {
  const at = '3 mpp' // 1195 x 853: nothing is whole
  const map = await raster((await drawn(t, 'map', { file: 'x.tif', at, compat: 'tiatoolbox' })).file)
  const canvas = { width: map.width, height: map.height }
  t.deepEqual([canvas.width, canvas.height], [1195, 853])
  const sums = new Float32Array(canvas.width * canvas.height * 3)
  const counts = new Uint32Array(canvas.width * canvas.height)
  for (const row of rows()) {
    if (row.prediction === null) continue
    const bounds = ['x0', 'y0', 'x1', 'y1'].map((name) => row[name]) as [number, number, number, number]
    const box = boxAsTiatoolbox(bounds, canvas, { width: 7168, height: 5120 })
    for (let y = box.top; y < Math.min(box.bottom, canvas.height); y++) {
      for (let x = box.left; x < Math.min(box.right, canvas.width); x++) {
        counts[y * canvas.width + x]!++
        for (const [c, name] of probabilityColumns.entries()) sums[(y * canvas.width + x) * 3 + c]! += row[name] as number
      }
    }
  }
  const labels = Uint8Array.from(counts, (n, i) => {
    const p = [...sums.subarray(i * 3, i * 3 + 3)].map((v) => Math.fround(v / (n + 1e-8)))
    return n === 0 ? 0 : 1 + p.indexOf(Math.max(...p))
  })
  t.true(same(Uint8Array.from(map.data), labels))
})

test('without probabilities patches vote', async (t) => {
  const list = [
    { index: 0, base_x: 0, base_y: 0, base_w: 224, base_h: 224, prediction: 2 },
    { index: 1, base_x: 112, base_y: 0, base_w: 224, base_h: 224, prediction: 0 },
    { index: 2, base_x: 112, base_y: 0, base_w: 224, base_h: 224, prediction: 2 },
    { index: 3, base_x: 400, base_y: 0, base_w: 224, base_h: 224, prediction: null },
  ]
  const few = columns.filter(({ name }) => !/^prob_|^[xy][01]$/.test(name))
  const map = await raster((await drawn(t, 'map', { file: 'x.tif' }, { list, columns: few })).file)
  t.deepEqual(
    [0, 13, 14, 27, 28, 41, 42, 55].map((x) => map.data[x]),
    [3, 3, 3, 3, 1, 1, 0, 0],
  )
})

test('no rows, no tissue: an empty map of the right size', async (t) => {
  const map = await raster((await drawn(t, 'map', { file: 'x.tif' }, { list: [] })).file)
  t.deepEqual([map.width, map.height], [width, height])
  t.true(Array.from(map.data).every((v) => v === 0))
})

test('a thin patch on the cut-off end of the canvas stays', async (t) => {
  const slide = changed(await demoSlide(t), { width: 1127, height: 1127, levels: [] })
  const list = [{ index: 0, base_x: 1124, base_y: 1124, base_w: 224, base_h: 224, prediction: 1 }]
  const few = columns.filter(({ name }) => !/^prob_|^[xy][01]$/.test(name))
  const map = await raster((await drawn(t, 'map', { file: 'x.tif' }, { list, columns: few, slide })).file)
  t.deepEqual([map.width, map.height], [141, 141]) // 140.875
  t.is(map.data[141 * 141 - 1], 2)
  const cut = changed(slide, { width: 1123, height: 1123 }) // 140.375: a canvas of 140
  const last = [{ ...list[0]!, base_x: 1120, base_y: 1120 }]
  const small = await raster((await drawn(t, 'map', { file: 'x.tif' }, { list: last, columns: few, slide: cut })).file)
  t.is(small.width, 140)
  t.is(small.data[140 * 140 - 1], 2)
})

test('a tile without a pixel size is drawn in its own pixels', async (t) => {
  const { mpp: _, power: __, ...info } = (await demoSlide(t)).info
  const slide = { ...changed(await demoSlide(t), {}), info: { ...info, kind: 'tile' as const, width: 500, height: 300 } }
  const map = await raster((await drawn(t, 'map', { file: 'x.tif' }, { list: [], slide })).file)
  t.deepEqual([map.width, map.height], [500, 300])
  await t.throwsAsync(drawn(t, 'map', { file: 'x.tif', at: '4 mpp' }, { slide }), { code: 'SLIDE_NO_RESOLUTION' })
})

test('what cannot be drawn is refused with a reason', async (t) => {
  const slide = await demoSlide(t)
  const large = changed(slide, { width: 400_000, height: 300_000 })
  await t.throwsAsync(drawn(t, 'map', { file: 'x.png', at: '1 mpp' }, { slide: large }), {
    code: 'PICTURE_TOO_LARGE',
    message: /^x.png: 200000 x 150000 pixels are 30000 megapixels; PNG is written up to 268/,
  })
  await t.throwsAsync(drawn(t, 'map', { file: 'x.tif' }, { slide: changed(slide, { kind: 'set' }) }), { code: 'PICTURE_OF_SET' })
  const { model: _, ...none } = provenance
  await t.throwsAsync(drawn(t, 'map', { file: 'x.tif' }, { provenance: none }), { code: 'CLASSES_MISSING' })
  await t.throwsAsync(drawn(t, 'map', { file: 'x.tif' }, { list: [...rows()].reverse() }), { code: 'ROWS_OUT_OF_ORDER' })
  await t.throwsAsync(drawn(t, 'map', { file: 'no/such/folder.tif' }), { code: 'OUTPUT_MISSING' })
})

test('an abort in the middle ends the sink', async (t) => {
  const controller = new AbortController()
  function* stopping() {
    for (const row of rows()) {
      if ((row.index as number) > 700) controller.abort()
      yield row
    }
  }
  await t.throwsAsync(drawn(t, 'map', { file: 'x.tif' }, { list: stopping(), signal: controller.signal }), { name: 'AbortError' })
})

test('more classes than a byte has numbers are a mistake that check finds', (t) => {
  const found = (count: number, values: 'classes' | 'bytes') => {
    const classes = Array.from({ length: count }, (_, i) => ({ name: `c${i}`, color: '#000000' }))
    const card = { name: 'm', inputs: [], outputs: [{ name: 'y', kind: 'classes', classes }] }
    const columns = ['base_x', 'base_y', 'base_w', 'base_h', 'class'].map((name) => ({ name, type: 'float64' }))
    const plan = { kind: 'slide', provided: () => [{ model: 'm' }], card: () => card, columns }
    return spec.problems!({ file: '', values } as never, plan as never)
  }
  t.deepEqual([found(255, 'classes'), found(256, 'bytes')], [[], []])
  t.deepEqual(found(256, 'classes'), ['256 classes do not go into one byte a pixel: say values: probabilities'])
})
