/**
 * DICOM slides as others read them, and slides that others wrote: 0 pixels differ from pydicom with imagecodecs, from wsidicom and from OpenSlide 4.
 * Where one of them is not asked, the case says why.
 */

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { openAt, readLevel } from '../../test/readers/open-buffer.js'
import { sharedPath } from '../../test/shared-data.js'
import { ask, peerPython } from '../peers.js'

interface Picture {
  readonly width: number
  readonly height: number
  /** A file of RGB bytes. */
  readonly pixels: string
}

interface Said {
  readonly pydicom: readonly Picture[]
  readonly pictures: Readonly<Record<string, Picture>>
  readonly wsidicom: { readonly levels: readonly Picture[]; readonly mpp: readonly number[] } | { readonly error: string }
}

interface Case {
  /** A folder of a series. */
  readonly uri: string
  readonly wsidicom?: 'not asked'
  readonly openslide?: 'not asked'
  /** Pictures beside the slide that are damaged. */
  readonly damaged?: readonly string[]
}

const made = (name: string) => sharedPath(`wsi/made/dicom/${name}`)
const real = (name: string) => sharedPath(`wsi/dicom/${name}`)

const cases: readonly Case[] = [
  // They want elements that a slide is not made of (wsidicom), and know no RLE (OpenSlide).
  { uri: path.join(packageRoot, 'fixtures/dicom'), wsidicom: 'not asked', openslide: 'not asked' },
  { uri: made('pass-bot') },
  // It knows no extended offset table.
  { uri: made('pass-eot'), openslide: 'not asked' },
  { uri: made('concat') },
  { uri: made('sparse') },
  // The header says RGB of what the bytes say is YCbCr: both show it green.
  { uri: real('cmu-1-pyramid'), wsidicom: 'not asked', openslide: 'not asked' },
  // YBR_FULL with JPEG, which OpenSlide refuses; its label has 7 rows, its macro 16.
  { uri: real('cmu-1-wsidicomizer-jpeg'), openslide: 'not asked', damaged: ['label', 'macro'] },
  { uri: real('openslide-boxes') },
]

const present = cases.filter(({ uri }) => {
  if (existsSync(uri)) return true
  console.warn(`SKIPPED (absent: ${path.basename(uri)}): as others read it`)
  return false
})

let folder = ''
let said: readonly Said[] = []
let bySlides: ReadonlyMap<Case, { readonly levels: readonly Picture[] }> = new Map()
let written: readonly { readonly name: string; readonly file: string; readonly pixels: string }[] = []

test.before('they read and write', async (t) => {
  t.timeout(900_000)
  folder = await mkdtemp(path.join(tmpdir(), 'tiastream-dicom-'))
  const python = await peerPython()
  const answer = await ask(python, 'test-slow/readers/read_dicom.py', [folder, ...present.map(({ uri }) => uri)])
  said = (answer as { readonly slides: readonly Said[] }).slides
  const asked = present.filter(({ openslide }) => openslide !== 'not asked')
  // It takes a file, and finds the others of its series itself.
  const files = await Promise.all(asked.map(async ({ uri }) => path.join(uri, (await readdir(uri)).sort()[0]!)))
  const { slides } = (await ask(python, 'test-slow/readers/read_by_openslide.py', [folder, ...files])) as {
    readonly slides: readonly { readonly levels: readonly Picture[] }[]
  }
  bySlides = new Map(asked.map((one, i) => [one, slides[i]!]))
  const made = await ask(python, 'test-slow/readers/write_dicom.py', [folder, path.join(packageRoot, 'fixtures/small/picture.png')])
  written = (made as { readonly slides: typeof written }).slides
})
test.after.always(() => folder !== '' && rm(folder, { recursive: true }))

for (const [i, one] of present.entries()) {
  test(`as others read it: ${path.basename(one.uri)}`, async (t) => {
    const { pydicom, pictures, wsidicom } = said[i]!
    const slide = await openAt(t, one.uri)
    t.deepEqual(
      slide.info.levels.map(({ width, height }) => [width, height]),
      pydicom.map(({ width, height }) => [width, height]),
    )
    const readers: [string, readonly Picture[]][] = [['pydicom', pydicom]]
    if (one.wsidicom !== 'not asked') {
      if ('error' in wsidicom) return t.fail(wsidicom.error)
      readers.push(['wsidicom', wsidicom.levels])
      t.deepEqual([slide.info.mpp!.x, slide.info.mpp!.y].map(rounded), wsidicom.mpp.map(rounded))
    }
    const openslide = bySlides.get(one)
    if (openslide !== undefined) readers.push(['OpenSlide', openslide.levels])
    for (const [level] of slide.info.levels.entries()) {
      const got = await readLevel(slide, level)
      for (const [who, levels] of readers) await equal(t, got, levels[level]!.pixels, `level ${level}, ${who}`)
    }
    for (const [name, role] of [
      ['label', 'LABEL'],
      ['macro', 'OVERVIEW'],
      ['thumbnail', 'THUMBNAIL'],
    ] as const) {
      t.is(slide.info.associated.includes(name), role in pictures)
      if (one.damaged?.includes(name)) await t.throwsAsync(slide.associated(name), { code: 'TILE_UNDECODABLE' })
      else if (role in pictures) await equal(t, (await slide.associated(name)).data, pictures[role]!.pixels, name)
    }
  })
}

test('as others wrote it: every codec, with every offset table', async (t) => {
  t.true(written.length >= 40)
  for (const { name, file, pixels } of written) {
    const slide = await openAt(t, file)
    t.deepEqual(slide.info.mpp, { x: 0.5, y: 0.25 }, name)
    t.deepEqual(slide.info.warnings, [], name)
    // Without loss, and JPEG, every pixel; another decoder of HTJ2K rounds another way.
    await equal(t, await readLevel(slide, 0), pixels, name, name.startsWith('htj2k-lossy') ? 1 : 0)
  }
})

const rounded = (mpp: number) => Number(mpp.toPrecision(9))

/** No byte differs by more than `most`. */
async function equal(t: ExecutionContext, got: Uint8Array, file: string, what: string, most = 0): Promise<void> {
  const wanted = await readFile(file)
  t.is(got.length, wanted.length, what)
  let [differing, worst] = [0, 0]
  for (let i = 0; i < got.length; i++) {
    const off = Math.abs(got[i]! - wanted[i]!)
    if (off > most) differing++
    if (off > worst) worst = off
  }
  t.is(differing, 0, `${what}: ${differing} of ${got.length} bytes differ by more than ${most}, by ${worst} at most`)
}
