/** OME-Zarr as zarr-python reads it: stores that zarr-python and ome-zarr write in every layout and codec; every pixel of every level, 0 that differ. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { openAt, readLevel, same } from '../../test/readers/open-buffer.js'
import { ask, peerPython } from '../peers.js'

interface Said {
  readonly name: string
  readonly path: string
  readonly levels: readonly { readonly width: number; readonly height: number; readonly pixels: string }[]
}

let folder = ''
test.before('stores are written', async (t) => {
  t.timeout(900_000)
  folder = await mkdtemp(path.join(tmpdir(), 'tiastream-ome-zarr-'))
})
test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

test('as zarr-python reads them: versions 2 and 3, whole chunks and shards, every codec', async (t) => {
  t.timeout(900_000)
  const said = (await ask(await peerPython(), 'test-slow/readers/write_ome_zarr.py', [folder])) as readonly Said[]
  t.true(said.length >= 32)
  t.is(said.filter(({ path: store }) => store.endsWith('.ozx')).length, 6, 'by ZipStore, too')
  for (const { name, path: store, levels } of said) {
    const slide = await openAt(t, store)
    const { info } = slide
    // zarr-python leaves out chunks of the fill value, which black parts of the picture are.
    const warnings = info.warnings.filter((warning) => !/are not there: what is not there has its fill value \(0: black\)/.test(warning))
    t.deepEqual([info.vendor, info.mpp, info.mppSource, warnings], ['ome-zarr', { x: 0.25, y: 0.5 }, 'OME-Zarr scale', []], name)
    t.deepEqual(
      info.levels.map(({ width, height }) => [width, height]),
      levels.map(({ width, height }) => [width, height]),
      name,
    )
    for (const [level, { pixels }] of levels.entries())
      same(t, await readLevel(slide, level), await readFile(pixels), `${name}, level ${level}`)
  }
})
