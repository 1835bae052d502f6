/** Slides of several files: a reader finds what lies beside the file, or takes a folder for a slide; who such a slide is follows from all of them. */

import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { SlideError } from '../../../src/core/errors.js'
import { type SlideRef, sameContent } from '../../../src/core/slide.js'
import type { ByteSource } from '../../../src/readers/byte-source.js'
import { joinedSource, placeIn } from '../../../src/readers/files/joined.js'
import { localFiles } from '../../../src/readers/files/local.js'
import { filesOfSlide } from '../../../src/readers/files/of-slide.js'
import { begins, type OpenContext, type Reader } from '../../../src/readers/format.js'
import { identify } from '../../../src/readers/identify.js'
import { defaultLimits } from '../../../src/readers/limits.js'
import { openWith } from '../../../src/readers/open-with.js'
import { levelOf, type TileStore } from '../../../src/readers/store.js'
import { folderOf, readLevel, refTo } from '../open-buffer.js'

/** A slide of one row of grey tiles of 2 × 2 pixels, each in a file of one byte. */
function opened({ ref }: OpenContext, files: readonly ByteSource[]) {
  const [width, height] = [files.length * 2, 2]
  const store: TileStore = {
    levels: [levelOf(width, height, { width: 2, height: 2 })],
    extents: (_, index) => [{ offset: placeIn(index, 0), length: 1 }],
    decode: (_, __, [bytes]) => ({ width: 2, height: 2, data: new Uint8Array(12).fill(bytes![0]!) }),
  }
  const facts = { id: ref.id, uri: ref.uri, kind: ref.kind, vendor: 'test', width, height, levels: store.levels }
  const info = { ...facts, associated: [], warnings: [], compression: 'none' }
  return { info, store, source: joinedSource(ref.uri, files), pictures: {} }
}

/** `x.list` names the files beside it, one a line; a folder with an `index` is a slide of its `.part` files. */
const reader: Reader = {
  name: 'list',
  is: (head, uri) => begins(head, 'LIST') && uri.endsWith('.list'),
  isFolder: (inside) => inside.some(({ name, isFolder }) => name === 'index' && !isFolder),
  parts: async (place, context) =>
    'uri' in place ? [place.uri, ...(await named(place, context))] : place.filter(({ name }) => /\.part$/.test(name)).map(({ uri }) => uri),
  load: async () => ({
    open: async (source, context) => {
      const files = await Promise.all((await named(source, context)).map((uri) => context.files.open(uri)))
      await source.close()
      return opened(context, files)
    },
    openFolder: async (inside, context) =>
      opened(context, await Promise.all(inside.filter(({ name }) => /\.part$/.test(name)).map(({ uri }) => context.files.open(uri)))),
  }),
}

async function named(source: ByteSource, { files }: OpenContext): Promise<string[]> {
  const [, ...names] = Buffer.from(await source.read(0, source.size))
    .toString()
    .split('\n')
  return names.map((name) => files.sibling(name))
}

async function slideOfFiles(t: ExecutionContext) {
  const folder = await folderOf(t)
  await mkdir(path.join(folder, 'x'))
  for (const [i, name] of ['a.part', 'b.part'].entries()) await writeFile(path.join(folder, 'x', name), Buffer.of(10 + i))
  await writeFile(path.join(folder, 'x', 'index'), '')
  const list = path.join(folder, 'x.list')
  await writeFile(list, 'LIST\nx/b.part\nx/a.part')
  return { folder, list }
}

const idOf = (uri: string) => identify(refTo(uri) as SlideRef, [reader])

test('a reader opens the files that lie beside the slide', async (t) => {
  const { list } = await slideOfFiles(t)
  const slide = await openWith([reader], list)
  t.teardown(() => slide.close())
  const row = [...[11, 11].flatMap((v) => [v, v, v]), ...[10, 10].flatMap((v) => [v, v, v])]
  t.deepEqual([...(await readLevel(slide, 0))], [...row, ...row])
  t.deepEqual(slide.identity, await idOf(list))
})

test('a folder is a slide, by what lies in it; another is refused by name', async (t) => {
  const { folder } = await slideOfFiles(t)
  const slide = await openWith([reader], path.join(folder, 'x'))
  t.teardown(() => slide.close())
  t.deepEqual((await readLevel(slide, 0)).slice(0, 3), new Uint8Array([10, 10, 10]))
  t.deepEqual(slide.identity, await idOf(path.join(folder, 'x')))
  for (const open of [() => openWith([reader], folder), () => idOf(folder)])
    t.regex(
      (await t.throwsAsync<SlideError>(open, { code: 'SLIDE_UNSUPPORTED', message: /is a folder, which is not read/ })).hint!,
      /the folder of one DICOM series or OME-Zarr/,
    )
})

