import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { PipelineError } from '../../src/core/errors.js'
import slides from '../../src/sources/slides/spec.js'
import tiles from '../../src/sources/tiles/spec.js'
import { columnsOf, folderOf, refsOf } from './support.js'

test('a glob yields every file once, sorted, with ids from the names', async (t) => {
  const folder = await folderOf(t, { 'b/S2.svs': '', 'a/S10.tif': '', 'a/S1.ome.tiff': '', 'a/.hidden.svs': '', 'a/notes.txt': '' })
  const refs = await refsOf(slides, { glob: '**/*.{svs,tif,tiff}' }, folder)
  t.deepEqual(
    refs.map(({ id, uri, kind }) => [kind, id, path.relative(folder, uri)]),
    [
      ['slide', 'S1', 'a/S1.ome.tiff'],
      ['slide', 'S10', 'a/S10.tif'],
      ['slide', 'S2', 'b/S2.svs'],
    ],
  )
})

test('what servers and systems have set aside is told, unless a pattern names it', async (t) => {
  const files = ['a.tif', '#recycle/a2.tif', 'x/@eaDir/a.tif/thumb.tif', '$RECYCLE.BIN/b.tif', 'recycled/c.tif']
  const folder = await folderOf(t, Object.fromEntries(files.map((file) => [file, ''])))
  const { warnings } = await slides.load()
  const saidIn = async (place: string, ...glob: string[]) =>
    (await warnings!({ glob } as never, place)).map((one) => one.replace(/^.*set aside /, ''))
  const said = (...glob: string[]) => saidIn(folder, ...glob)
  t.deepEqual(await said('**/*.tif'), [
    "(1 of #recycle, 1 of $RECYCLE.BIN, 1 of @eaDir): a pattern '!**/#recycle/**' in glob leaves them out",
  ])
  t.deepEqual(await said('**/*.tif', '!**/#recycle/**', '!**/$RECYCLE.BIN/**', '!**/@eaDir/**'), [])
  t.deepEqual(await said('#recycle/*.tif'), [])
  t.deepEqual(await saidIn(path.join(folder, '#recycle'), '**/*.tif'), [], 'a pipeline that lies there itself')
})

test('what a wide pattern finds of a slide of many files is that slide, once; an id of many files is one fault', async (t) => {
  const folder = await folderOf(t, {
    'm/A.mrxs': '',
    'm/A/Index.dat': '',
    'm/A/Data0000.dat': '',
    'm/B/deep/c.svs': '',
    'z/S.zarr/zarr.json': '',
    'z/S.zarr/0/0/0': '',
    'z/S.zarr/0/zarr.json': '',
  })
  const named = async (...glob: string[]) => (await refsOf(slides, { glob }, folder)).map(({ id, uri }) => [id, path.relative(folder, uri)])
  t.deepEqual(await named('**'), [
    ['A', 'm/A.mrxs'],
    ['c', 'm/B/deep/c.svs'],
    ['S', 'z/S.zarr'],
  ])
  t.deepEqual(await named('z/*.zarr/0/'), [['0', 'z/S.zarr/0']], 'what is named is what is meant')
  t.deepEqual(
    (await named('m/A/*')).map(([id]) => id),
    ['Data0000', 'Index'],
    'without the slide they are what was asked for',
  )
  const more = await folderOf(t, { 'a/s.svs': '', 'b/S.svs': '', 'c/s.svs': '', 'd/s.svs': '' })
  const error = (await t.throwsAsync(refsOf(slides, { glob: '**' }, more))) as PipelineError
  t.is(error.message, `'S' would be the id of both ${path.join(more, 'a/s.svs')} and ${path.join(more, 'b/S.svs')}`)
})

test('endings match in upper and lower case, however a pattern writes them; folders and names as they are', async (t) => {
  const folder = await folderOf(t, { 'A.TIF': '', 'b.tif': '', 'c.Svs': '', 'd.OME.TIFF': '', 'e.txt': '', 'Deep/f.TIFF': '' })
  const named = async (...glob: string[]) => (await refsOf(slides, { glob }, folder)).map(({ uri }) => path.relative(folder, uri))
  t.deepEqual(await named('*.{svs,tif,tiff}'), ['A.TIF', 'b.tif', 'c.Svs', 'd.OME.TIFF'])
  t.deepEqual(await named('**/*.{svs,tif,tiff}'), ['A.TIF', 'Deep/f.TIFF', 'b.tif', 'c.Svs', 'd.OME.TIFF'])
  t.deepEqual(await named('*.[st]*[fs]'), ['A.TIF', 'b.tif', 'c.Svs', 'd.OME.TIFF'])
  t.deepEqual(await named('*.@(TIF|SVS)'), ['A.TIF', 'b.tif', 'c.Svs'])
  t.deepEqual(await named('*.tif*', '!*.ome.tiff'), ['A.TIF', 'b.tif'])
  t.deepEqual(await named('*.ti[e-g]'), ['A.TIF', 'b.tif'])
  t.deepEqual(await named('*.*', '!*.[!s]*', '!*.txt'), ['c.Svs'])
  await t.throwsAsync(refsOf(slides, { glob: 'deep/*.tiff' }, folder), { code: 'NO_SLIDES' })
  await t.throwsAsync(refsOf(slides, { glob: 'a.tif' }, folder), { code: 'NO_SLIDES' })
})

