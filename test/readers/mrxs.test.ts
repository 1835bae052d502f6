/** MRXS: a made slide against what is painted of it photo by photo, whatever is wrong with its files, and real ones. */

import { readFileSync } from 'node:fs'
import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type MrxsFile, type MrxsOptions, mrxsSlide } from '../../fixtures/mrxs.js'
import type { SlideError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { openSlide } from '../../src/readers/open.js'
import { sharedTest } from '../shared-data.js'
import { oddServer, serve } from '../support/odd-server.js'
import { cut, folderOf, openAt, readOwnLevel, refTo, same } from './open-buffer.js'

/** Writes a slide and answers the path of its .mrxs. */
async function written(t: ExecutionContext, files: readonly MrxsFile[]): Promise<string> {
  const folder = await folderOf(t)
  for (const { name, bytes } of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), bytes)
  }
  return path.join(folder, files[0]!.name)
}

const made = await mrxsSlide()
const changed = (name: RegExp, change: (bytes: Buffer) => Buffer) =>
  made.files.map((file) => (name.test(file.name) ? { ...file, bytes: change(Buffer.from(file.bytes)) } : file))

test('of a slide that says one side of its pixels they are square, with a warning', async (t) => {
  const files = changed(/Slidedat/, (bytes) =>
    Buffer.from(bytes.toString().replace('MICROMETER_PER_PIXEL_X = 0.5', 'MICROMETER_PER_PIXEL_X = 0')),
  )
  const { info } = await openAt(t, await written(t, files))
  t.deepEqual([info.mpp, info.mppSource], [{ x: 0.5, y: 0.5 }, 'MRXS MICROMETER_PER_PIXEL'])
  t.regex(info.warnings.join(), /only the height of a pixel is said, or understood: it is taken for square/)
})

test('a made slide: sizes, resolution, label, bounds, and the pixels of every level', async (t) => {
  const slide = await openAt(t, await written(t, made.files))
  const { info } = slide
  t.deepEqual([info.vendor, info.compression, info.power, info.powerSource], ['mirax', 'jpeg', 20, 'MRXS OBJECTIVE_MAGNIFICATION'])
  t.deepEqual([info.mpp, info.mppSource], [{ x: 0.5, y: 0.5 }, 'MRXS MICROMETER_PER_PIXEL'])
  t.deepEqual(
    info.levels.map(({ width, height, downsample }) => [width, height, downsample.x, downsample.y]),
    [
      [88, 46, 1, 1],
      [44, 23, 2, 2],
      [22, 11, 4, 4],
    ],
  )
  t.deepEqual([info.associated, info.warnings], [['label'], []])
  // Photos reach to (0 + 32 and) 57 + 32 across, beyond the edge, and to 23 + 24 and 22 + 24 down.
  t.is(info.bounds, undefined)
  for (const [i, { data }] of made.levels.entries()) same(t, await readOwnLevel(slide, i), data, `level ${i}`)
  same(t, (await slide.associated('label')).data, made.label.data, 'the label')
})

test('data that lies elsewhere is told: behind a link to the file alone, under another name, in the folder itself', async (t) => {
  const file = await written(t, made.files)
  const folder = path.dirname(file)
  const stem = path.basename(file, '.mrxs')
  const hintOf = async (at: string) => {
    const error = await t.throwsAsync(openSlide(refTo(at)), {
      code: 'SLIDE_MISSING',
      message: /where the MRXS slide .* has its data, does not exist$/,
    })
    return (error as SlideError).hint ?? ''
  }
  const staged = await folderOf(t)
  await symlink(file, path.join(staged, 'x.mrxs'))
  t.regex(await hintOf(path.join(staged, 'x.mrxs')), /^it is a link: name .*, or link the folder beside that, too$/)
  await copyFile(file, path.join(folder, 'renamed.mrxs'))
  t.is(
    await hintOf(path.join(folder, 'renamed.mrxs')),
    `the folder "${stem}" beside it holds the data of an MRXS slide: if it is of this one, give both the same name`,
  )
  await copyFile(file, path.join(folder, stem, 'inside.mrxs'))
  t.is(
    await hintOf(path.join(folder, stem, 'inside.mrxs')),
    'Slidedat.ini lies beside it: it belongs with its data into the folder inside beside it',
  )
  // Galaxy and Girder give files names of their own: what is left is a small JPEG.
  // Beside the slide itself such a picture is one that somebody made of it.
  await copyFile(file, path.join(folder, `${stem}.dat`))
  await (await openSlide(refTo(path.join(folder, `${stem}.dat`)))).close()
  await rename(file, path.join(folder, 'away'))
  const error = await t.throwsAsync(openSlide(refTo(path.join(folder, `${stem}.dat`))), {
    code: 'SLIDE_UNSUPPORTED',
    message: /is a small picture of the MRXS slide whose data/,
  })
  t.is((error as SlideError).hint, `rename it to ${stem}.mrxs`)
  await rename(path.join(folder, 'away'), file)
  await rename(path.join(folder, stem), path.join(folder, `${stem}_`))
  await mkdir(path.join(folder, stem.toUpperCase()))
  t.is(await hintOf(file), `"${stem.toUpperCase()}" lies there, which is spelled otherwise: rename it`)
})

