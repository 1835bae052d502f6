import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { batchOf } from '../../../src/core/batches/rows-of.js'
import openMask from '../../../src/sinks/mask/sink.js'
import { maskOf } from '../../support/mask-of.js'
import { memorySlide } from '../../support/memory-slide.js'
import { maskBytes } from '../../support/small-cohort.js'
import { tempFolder } from '../../support/temp.js'
import { columns, provenance, rows } from '../pictures.js'

const batch = () => batchOf(columns, [...rows()].slice(0, 300), 0)

/** The mask of a slide whose right upper quarter is none, where it is known after so many of three batches of rows. */
async function drawnWith(t: ExecutionContext, knownAfter: number) {
  const { mask } = await maskOf(t, maskBytes(1, 0, 1, 1), { width: 640, height: 320 })
  const file = path.join(await tempFolder(t), 'mask.png')
  let written = 0
  const { signal } = new AbortController()
  const slide = memorySlide({ width: 640, height: 320 })
  const sink = await openMask(
    {},
    { path: file, columns, slide, provenance, signal, mask: () => (written >= knownAfter ? mask : undefined) },
  )
  const ended = new Promise<void>((resolve, reject) => void sink.once('error', reject).once('finish', resolve))
  for (; written < 3; written++) await new Promise((done) => sink.write(batch(), done))
  sink.end()
  await ended
  return readFile(file)
}

test('a mask that is made after the first rows, as where those are of a journal, is saved all the same', async (t) => {
  const atOnce = await drawnWith(t, 0)
  const { data, info } = await sharp(atOnce).greyscale().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => data[Math.floor(y * info.height) * info.width + Math.floor(x * info.width)]
  t.deepEqual([at(0.2, 0.2), at(0.8, 0.2), at(0.2, 0.8), at(0.8, 0.8)], [255, 0, 255, 255])
  t.deepEqual(await drawnWith(t, 3), atOnce)
  await t.throwsAsync(drawnWith(t, 4), { code: 'MASK_MISSING' })
})

test('that a slide has none is told with its first rows, not when a model was asked about all of them', async (t) => {
  const slide = memorySlide({ width: 640, height: 320 })
  const file = path.join(await tempFolder(t), 'mask.png')
  const sink = await openMask({}, { path: file, columns, slide, provenance, signal: new AbortController().signal, mask: () => null })
  const failed = new Promise<unknown>((resolve) => void sink.once('error', resolve))
  for (let i = 0; i < 2; i++) sink.write(batch())
  t.like(await failed, { code: 'MASK_MISSING' })
})
