/** CZI as libCZI, Zeiss' own library, and OpenSlide 4 read it: 0 pixels differ. JPEG in a CZI neither of them knows; JPEG XR OpenSlide does not. */

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { type CziBlock, cziBlocks, cziSlide, painted, pixels, raw } from '../../fixtures/czi.js'
import { openAt, readOwnLevel, same } from '../../test/readers/open-buffer.js'
import { sharedPath } from '../../test/shared-data.js'
import { ask, cziPython, peerPython } from '../peers.js'

interface Read {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly pixels: string
}

interface Said {
  readonly levels: readonly Read[]
  readonly associated: Readonly<Record<string, { readonly pixels: string }>>
  readonly mpp: number
  readonly power: number | null
}

const shared = ['wsi/czi/RGB-8bit.czi', 'wsi/made/zstd0.czi'].filter((name) => {
  if (existsSync(sharedPath(name))) return true
  console.warn(`SKIPPED (absent: ../shared/data/${name}): as libCZI and OpenSlide read it`)
  return false
})

/** OpenSlide refuses a point in time, be it the only one. */
const unknown = new Set(['wsi/czi/RGB-8bit.czi'])

const blocks = await cziBlocks()
/** In what libCZI reads, or both do. */
const without = (...compressions: readonly number[]): CziBlock[] =>
  blocks.map((block, i) => (compressions.includes(block.compression) ? { ...block, ...raw(pixels(70 + i)) } : block))
/** The first one lies on top in OpenSlide 4.0.1, which paints by rank and keeps what is there. */
const turned = (all: readonly CziBlock[]) => all.map((block) => ({ ...block, order: -(block.order ?? 0) }))

let folder = ''
let byLibCzi: readonly Read[] = []
let byOpenSlide: readonly Said[] = []

test.before('slides are made and written, and others read them', async (t) => {
  t.timeout(900_000)
  folder = await mkdtemp(path.join(tmpdir(), 'tiastream-czi-'))
  const [all, plain] = [path.join(folder, 'all.czi'), path.join(folder, 'plain.czi')]
  await writeFile(all, await cziSlide({ blocks: without(1) }))
  await writeFile(plain, await cziSlide({ blocks: without(1, 4) }))
  const files = shared.map(sharedPath)
  const known = files.filter((_, i) => !unknown.has(shared[i]!))
  byLibCzi = (await ask(await cziPython(), 'test-slow/readers/czi_by_libczi.py', [folder, all, plain, ...files])) as readonly Read[]
  const answer = await ask(await peerPython(), 'test-slow/readers/read_by_openslide.py', [folder, plain, ...known])
  byOpenSlide = (answer as { readonly slides: readonly Said[] }).slides
})
test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

test('level 0 as libCZI reads it: made slides, those it has written itself, real ones', async (t) => {
  t.is(byLibCzi.length, 2 + shared.length + 4)
  for (const { path: file, width, height, pixels } of byLibCzi) {
    const slide = await openAt(t, file)
    t.deepEqual([slide.info.width, slide.info.height], [width, height], file)
    same(t, await readOwnLevel(slide, 0), await readFile(pixels), file)
  }
})

test('a made slide as OpenSlide reads it: of two it shows the one of the lower rank, else all is the same', async (t) => {
  const { levels, associated, mpp, power } = byOpenSlide[0]!
  const slide = await openAt(t, path.join(folder, 'plain.czi'))
  t.deepEqual([slide.info.mpp!.x, slide.info.power], [mpp, power])
  same(t, painted(turned(without(1, 4)), 1).data, await readFile(levels[0]!.pixels), 'level 0, the lower rank on top')
  same(t, await readOwnLevel(slide, 1), await readFile(levels[1]!.pixels), 'level 1, without ranks')
  for (const [name, said] of Object.entries(associated)) same(t, (await slide.associated(name)).data, await readFile(said.pixels), name)
})

for (const [i, name] of shared.filter((one) => !unknown.has(one)).entries()) {
  test(`as OpenSlide reads it: ${name}`, async (t) => {
    const slide = await openAt(t, sharedPath(name))
    const { levels, associated } = byOpenSlide[1 + i]!
    for (const [level, { pixels }] of levels.entries()) same(t, await readOwnLevel(slide, level), await readFile(pixels), `level ${level}`)
    t.deepEqual([...slide.info.associated], Object.keys(associated).sort())
    for (const [picture, said] of Object.entries(associated))
      same(t, (await slide.associated(picture)).data, await readFile(said.pixels), picture)
  })
}