const warningsOf = async (glob: string[], folder: string) => (await slides.load()).warnings!({ glob } as never, folder)

test('what looks like a slide and has another ending is named in one line; what is taken away by ! is not', async (t) => {
  const files = { 'a.svs': '', 'b.tif': '', 'c.NDPI': '', 'd.mrxs': '', 'e.vsi': '', 'notes.txt': '', 'other/x.tif': '' }
  const folder = await folderOf(t, files)
  const [line, ...rest] = await warningsOf(['*.svs'], folder)
  t.is(
    line,
    'slides.glob leaves out 4 files that look like slides (b.tif, c.NDPI, d.mrxs, …): add mrxs, ndpi, tif, vsi to the pattern to take them too',
  )
  t.deepEqual(rest, [])
  t.deepEqual(await warningsOf(['*.svs', '!*.{tif,ndpi,mrxs,vsi}'], folder), [])
  t.deepEqual(await warningsOf(['**/*'], folder), [])
  t.deepEqual(await warningsOf(['a*.svs'], folder), [], 'other names were not asked for')
  await t.throwsAsync(refsOf(slides, { glob: 'other/*.svs' }, folder), { message: /finds no file/ })
  const error = (await t.throwsAsync(refsOf(slides, { glob: 'other/*.svs' }, folder))) as PipelineError
  t.regex(error.hint!, /x\.tif/)
})

test('!**/ takes away wherever the other patterns look; a pattern that takes nothing away is named', async (t) => {
  const there = await folderOf(t, { 'a/bad.svs': '', 'a/good.svs': '', 'b/BAD.SVS': '' })
  const here = await folderOf(t, { 'p.yml': '' })
  const all = `${there}/**/*.svs`
  const named = async (...glob: string[]) => (await refsOf(slides, { glob }, here)).map(({ uri }) => path.relative(there, uri))
  t.deepEqual(await named(all, '!**/bad.svs'), ['a/good.svs', 'b/BAD.SVS'])
  t.deepEqual(await named(all, '!**/b/*'), ['a/bad.svs', 'a/good.svs'])
  t.deepEqual(await warningsOf([all, '!**/bad.svs'], here), [])
  t.deepEqual(await warningsOf([all, '!bad.svs', `!${there}/a/*`], here), [
    `slides.glob: '!bad.svs' takes nothing away; it looks below ${here}, and '!**/…' wherever the others look`,
  ])
})

test('several DICOM files of one folder are said to be slides of their own; folders, and a file in each, are what they are', async (t) => {
  const folder = await folderOf(t, { 'x/a.dcm': '', 'x/b.DCM': '', 'y/a.dcm': '' })
  const [line, ...rest] = await warningsOf(['**/*.dcm'], folder)
  t.is(
    line,
    `slides.glob takes 2 DICOM files of the folder ${path.join(folder, 'x')} for 2 slides: when they are one series, its levels are read as one slide by a pattern that ends in / and finds the folder`,
  )
  t.deepEqual(rest, [])
  for (const glob of [['*/'], ['y/*.dcm']]) t.deepEqual(await warningsOf(glob, folder), [], glob[0])
})

test('of tiles it is pictures', async (t) => {
  const folder = await folderOf(t, { 'a.png': '', 'b.JPG': '', 'c.svs': '' })
  t.deepEqual(await (await tiles.load()).warnings!({ glob: ['*.png'] } as never, folder), [
    'tiles.glob leaves out a file that looks like a picture (b.JPG): add jpg to the pattern to take them too',
  ])
})