test('the files that lie here are those that the generator makes', async (t) => {
  for (const { name, bytes } of made.files) {
    const here = readFileSync(path.join(packageRoot, 'fixtures/mrxs', name))
    // What sharp writes differs between its versions.
    if (/ini$/.test(name)) t.true(bytes.equals(here), name)
  }
  const slide = await openAt(t, path.join(packageRoot, 'fixtures/mrxs/tiny.mrxs'))
  t.is((await readOwnLevel(slide, 0)).length, 88 * 46 * 3)
})

const kinds: Readonly<Record<string, MrxsOptions>> = {
  'positions packed by zlib': { positions: 'zlib' },
  'no positions: photos lie side by side, less the overlap': { positions: 'none' },
  'PNG, BMP and JPEG': { formats: ['PNG', 'BMP24', 'JPEG'] },
  'BMP, JPEG and PNG': { formats: ['BMP24', 'JPEG', 'PNG'] },
}
for (const [name, options] of Object.entries(kinds)) {
  test(`as painted: ${name}`, async (t) => {
    const other = await mrxsSlide(options)
    const slide = await openAt(t, await written(t, other.files))
    t.deepEqual(slide.info.warnings, [])
    for (const [i, { data }] of other.levels.entries()) same(t, await readOwnLevel(slide, i), data, `level ${i}`)
  })
}

test('images of BMP take room in the cache, as all do', async (t) => {
  const { files } = await mrxsSlide({ formats: ['BMP24', 'JPEG', 'PNG'] })
  const slide = await openAt(t, await written(t, files), 'slide', { cacheBytes: 1 })
  for (const x of [2, 60, 2]) await cut(slide, x, 2, 4, 4)
  t.true(slide.counts().tilesDecoded > slide.counts().tilesTouched)
})

test('a data file that is not there: what lies in it is unreadable, the rest is read', async (t) => {
  const uri = await written(t, made.files)
  await rm(path.join(path.dirname(uri), 'tiny/Data0001.dat'))
  const slide = await openAt(t, uri)
  t.regex(slide.info.warnings.join(), /Data0001.dat of 5 data files is not there/)
  const [upper, lower] = [new Uint8Array(48), new Uint8Array(48)]
  const at = (x: number, y: number) => ({ region: { x, y, width: 4, height: 4 }, width: 4, height: 4, level: 0 })
  const errors = await slide.read([at(2, 2), at(60, 40)], [upper, lower])
  t.is(errors[0], null)
  t.is((errors[1] as { code?: string }).code, 'TILE_UNDECODABLE')
  t.regex(errors[1]!.message, /the image \(\d+, \d+\) of level 0 .*Data0001.dat, which is not there/)
  same(t, await readOwnLevel(slide, 1), made.levels[1]!.data)
})

test('a data file that ends early: what lies behind its end is unreadable', async (t) => {
  const slide = await openAt(
    t,
    await written(
      t,
      changed(/Data0000/, (bytes) => bytes.subarray(0, 400)),
    ),
  )
  t.regex(await messageOf(cut(slide, 20, 0, 4, 4)), /byte \d+ of Data0000.dat, which has 400/)
})

test('a level whose pages are damaged is left out with a warning', async (t) => {
  const uri = await written(
    t,
    changed(/Index/, (bytes) => {
      // The pointer of the last level.
      bytes.writeInt32LE(1e9, bytes.readInt32LE(21) + 8)
      return bytes
    }),
  )
  const slide = await openAt(t, uri)
  t.is(slide.info.levels.length, 2)
  t.regex(slide.info.warnings.join(), /level 2 is left out/)
})

