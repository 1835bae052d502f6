/** The demo slide can be made again (two minutes of work: in `npm run test:long`): the same bytes with the same sharp, the same picture with any. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import sharp from 'sharp'
import { makeDemo } from '../fixtures/demo/slide.js'
import { packageRoot } from '../src/core/package-root.js'
import { long } from './long.js'

const slowest = long ? test : test.skip

slowest('fixtures/slides/demo.tif is what makeDemo draws', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'demo-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const [again, kept] = [path.join(folder, 'demo.tif'), path.join(packageRoot, 'fixtures/slides/demo.tif')]
  await makeDemo(again)
  if ((await readFile(again)).equals(await readFile(kept))) {
    t.pass()
    return
  }
  t.log(`other bytes than those kept: sharp is ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`)
  const pixels = (file: string) => sharp(file, { page: 1, limitInputPixels: false }).removeAlpha().raw().toBuffer()
  const [a, b] = [await pixels(again), await pixels(kept)]
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!)
  t.true(sum / a.length < 1, `off by ${sum / a.length} in the mean`)
})
