/** Maps and overlays are opened by tifffile, OpenSlide, libvips and NumPy: levels, resolution and pixels; and their memory on a huge slide. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { demoPath, drawn, plainMerge, rows } from '../../test/sinks/pictures.js'
import { long } from '../long.js'
import { ask, peerPython } from '../peers.js'

const run = promisify(execFile)
const python = await peerPython()
const sha = (bytes: Uint8Array | Float32Array) =>
  createHash('sha256')
    .update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    .digest('hex')
const [width, height] = [896, 640]
const merged = plainMerge(width, height, rows())

interface Tiff {
  readonly series: number
  readonly levels: readonly (readonly number[])[]
  readonly dtype: string
  readonly mpp: number
  readonly pixels: string
  readonly last: number
}

async function vips(file: string, field: string): Promise<string> {
  const { stdout } = await run('vipsheader', ['-f', field, file])
  return stdout.trim()
}

/** Readers choose by the name's end. */
async function published(t: Parameters<typeof drawn>[0], name: string, options: Parameters<typeof drawn>[2]): Promise<string> {
  const { file } = await drawn(t, name, options)
  const final = file.replace(/\.partial$/, '')
  await run('mv', [file, final])
  return final
}

test('a label map: tifffile, OpenSlide and libvips see its levels, resolution and labels', async (t) => {
  const file = await published(t, 'map', { file: 'x.tif' })
  const seen = (await ask(python, 'test-slow/sinks/read_pictures.py', ['tiff', file])) as Tiff
  t.deepEqual([seen.series, seen.dtype, seen.mpp], [1, 'uint8', 4])
  t.deepEqual(seen.levels, [
    [640, 896],
    [320, 448],
    [160, 224],
  ])
  t.is(seen.pixels, sha(merged.labels))
  const slide = (await ask(python, 'test-slow/sinks/read_pictures.py', ['slide', file])) as { levels: number[][]; mpp: number; rgb: string }
  t.deepEqual(slide.levels, [
    [896, 640],
    [448, 320],
    [224, 160],
  ])
  t.is(slide.mpp, 4)
  const palette = [
    [255, 255, 255],
    [0xe4, 0x1a, 0x1c],
    [0x37, 0x7e, 0xb8],
    [0x4d, 0xaf, 0x4a],
  ]
  t.is(slide.rgb, sha(Uint8Array.from([...merged.labels].flatMap((label) => palette[label]!))))
  t.is(await vips(file, 'n-pages'), '3')
  t.is(await vips(`${file}[page=1]`, 'width'), '448')
  t.is(Number(await vips(file, 'xres')), 250) // pixels per millimetre
})

test('probabilities: tifffile and libvips see float32 in three channels', async (t) => {
  const file = await published(t, 'map', { file: 'x.tif', values: 'probabilities' })
  const seen = (await ask(python, 'test-slow/sinks/read_pictures.py', ['tiff', file])) as Tiff
  t.deepEqual([seen.dtype, seen.levels[0]!, seen.mpp], ['float32', [640, 896, 3], 4])
  t.is(seen.pixels, sha(Float32Array.from(merged.means)))
  t.is(await vips(file, 'bands'), '3')
  t.regex(await vips(file, 'format'), /float/i)
})

test('NumPy loads the map', async (t) => {
  const labels = await ask(python, 'test-slow/sinks/read_pictures.py', ['npy', await published(t, 'map', { file: 'x.npy' })])
  t.deepEqual(labels, { shape: [640, 896], dtype: 'uint8', pixels: sha(merged.labels) })
  const means = await ask(python, 'test-slow/sinks/read_pictures.py', [
    'npy',
    await published(t, 'map', { file: 'x.npy', values: 'probabilities' }),
  ])
  t.deepEqual(means, { shape: [640, 896, 3], dtype: 'float32', pixels: sha(Float32Array.from(merged.means)) })
})

test('an overlay as TIFF and the demo slide are slides to OpenSlide', async (t) => {
  const overlay = (await ask(python, 'test-slow/sinks/read_pictures.py', [
    'slide',
    await published(t, 'overlay', { file: 'x.tif', at: '2 mpp' }),
  ])) as {
    levels: number[][]
    mpp: number
  }
  t.deepEqual(overlay.levels, [
    [1792, 1280],
    [896, 640],
    [448, 320],
    [224, 160],
  ])
  t.is(overlay.mpp, 2)
  const demo = (await ask(python, 'test-slow/sinks/read_pictures.py', ['slide', demoPath])) as { levels: number[][]; mpp: number }
  t.deepEqual([demo.levels.length, demo.mpp], [6, 0.5])
})

// A slide of 46,000 x 32,914 pixels and nine classes: TIAToolbox needs 2.7 GB at 4 µm a pixel and 175 GB at 0.5. Of the costliest the upper half, the whole in
// `npm run test:long`: its map at 1 µm has 190 MB, its probabilities 425, its overlay 142, and none of them would fit below the bound beside the program.
const [whole, half] = [32_914, long ? 32_914 : 16_457]
for (const [sink, options, most, tall] of [
  ['map', { file: 'x.tif', at: long ? '0.5 mpp' : '1 mpp' }, long ? 300 : 240, half],
  ['map', { file: 'x.tif', at: '4 mpp', values: 'probabilities' }, 300, half],
  ['map', { file: 'x.npy', at: '1 mpp' }, 200, whole],
  ['overlay', { file: 'x.png', at: '4 mpp' }, 300, whole],
  ['overlay', { file: 'x.tif', at: '2 mpp' }, long ? 350 : 290, half],
  ['overlay', { file: 'x.jpg', at: '4 mpp' }, 350, whole],
] as const) {
  test(`${sink} ${JSON.stringify(options)} of a huge slide stays below ${most} MB`, async (t) => {
    const script = path.join(packageRoot, 'dist/test-slow/sinks/huge-slide.js')
    const { stdout } = await run(process.execPath, [script, sink, JSON.stringify(options), `${tall}`])
    const { peak, seconds } = JSON.parse(stdout) as { peak: number; seconds: number }
    t.log(`peak ${peak} MB, ${seconds} s`)
    t.true(peak < most, `${peak} MB`)
  })
}