test('a level that lacks an image of what level 0 shows is left out with a warning', async (t) => {
  for (const [lacking, images] of [
    [1, 5],
    [2, 2],
  ] as const) {
    const slide = await openAt(t, await written(t, (await mrxsSlide({ lacking })).files))
    t.deepEqual(slide.info.warnings, [`the level of 1/${2 ** lacking} is left out: 1 of ${images} images are not there`])
    const [other] = [1, 2].filter((level) => level !== lacking)
    t.deepEqual(
      slide.info.levels.map(({ downsample }) => downsample.x),
      [1, 2 ** other!],
    )
    same(t, await readOwnLevel(slide, 1), made.levels[other!]!.data)
  }
})

test('on a web server, where it is asked for by ranges', async (t) => {
  const server = await oddServer(Buffer.alloc(0), (_, request, response) => {
    const name = decodeURIComponent(request.url!.slice(1)).replace('my slide', 'tiny')
    const file = made.files.find((one) => one.name === name)
    if (file === undefined) response.writeHead(404).end()
    else serve(file.bytes, request, response)
    return true
  })
  t.teardown(() => server.close())
  const files = made.files.map(({ name }) => name.replaceAll('tiny', 'my slide'))
  const slide = await openAt(t, `${server.url}/${encodeURIComponent(files[0]!)}`)
  t.deepEqual(slide.info.warnings, [])
  for (const [i, { data }] of made.levels.entries()) same(t, await readOwnLevel(slide, i), data, `level ${i}`)
  same(t, (await slide.associated('label')).data, made.label.data, 'the label')
})

test('its folder is no slide: the file beside it is', async (t) => {
  const uri = await written(t, made.files)
  const error = await t.throwsAsync<SlideError>(openAt(t, uri.replace(/\.mrxs$/, '')), {
    code: 'SLIDE_UNSUPPORTED',
    message: /data folder of an MRXS slide/,
  })
  t.regex(error!.hint!, /\.mrxs file beside it/)
})

test('who it is follows from all of its files', async (t) => {
  const [one, copy] = [await openAt(t, await written(t, made.files)), await openAt(t, await written(t, made.files))]
  t.is(one.identity.head, copy.identity.head)
  const other = await openAt(
    t,
    await written(
      t,
      changed(/Data0003/, (bytes) => bytes.fill(7, 60, 61)),
    ),
  )
  t.not(one.identity.head, other.identity.head)
})

test('positions that the counts of records leave out, and an image at two places, are told', async (t) => {
  for (const ini of [{ NONHIER_COUNT: '1' }, { NONHIER_1_COUNT: '0' }]) {
    const { warnings } = (await openAt(t, await written(t, (await mrxsSlide({ ini })).files))).info
    t.regex(warnings.join(), /names where the photos lie \(VIMSLIDE_POSITION_BUFFER\), and its counts of records leave that out/)
  }
  const none = await openAt(t, await written(t, (await mrxsSlide({ positions: 'none' })).files))
  t.false(none.info.warnings.join().includes('photos'))
  // The second image of the first page of level 0 becomes the first.
  const twice = changed(/Index/, (bytes) => {
    const page = bytes.readInt32LE(bytes.readInt32LE(bytes.readInt32LE(21)) + 4)
    bytes.writeInt32LE(bytes.readInt32LE(page + 8), page + 24)
    return bytes
  })
  t.regex((await openAt(t, await written(t, twice))).info.warnings.join(), /level 0: its index gives 1 of its images two places/)
})

test('images that lie beyond the size that the overlaps make are told', async (t) => {
  const { width, height } = made.levels[0]!
  const said = await mrxsSlide({ ini: { OVERLAP_X: '15', OVERLAP_Y: '11' } })
  const { info } = await openAt(t, await written(t, said.files))
  t.true(info.width < width && info.height < height)
  t.regex(info.warnings.join(), /\d of its images lie beyond the size that its overlaps make, and are not read/)
})

test('fluorescence is read with a warning', async (t) => {
  const { files } = await mrxsSlide({ ini: { OBJECTIVE_MAGNIFICATION: '20\r\nSLIDE_TYPE = SLIDE_TYPE_FLUORESCENCE' } })
  t.regex((await openAt(t, await written(t, files))).info.warnings.join(), /fluorescence/)
})

test('of several focal planes the first is read, with a warning', async (t) => {
  const warningsOf = async (count: number) => {
    const layer = `1\r\nHIER_1_NAME = Microscope focus level\r\nHIER_1_COUNT = ${count}`
    return (await openAt(t, await written(t, (await mrxsSlide({ ini: { HIER_COUNT: layer } })).files))).info.warnings
  }
  t.deepEqual([await warningsOf(1), await warningsOf(9)], [[], ['it has 9 focal planes: the first is read']])
})

