/** Where JPEG cannot be decoded smaller: in a file of its own, since it takes the system's library away from its process. */

import test from 'ava'
import sharp from 'sharp'
import { loadJpeg } from '../../src/codecs/load.js'
import { openBytes, readOne } from './open-buffer.js'
import { buildTiff } from './tiff-builder.js'

test('a slide that would be read in half fails with the cure; in its full size it is read', async (t) => {
  await loadJpeg('fast')
  const real = Object.getOwnPropertyDescriptor(process, 'platform')!
  Object.defineProperty(process, 'platform', { ...real, value: 'none' })
  t.teardown(() => Object.defineProperty(process, 'platform', real))
  const tile = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#906090' } })
    .jpeg()
    .toBuffer()
  const tags = { 256: [64], 257: [64], 258: [8, 8, 8], 259: [7], 262: [6], 277: [3], 284: [1], 322: [64], 323: [64] }
  const slide = await openBytes(t, buildTiff([{ tags, tiles: [tile] }]))
  const region = { x: 0, y: 0, width: 64, height: 64 }
  const error = await t.throwsAsync(readOne(slide, { region, width: 32, height: 32 }, { decode: 'fast' }), { code: 'CODEC_MISSING' })
  t.regex(error.message, /in half of its size/)
  t.regex((error as { hint?: string }).hint!, /apt install libturbojpeg0/)
  await readOne(slide, { region, width: 64, height: 64 }, { decode: 'fast' })
  await readOne(slide, { region, width: 32, height: 32 })
})