test('a folder with brackets in its name is one that a pattern does not mean: the way to write it is told, and works', async (t) => {
  for (const name of ['slides (2)', 'run [a-c] x', 'x[!y]z/deep (1)']) {
    const folder = await folderOf(t, { [`${name}/a.svs`]: '' })
    for (const pattern of [path.join(folder, name, '*.svs'), `${name}/*.svs`]) {
      const error = (await t.throwsAsync(refsOf(slides, { glob: pattern }, folder), { code: 'NO_SLIDES' })) as PipelineError
      const [, better] = /write '(.*)' \(in/.exec(error.hint!) ?? []
      t.deepEqual(
        (await refsOf(slides, { glob: better! }, folder)).map(({ id }) => id),
        ['a'],
        pattern,
      )
    }
  }
  const folder = await folderOf(t, { 'run [a-c] x/a.svs': '', 'run b x/b.svs': '' })
  t.regex((await warningsOf(['run [a-c] x/*.svs'], folder)).join(), /does not look into the folder .*run \[a-c\] x/)
})

test('several patterns are one set, and one after ! takes away', async (t) => {
  const folder = await folderOf(t, { 'a.svs': '', 'b.tif': '', 'b.mask.tif': '' })
  const refs = await refsOf(slides, { glob: ['*.svs', '*.tif', '!*.mask.tif'] }, folder)
  t.deepEqual(
    refs.map((ref) => ref.id),
    ['a', 'b'],
  )
})

test('links to files and folders are followed, a loop is walked once, links to nothing are left out and named', async (t) => {
  const folder = await folderOf(t, { 'cohort/x.svs': '', 'store/y.svs': '' })
  await symlink('../store/y.svs', path.join(folder, 'cohort/y.svs'))
  await symlink('../store/y.svs', path.join(folder, 'cohort/again.svs'))
  await symlink('..', path.join(folder, 'cohort/loop'))
  await symlink('gone.svs', path.join(folder, 'cohort/dangling.svs'))
  const refs = await refsOf(slides, { glob: 'cohort/*.svs' }, folder)
  t.deepEqual(
    refs.map((ref) => ref.id),
    ['again', 'x', 'y'],
  )
  const said = async (glob: string[]) => (await slides.load()).warnings!({ glob } as never, folder)
  t.deepEqual(await said(['cohort/*.SVS']), [
    'slides.glob leaves out a link that leads to nothing (dangling.svs): is the disk of the files there?',
  ])
  t.deepEqual(await said(['cohort/*.svs', '!cohort/d*']), [])
  const deep = await refsOf(slides, { glob: 'cohort/**/x.svs' }, folder)
  t.deepEqual(
    deep.map((ref) => path.relative(folder, ref.uri)),
    ['cohort/x.svs'],
  )
})

test('a.svs and a.tif cannot both be a: both paths are named', async (t) => {
  const folder = await folderOf(t, { 'x/a.svs': '', 'y/A.tif': '' })
  const error = await t.throwsAsync(refsOf(slides, { glob: '**/*' }, folder), { instanceOf: PipelineError, code: 'ID_CLASH' })
  t.true(error.message.includes(path.join(folder, 'x/a.svs')) && error.message.includes(path.join(folder, 'y/A.tif')))
})

test('a pattern that finds nothing, no pattern, and both kinds are errors', async (t) => {
  const folder = await folderOf(t, {})
  await t.throwsAsync(refsOf(slides, { glob: '*.svs' }, folder), { code: 'NO_SLIDES', message: /'\*\.svs' finds no file/ })
  await t.throwsAsync(refsOf(slides, {}, folder), { code: 'OPTION_MISSING', message: 'slides needs glob: or list:' })
  await t.throwsAsync(refsOf(slides, { glob: 'a', list: 'b' }, folder), { code: 'OPTION_INVALID' })
})

test('a list says more than a glob: ids, resolution, masks, labels, and further columns with their types', async (t) => {
  const folder = await folderOf(t, {
    'lists/cohort.csv':
      '\ufeffid,uri,mpp,power,mask,label,age,score,case,site\r\np1,../a.svs,0.25,,,"colon, left",63,0.5,007,\r\np2,../b.svs,,40,m.png,,71,1,12,Tromsø\r\n\r\n',
    'a.svs': '',
    'b.svs': '',
    'lists/m.png': '',
  })
  const options = { list: 'lists/cohort.csv', mpp: 0.5, mask: './masks/{slide}.png' }
  // The mask of p1 is not there: that is the error of p1, in the run; check warns.
  t.is((await refsOf(slides, options, folder))[0]!.mask, path.join(folder, 'masks/p1.png'))
  const refs = await refsOf(slides, { ...options, mask: undefined }, folder)
  t.deepEqual(refs, [
    {
      kind: 'slide',
      id: 'p1',
      uri: path.join(folder, 'a.svs'),
      mpp: 0.25,
      label: 'colon, left',
      carried: { age: 63, score: 0.5, case: '007', site: null },
    },
    {
      kind: 'slide',
      id: 'p2',
      uri: path.join(folder, 'b.svs'),
      mpp: 0.5,
      power: 40,
      mask: path.join(folder, 'lists/m.png'),
      carried: { age: 71, score: 1, case: '12', site: 'Tromsø' },
    },
  ])
  t.deepEqual(
    (await columnsOf(slides, options, folder)).map(({ name, type, nullable }) => [name, type, nullable ?? false]),
    [
      ['label', 'category', true],
      ['age', 'float64', true],
      ['score', 'float64', true],
      ['case', 'category', true],
      ['site', 'category', true],
    ],
  )
})

test('every faulty line of a list is told, with its line', async (t) => {
  const folder = await folderOf(t, {
    'l.csv': 'uri,mpp,id\na.svs,x,\ngone.svs,,\n,0.5,\na.svs,,a/b\n"a.svs",,ok\na.svs,,OK\n',
    'a.svs': '',
  })
  const error = (await t.throwsAsync(refsOf(slides, { list: 'l.csv' }, folder), { instanceOf: PipelineError }))!
  const all = (error.cause as AggregateError).errors as PipelineError[]
  t.deepEqual(
    all.map((e) => [e.at?.line, e.code]),
    [
      [2, 'LIST_INVALID'],
      [3, 'FILE_MISSING'],
      [4, 'LIST_INVALID'],
      [5, 'LIST_INVALID'],
      [7, 'ID_CLASH'],
    ],
  )
  t.is(all[3]!.hint, 'write a_b')
})

test('a list that is none is refused: absent, no uri, columns twice, ragged, open quote, empty, no UTF-8', async (t) => {
  const folder = await folderOf(t, {
    'nouri.csv': 'id\nx\n',
    'twice.csv': 'uri,uri\na,b\n',
    'ragged.csv': 'uri,id\na.svs\n',
    'quote.csv': 'uri\n"a.svs\n',
    'empty.csv': '',
    'header.csv': 'uri\n',
  })
  const code = async (list: string) => ((await t.throwsAsync(refsOf(slides, { list }, folder))) as PipelineError).code
  t.is(await code('absent.csv'), 'FILE_MISSING')
  for (const name of ['nouri', 'twice', 'ragged', 'quote', 'empty']) t.is(await code(`${name}.csv`), 'LIST_INVALID', name)
  t.is(await code('header.csv'), 'NO_SLIDES')
  await mkdir(path.join(folder, 'folder.csv'))
  t.is(await code('folder.csv'), 'FILE_UNREADABLE')
})

test('addresses on the web are taken as they are', async (t) => {
  const folder = await folderOf(t, { 'l.csv': 'uri\nhttps://example.org/slides/S%201.svs?token=x\n' })
  const [ref] = await refsOf(slides, { list: 'l.csv' }, folder)
  t.is(ref!.uri, 'https://example.org/slides/S%201.svs?token=x')
  t.is(ref!.id, 'S 1')
  const folders = await folderOf(t, { 'l.csv': 'uri\ns3://bucket/series/\naz://account/box/a%20b.svs?sv=1&sig=x\n' })
  t.deepEqual(
    (await refsOf(slides, { list: 'l.csv' }, folders)).map(({ id }) => id),
    ['series', 'a%20b'],
  )
})

test('tiles are the same with their own kind', async (t) => {
  const folder = await folderOf(t, { 't.png': '' })
  const [ref] = await refsOf(tiles, { glob: '*.png', mpp: 0.5 }, folder)
  t.deepEqual(ref, { kind: 'tile', id: 't', uri: path.join(folder, 't.png'), mpp: 0.5, carried: {} })
})

test('a pattern that ends with / finds folders, named after all of their names', async (t) => {
  const series = ['1.2.840.1', '1.2.840.2', 'other.x']
  const files = Object.fromEntries(series.flatMap((name) => [`in/${name}/a.dcm`, `in/${name}/b.dcm`]).map((file) => [file, '']))
  const folder = await folderOf(t, { ...files, 'in/a.svs': '' })
  const found = async (...glob: string[]) =>
    (await refsOf(slides, { glob }, folder)).map(({ id, uri }) => [id, path.relative(folder, uri)] as const)
  t.deepEqual(await found('in/*/'), [
    ['1.2.840.1', 'in/1.2.840.1'],
    ['1.2.840.2', 'in/1.2.840.2'],
    ['other', 'in/other.x'],
  ])
  t.deepEqual(await found('in/1.*/', 'in/*.svs', '!in/*.2/'), [
    ['1.2.840.1', 'in/1.2.840.1'],
    ['a', 'in/a.svs'],
  ])
  t.deepEqual(await found('in/1.2.840.2/'), [['1.2.840.2', 'in/1.2.840.2']])
  t.deepEqual(await found('**/1*/'), [
    ['1.2.840.1', 'in/1.2.840.1'],
    ['1.2.840.2', 'in/1.2.840.2'],
  ])
  t.deepEqual(await warningsOf(['in/*/'], folder), [])
  // The folder of the pipeline itself, as each may write it.
  const name = path.basename(folder)
  for (const here of ['./', './/', `${folder}/`, `../${name}/`]) {
    t.deepEqual(await found(here), [[name, '']], here)
    t.deepEqual(await warningsOf([here], folder), [], here)
  }
})