test('a slide of more images than it has photos for: the last ones are left out', async (t) => {
  const { files } = await mrxsSlide({ ini: { IMAGENUMBER_Y: '5' } })
  const slide = await openAt(t, await written(t, files))
  t.regex(slide.info.warnings.join(), /no whole photos/)
})

const malformed: Readonly<
  Record<string, readonly [files: () => Promise<readonly MrxsFile[]> | readonly MrxsFile[], code: string, message: RegExp]>
> = {
  'without its folder': [() => made.files.slice(0, 1), 'SLIDE_MISSING', /Slidedat.ini, where the MRXS slide/],
  'the index of another slide': [
    () => changed(/Index/, (bytes) => Buffer.concat([bytes.subarray(0, 7), Buffer.from('X'), bytes.subarray(8)])),
    'SLIDE_MALFORMED',
    /is not the index of the slide 0123456789ABCDEF/,
  ],
  'a loop of pages': [
    () =>
      changed(/Index/, (bytes) => {
        const page = bytes.readInt32LE(bytes.readInt32LE(bytes.readInt32LE(21)) + 4)
        bytes.writeInt32LE(page, page + 4)
        return bytes
      }),
    'SLIDE_MALFORMED',
    /loop/,
  ],
  'a page of more images than the file has room for': [
    () =>
      changed(/Index/, (bytes) => {
        bytes.writeInt32LE(2 ** 30, bytes.readInt32LE(bytes.readInt32LE(bytes.readInt32LE(21)) + 4))
        return bytes
      }),
    'SLIDE_MALFORMED',
    /too short/,
  ],
  'positions for fewer photos': [
    async () => (await mrxsSlide({ ini: { IMAGENUMBER_X: '8' } })).files,
    'SLIDE_MALFORMED',
    /54 bytes of positions for 4 x 2/,
  ],
  'a position with a strange flag': [
    () => changed(/Data0004/, (bytes) => bytes.fill(2, bytes.length - 54, bytes.length - 53)),
    'SLIDE_MALFORMED',
    /flag 2/,
  ],
  'images of a format that nobody knows': [
    async () => (await mrxsSlide({ ini: { IMAGE_FORMAT: 'JPEGXR' } })).files,
    'SLIDE_UNSUPPORTED',
    /level 0 has images of the format "JPEGXR"/,
  ],
  'more photos than a slide may have': [
    async () => (await mrxsSlide({ ini: { IMAGENUMBER_X: '60000', IMAGENUMBER_Y: '60000' } })).files,
    'SLIDE_TOO_LARGE',
    /30000 x 30000 photos/,
  ],
  'a name that leads out': [async () => (await mrxsSlide({ ini: { INDEXFILE: '../../Index.dat' } })).files, 'SLIDE_MALFORMED', /beside/],
  'no overlap said': [async () => (await mrxsSlide({ ini: { OVERLAP_X: 'much' } })).files, 'SLIDE_MALFORMED', /OVERLAP_X/],
}
for (const [name, [files, code, message]] of Object.entries(malformed)) {
  test(`refused: ${name}`, async (t) => {
    const uri = await written(t, await files())
    await t.throwsAsync(openSlide(refTo(uri)), { code, message })
  })
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'no error'
  } catch (error) {
    return (error as Error).message
  }
}

sharedTest('a real slide of 11 gigapixels whose first data files are absent', ['wsi/mirax/Mirax2-Fluorescence-2.mrxs'], async (t, uri) => {
  const slide = await openAt(t, uri!)
  const { info } = slide
  t.deepEqual([info.width, info.height, info.levels.length, info.power, info.mpp!.x], [72_448, 152_080, 10, 20, 0.3225])
  t.deepEqual(info.associated, ['label', 'macro', 'thumbnail'])
  // As OpenSlide says.
  t.deepEqual(info.bounds, { x: 9153, y: 102_664, width: 10_439, height: 7641 })
  t.regex(info.warnings.join(), /Data0005.dat, Data0006.dat of 24 data files are not there/)
  t.regex(info.warnings.join(), /fluorescence/)
  t.regex(await messageOf(cut(slide, 12_000, 105_000, 8, 8)), /Data000[56].dat, which is not there/)
  // Nothing lies there, which costs nothing.
  t.true((await cut(slide, 0, 0, 512, 512)).every((v) => v === 255))
  t.is(slide.counts().tilesDecoded, 1)
})
