/** JPEG 2000 cut into its tiles, and decoded whole, as Pillow's OpenJPEG decodes it: without loss byte for byte, with loss within a grey level. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { cut, openAt, readLevel, same } from '../../test/readers/open-buffer.js'
import { ask, peerPython } from '../peers.js'

interface Written {
  readonly name: string
  readonly file: string
  readonly pixels: string
  readonly lossy: boolean
}

test('JPEG 2000 as Pillow reads it, whole and in parts', async (t) => {
  t.timeout(900_000)
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-jp2-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const picture = path.join(packageRoot, 'fixtures/small/picture.png')
  const written = (await ask(await peerPython(), 'test-slow/readers/write_jp2.py', [folder, picture])) as Written[]
  for (const { name, file, pixels, lossy } of written) {
    const slide = await openAt(t, file)
    const { width, height, levels } = slide.info
    const wanted = await readFile(pixels)
    const got = await readLevel(slide, 0)
    const most = got.reduce((worst, v, i) => Math.max(worst, Math.abs(v - wanted[i]!)), 0)
    t.log(`${name}: tiles of ${levels[0]!.tile.width} x ${levels[0]!.tile.height}, off by ${most} at most`)
    t.true(most <= (lossy ? 1 : 0), name)
    const part = await cut(slide, width - 77, height - 50, 77, 50)
    const rows = Array.from({ length: 50 }, (_, y) =>
      got.subarray(((height - 50 + y) * width + width - 77) * 3, (height - 50 + y + 1) * width * 3),
    )
    same(t, part, Buffer.concat(rows), name)
  }
})
