import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { objectOf } from '../../src/core/options.js'
import patches from '../../src/sources/patches/spec.js'
import { sharedTest } from '../shared-data.js'
import { columnsOf, folderOf, refsOf } from './support.js'

test('a folder of folders is one set, its pictures sorted, the parent folder their label', async (t) => {
  const folder = await folderOf(t, { 'k/TUM/b.png': '', 'k/TUM/a.TIF': '', 'k/ADI/z.jpg': '', 'k/readme.md': '' })
  const refs = await refsOf(patches, { folder: 'k', label: 'parent' }, folder)
  t.deepEqual(refs, [
    {
      kind: 'set',
      id: 'k',
      uri: path.join(folder, 'k'),
      root: path.join(folder, 'k'),
      carried: {},
      images: [
        { uri: path.join(folder, 'k/ADI/z.jpg'), label: 'ADI' },
        { uri: path.join(folder, 'k/TUM/a.TIF'), label: 'TUM' },
        { uri: path.join(folder, 'k/TUM/b.png'), label: 'TUM' },
      ],
    },
  ])
  t.deepEqual(
    (await columnsOf(patches, { folder: 'k', label: 'parent' }, folder)).map((c) => c.name),
    ['label'],
  )
  t.deepEqual(await columnsOf(patches, { folder: 'k' }, folder), [])
})

test('a glob names its set after the folder it starts in', async (t) => {
  const folder = await folderOf(t, { 'k/TUM/b.png': '' })
  t.is((await refsOf(patches, { glob: 'k/**/*.png' }, folder))[0]!.id, 'k')
  t.is((await refsOf(patches, { glob: 'k/**/*.png', set: 'val' }, folder))[0]!.id, 'val')
  await t.throwsAsync(refsOf(patches, { glob: 'k/**/*.png', set: '../val' }, folder), { code: 'OPTION_INVALID' })
})

test('a list keeps its order and gives the labels', async (t) => {
  const folder = await folderOf(t, { 'l/val.csv': 'uri,label\n../b.png,TUM\n../a.png,\n', 'a.png': '', 'b.png': '' })
  const [set] = await refsOf(patches, { list: 'l/val.csv' }, folder)
  t.is(set!.id, 'val')
  t.deepEqual(set!.images, [{ uri: path.join(folder, 'b.png'), label: 'TUM' }, { uri: path.join(folder, 'a.png') }])
})

test('pictures are named from the folder that is given, from the fixed part of patterns, from a list where its paths begin there, else from the folder that all lie below', async (t) => {
  const files = { 'k/TUM/b.png': '', 'k/ADI/z.png': '', 'm/y.png': '' }
  const folder = await folderOf(t, {
    ...files,
    'l/near.csv': 'uri\n../k/TUM/b.png\n../k/ADI/z.png\n',
    'l/mixed.csv': 'uri\n../k/TUM/b.png\nhttps://host/a.png\n',
    'l/web.csv': 'uri\nhttps://host/set/a%20b/1.png?sig=s3cret\nhttps://host/set/c/2.png\n',
  })
  await writeFile(path.join(folder, 'l/far.csv'), `uri\n${path.join(folder, 'k/TUM/b.png')}\n${path.join(folder, 'k/ADI/z.png')}\n`)
  const rootOf = async (options: Record<string, unknown>) => (await refsOf(patches, options, folder))[0]!.root
  t.is(await rootOf({ folder: 'k' }), path.join(folder, 'k'))
  t.is(await rootOf({ glob: 'k/*/*.png' }), path.join(folder, 'k'))
  t.is(await rootOf({ glob: ['k/TUM/*.png', 'k/ADI/*.png', '!k/**/x*.png'] }), path.join(folder, 'k'))
  t.is(await rootOf({ glob: ['k/*/*.png', 'm/*.png'] }), folder)
  t.is(await rootOf({ glob: ['https://host/set/a/1.png?sig=s3cret', 'https://host/set/b/2.png'] }), 'https://host/set')
  t.is(await rootOf({ list: 'l/near.csv' }), path.join(folder, 'l'))
  t.is(await rootOf({ list: 'l/far.csv' }), path.join(folder, 'k'))
  t.is(await rootOf({ list: 'l/web.csv' }), 'https://host/set')
  t.is(await rootOf({ list: 'l/mixed.csv' }), undefined, 'nothing that they share')
})

