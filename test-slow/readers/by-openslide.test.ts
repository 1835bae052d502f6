/**
 * OpenSlide called by tiastream gives what OpenSlide gives to Python: every pixel of every level and picture, 0 that differ. Both load the
 * library that pip installs. (Python hands on colours without their alpha, which costs a grey level where tiles lie by parts of a pixel: MIRAX.) That the
 * thread of this file ends is a test, too: it died where koffi took the library out of the process before its time, after moved pixels (Trestle).
 */

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { writeVms } from '../../fixtures/vms.js'
import { packageRoot } from '../../src/core/package-root.js'
import { readLevel, refTo, same } from '../../test/readers/open-buffer.js'
import { sharedPath } from '../../test/shared-data.js'
import { ask, peerPython } from '../peers.js'

interface Said {
  readonly version: string
  readonly slides: readonly {
    readonly vendor: string
    readonly levels: readonly { readonly width: number; readonly height: number; readonly pixels: string }[]
    readonly associated: Readonly<Record<string, { readonly pixels: string }>>
  }[]
}

const made = path.join(packageRoot, 'fixtures/scanners/tiny.ndpi')
const shared = ['sakura.svslide', 'vms/slide.vms', 'trestle.tif', 'miraxjit.mrxs', 'ventana.bif', 'leica.scn'].map((name) =>
  sharedPath(`wsi/made/${name}`),
)
const present = shared.filter((file) => {
  if (existsSync(file)) return true
  console.warn(`SKIPPED (absent: ${path.basename(file)}): as OpenSlide reads it`)
  return false
})

const files: string[] = []
let folder = ''
let said: Said
let openSlide: typeof import('../../src/readers/open.js').openSlide

test.before('OpenSlide reads', async (t) => {
  t.timeout(900_000)
  folder = await mkdtemp(path.join(tmpdir(), 'tiastream-by-openslide-'))
  files.push(await writeVms(folder), made, ...present)
  const python = await peerPython()
  said = (await ask(python, 'test-slow/readers/read_by_openslide.py', [folder, ...files])) as Said
  // As where this environment is active.
  delete process.env.TIASTREAM_OPENSLIDE
  process.env.VIRTUAL_ENV = path.join(python, '../..')
  ;({ openSlide } = await import('../../src/readers/open.js'))
})
test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

for (const i of Array.from({ length: 2 + present.length }, (_, i) => i)) {
  test(`slide ${i}: ${i === 0 ? 'a made VMS' : i === 1 ? 'a made NDPI' : path.basename(present[i - 2]!)}`, async (t) => {
    const slide = await openSlide(refTo(files[i]!, 'slide', { readers: { openslide: 'always' } }))
    t.teardown(() => slide.close())
    const { vendor, levels, associated } = said.slides[i]!
    t.is(slide.info.compression, `OpenSlide ${said.version}`)
    t.is(slide.info.vendor, vendor)
    t.deepEqual(
      slide.info.levels.map(({ width, height }) => [width, height]),
      levels.map(({ width, height }) => [width, height]),
    )
    for (const [level, { pixels }] of levels.entries()) {
      const [ours, theirs] = [await readLevel(slide, level), await readFile(pixels)]
      if (vendor === 'mirax') t.true(theirs.length === ours.length && theirs.every((value, k) => Math.abs(value - ours[k]!) <= 1))
      else same(t, ours, theirs, `level ${level}`)
    }
    t.deepEqual([...slide.info.associated], Object.keys(associated).sort())
    for (const [name, { pixels }] of Object.entries(associated)) same(t, (await slide.associated(name)).data, await readFile(pixels), name)
  })
}