test('a byte of any file, a size, a missing file make it another slide; its own name does not', async (t) => {
  const { folder, list } = await slideOfFiles(t)
  const before = await idOf(list)
  const part = path.join(folder, 'x', 'a.part')
  await rename(list, path.join(folder, 'y.list'))
  const moved = path.join(folder, 'y.list')
  t.true(sameContent(before, await idOf(moved)))
  await writeFile(part, Buffer.of(99))
  t.false(sameContent(before, await idOf(moved)), 'another byte')
  await writeFile(part, Buffer.of(10, 10))
  t.false(sameContent(before, await idOf(moved)), 'a byte more')
  await rm(part)
  const without = await idOf(moved)
  t.false(sameContent(before, without), 'a file is gone')
  await t.throwsAsync(openWith([reader], moved), { code: 'SLIDE_MISSING', message: /a.part does not exist/ })
  await writeFile(part, Buffer.of(10))
  t.deepEqual({ ...(await idOf(moved)), modified: 0 }, { ...before, modified: 0 })
})

test('two files that change places are another slide', async (t) => {
  const { folder } = await slideOfFiles(t)
  const before = await idOf(path.join(folder, 'x'))
  const at = (name: string) => path.join(folder, 'x', name)
  await rename(at('a.part'), at('c.part'))
  await rename(at('b.part'), at('a.part'))
  await rename(at('c.part'), at('b.part'))
  t.false(sameContent(before, await idOf(path.join(folder, 'x'))))
})

test('names that lead out of the folder of the slide are refused', async (t) => {
  const files = filesOfSlide('/slides/a.list', localFiles, defaultLimits)
  t.is(files.sibling('a/Slidedat.ini'), path.normalize('/slides/a/Slidedat.ini'))
  t.is(files.sibling('a\\Data0.dat'), path.normalize('/slides/a/Data0.dat'))
  t.is(files.inside('0/0'), path.normalize('/slides/a.list/0/0'))
  for (const name of ['', '..', '../b', 'a/../../b', '/etc/passwd', 'C:\\x', 'a//b', '\\\\host\\x', 'a\0'])
    t.throws(() => files.sibling(name), { code: 'SLIDE_MALFORMED', message: /which does not lie beside it/ }, name)
})

test('a folder is listed in the order of its names, through links, and no further than the limit', async (t) => {
  const folder = await folderOf(t)
  for (const name of ['b', 'a', 'c']) await writeFile(path.join(folder, name), '')
  await mkdir(path.join(folder, 'd'))
  await symlink(path.join(folder, 'd'), path.join(folder, 'e'))
  await symlink(path.join(folder, 'nowhere'), path.join(folder, 'f'))
  const listed = await localFiles.list(folder, 6)
  t.deepEqual(
    listed?.map(({ name, isFolder }) => `${name}${isFolder ? '/' : ''}`),
    ['a', 'b', 'c', 'd/', 'e/', 'f'],
  )
  t.is(await localFiles.list(path.join(folder, 'a'), 6), null)
  await t.throwsAsync(localFiles.list(folder, 5), { code: 'SLIDE_TOO_LARGE', message: /more than 5 files/ })
  await t.throwsAsync(localFiles.list(path.join(folder, 'g'), 5), { code: 'SLIDE_MISSING' })
})

test('a small file is read whole, a large one is not', async (t) => {
  const { folder, list } = await slideOfFiles(t)
  const files = filesOfSlide(list, localFiles, defaultLimits)
  t.deepEqual([...(await files.read(path.join(folder, 'x/a.part'), 1))], [10])
  await t.throwsAsync(files.read(list, 10), { code: 'SLIDE_TOO_LARGE', message: /has 22 bytes, more than 10/ })
})

test('what was opened is closed when opening fails', async (t) => {
  const { list } = await slideOfFiles(t)
  const sources: ByteSource[] = []
  const failing: Reader = {
    ...reader,
    load: async () => ({
      open: async (source, { files }) => {
        sources.push(source, await files.open(files.sibling('x/a.part')))
        throw new RangeError('a broken header')
      },
    }),
  }
  await t.throwsAsync(openWith([failing], list), { code: 'SLIDE_MALFORMED', message: /a broken header/ })
  for (const source of sources) await t.throwsAsync(source.read(0, 1), { code: 'SLIDE_UNREADABLE' })
})

test('a file that is still being opened when opening fails is closed, too', async (t) => {
  const { folder, list } = await slideOfFiles(t)
  let goOn = () => {}
  const waits = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const files = filesOfSlide(list, { ...localFiles, open: (uri) => waits.then(() => localFiles.open(uri)) }, defaultLimits)
  const opening = files.open(path.join(folder, 'x/a.part'))
  const closing = files.closeAll()
  goOn()
  await closing
  await t.throwsAsync((await opening).read(0, 1), { code: 'SLIDE_UNREADABLE' })
})