test('a list carries further columns into each row, typed as those of slides are', async (t) => {
  const csv = 'uri,age,case,label\nb.png,61,007,TUM\na.npy,,1E05,\n'
  const folder = await folderOf(t, { 'l.csv': csv, 'b.png': '', 'a.npy': '' })
  const [set] = await refsOf(patches, { list: 'l.csv', columns: { age: 'integer' }, resize: '224 px' }, folder)
  t.deepEqual(set!.resize, { width: 224, height: 224 })
  t.deepEqual(set!.images, [
    { uri: path.join(folder, 'b.png'), label: 'TUM', carried: { age: 61, case: '007' } },
    { uri: path.join(folder, 'a.npy'), carried: { age: null, case: '1E05' } },
  ])
  const columns = await columnsOf(patches, { list: 'l.csv', columns: { age: 'integer' } }, folder)
  t.deepEqual(
    columns.map(({ name, type }) => [name, type]),
    [
      ['label', 'category'],
      ['age', 'int32'],
      ['case', 'category'],
    ],
  )
})

test('what a pattern or a folder leaves out is said, not of a list', async (t) => {
  const folder = await folderOf(t, { 'k/a.png': '', 'k/b.JPG': '', 'k/c.bmp': '', 'k/notes.txt': '', 'l.csv': 'uri\nk/a.png\n' })
  const { warnings } = await patches.load()
  const said = (options: Record<string, unknown>) => warnings!(objectOf(patches.options).parse(options) as never, folder)
  t.deepEqual(await said({ glob: './k/*.png' }), [
    'patches.glob leaves out 2 files that look like pictures (b.JPG, c.bmp): add bmp, jpg to the pattern to take them too',
  ])
  t.deepEqual(await said({ glob: ['./k/*.{png,jpg}', './k/*.bmp'] }), [])
  t.deepEqual(await said({ folder: 'k' }), [
    'patches.folder leaves out a file that looks like a picture (c.bmp): PNG, JPEG, TIFF, WebP and .npy are read',
  ])
  t.deepEqual(await said({ list: 'l.csv' }), [])
  // As QuPath exports tiles with their labels.
  const pairs = await folderOf(t, { 'k/a.tif': '', 'k/a-labelled.png': '', 'k/b.png': '', 'k/b_mask.png': '', 'k/c_mask.png': '' })
  t.deepEqual(await warnings!(objectOf(patches.options).parse({ folder: 'k' }) as never, pairs), [
    'patches.folder takes masks, as it seems, for pictures: 2 of 5 are called as others with a word behind (a-labelled.png, b_mask.png): a pattern after ! takes them away',
  ])
  // As browsers of Windows save JPEG.
  const jpegs = await folderOf(t, { 'k/a.png': '', 'k/b.jfif': '', 'k/c.JPE': '', 'k/d.avif': '', 'k/e.npz': '' })
  t.deepEqual(await warnings!(objectOf(patches.options).parse({ folder: 'k' }) as never, jpegs), [
    'patches.folder leaves out 2 files that look like pictures (d.avif, e.npz): PNG, JPEG, TIFF, WebP and .npy are read',
  ])
  const [ref] = await refsOf(patches, { folder: 'k' }, jpegs)
  t.is(ref!.images?.length, 3)
})

test('what is missing or unclear is refused', async (t) => {
  const folder = await folderOf(t, { 'l.csv': 'uri,label\na.png,x\n', 'm.csv': 'url,label\na.png,x\n', 'a.png': '', 'empty/x.txt': '' })
  await t.throwsAsync(refsOf(patches, { folder: 'absent' }, folder), { code: 'FILE_MISSING' })
  await t.throwsAsync(refsOf(patches, { folder: 'empty' }, folder), { code: 'NO_SLIDES' })
  await t.throwsAsync(refsOf(patches, { list: 'l.csv', label: 'parent' }, folder), { code: 'OPTION_INVALID' })
  await t.throwsAsync(refsOf(patches, { list: 'm.csv' }, folder), { code: 'LIST_INVALID', message: /no column uri/ })
  await t.throwsAsync(refsOf(patches, { list: 'l.csv', columns: { age: 'integer' } }, folder), { code: 'OPTION_INVALID', message: /'age'/ })
  await t.throwsAsync(refsOf(patches, { folder: 'empty', columns: { age: 'integer' } }, folder), { code: 'OPTION_INVALID' })
  await t.throwsAsync(refsOf(patches, { list: 'l.csv', folder: 'empty' }, folder), { code: 'OPTION_INVALID' })
})

sharedTest('the shared Kather patches are one set', ['patches/kather100k'], async (t, folder) => {
  const [set] = await refsOf(patches, { folder: 'kather100k' }, path.dirname(folder!))
  t.deepEqual(
    set!.images!.map(({ uri }) => path.basename(uri)),
    [
      'MUS-tiatoolbox-kather1.tif',
      'NCT-CRC-HE-100K-labelled-montage-9x10.jpg',
      'TUM-AEPINLNQ.png',
      'TUM-DFGFFNEY.png',
      'TUM-tiatoolbox-kather2.tif',
    ],
  )
})
