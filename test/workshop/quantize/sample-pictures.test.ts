/** Which pictures of a folder are calibrated on. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { samplePictures } from '../../../src/workshop/quantize/sample-pictures.js'
import { scratch } from '../../models/folder.js'

test('pictures that are cut into pieces are taken from the whole folder, not from its beginning alone', async (t) => {
  const folder = await scratch(t)
  const names = Array.from({ length: 24 }, (_, i) => path.join(folder, `${String(i).padStart(2, '0')}.png`))
  for (const [i, name] of names.entries())
    await sharp({ create: { width: 16, height: 16, channels: 3, background: { r: i, g: 0, b: 0 } } }).toFile(name)
  const samples = await samplePictures(folder, 12, [8, 8])
  t.is(samples.length, 12)
  t.true(samples.every(({ data, origin }) => data.length === 192 && origin === names[data[0]!]))
  const halves = samples.map(({ data }) => (data[0]! < 12 ? 'first' : 'second'))
  t.deepEqual([...new Set(halves)].sort(), ['first', 'second'])
  t.true(new Set(samples.map(({ origin }) => origin)).size > 6)
  // The same ones every time.
  t.deepEqual(await samplePictures(folder, 12, [8, 8]), samples)
})

test('a folder of slides is told what takes patches out of them', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'a.svs'), '')
  const error = await t.throwsAsync(samplePictures(folder, 12, [8, 8]), { code: 'NO_PICTURES', message: /holds no picture$/ })
  t.regex((error as { hint?: string }).hint ?? '', /or a pipeline/)
})
