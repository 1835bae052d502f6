/** A list that lies on a server: the same slides as of a list on the disk, from its own folder on; no secret of its address anywhere. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { batch, definePipeline, extract, grid, infer, merge, patches as patchesFrom, slides as slidesFrom, tiles } from '../../src/index.js'
import { listPath } from '../../src/sources/common/list-path.js'
import patches from '../../src/sources/patches/spec.js'
import slides from '../../src/sources/slides/spec.js'
import { columnsOf, refsOf } from '../sources/support.js'
import { oddServer, serve } from '../support/odd-server.js'
import { hashesOf, runFile, writePipeline } from '../support/pipeline-file.js'
import { s3Server } from '../support/s3-server.js'
import { slideBytes } from '../support/small-cohort.js'
import { tempFolder } from '../support/temp.js'

const list = 'uri,age\n../slides/a b.tif,61\nsub/c.tif,\nhttps://elsewhere.org/d.tif?sig=own,7\n'

async function served(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>>) {
  const bytes = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]))
  const bucket = await s3Server('bucket', bytes)
  const web = await oddServer(new Uint8Array(0), (_, request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const found = bytes[decodeURIComponent(pathname.slice(1))]
    if (searchParams.get('sig') !== 's3cret') return !!response.writeHead(403).end()
    if (found === undefined) return !!response.writeHead(404).end()
    serve(found, request, response)
    return true
  })
  t.teardown(() => Promise.all([bucket.close(), web.close()]))
  return { web: web.url, s3: { endpoint: bucket.url, anonymous: true } }
}

test('paths in it begin in its folder; addresses stay as they are', async (t) => {
  const { web, s3 } = await served(t, { 'lists/l.csv': list })
  const folder = await tempFolder(t)
  const at = async (place: string, more = {}) =>
    (await refsOf(slides, { list: place, ...more }, folder)).map(({ id, uri, carried }) => [id, uri, carried.age])
  t.deepEqual(await at('s3://bucket/lists/l.csv', { s3 }), [
    ['a b', 's3://bucket/slides/a b.tif', 61],
    ['c', 's3://bucket/lists/sub/c.tif', null],
    ['d', 'https://elsewhere.org/d.tif?sig=own', 7],
  ])
  t.deepEqual(await at(`${web}/lists/l.csv?sig=s3cret`), [
    ['a b', `${web}/slides/a%20b.tif`, 61],
    ['c', `${web}/lists/sub/c.tif`, null],
    ['d', 'https://elsewhere.org/d.tif?sig=own', 7],
  ])
  t.deepEqual(
    (await columnsOf(slides, { list: 's3://bucket/lists/l.csv', s3 }, folder)).map(({ name, type }) => [name, type]),
    [['age', 'float64']],
  )
  const user = web.replace('//', '//me:hush@')
  t.deepEqual(
    (await at(`${user}/lists/l.csv?sig=s3cret`)).map(([, uri]) => uri),
    [`${user}/slides/a%20b.tif`, `${user}/lists/sub/c.tif`, 'https://elsewhere.org/d.tif?sig=own'],
  )
  const [set] = await refsOf(patches, { list: `${web}/lists/l.csv?sig=s3cret` }, folder)
  t.like(set, { id: 'l', uri: `${web}/lists/l.csv` })
  t.deepEqual(
    set!.images!.slice(0, 2).map(({ uri }) => uri),
    [`${web}/slides/a%20b.tif`, `${web}/lists/sub/c.tif`],
  )
})

test('a path of a machine, one that leads out of the bucket, and a list that is none are told by their line, without a secret', async (t) => {
  const long = `uri\n${'x/y.tif\n'.repeat(20_000)}"open\n`
  const files = {
    'a.csv': 'uri\n/etc/a.tif\n',
    'b.csv': 'uri\n~/a.tif\n',
    'c.csv': 'uri\n../../a.tif\n',
    'd.csv': '',
    'e.csv': long,
    'f.csv': 'II*\0',
  }
  const { web } = await served(t, files)
  const folder = await tempFolder(t)
  for (const [name, code, message] of [
    ['a.csv', 'LIST_INVALID', /'\/etc\/a.tif' lies nowhere beside/],
    ['b.csv', 'LIST_INVALID', /'~\/a.tif' lies nowhere beside/],
    ['c.csv', 'LIST_INVALID', /lies nowhere beside/],
    ['d.csv', 'LIST_UNREADABLE', /d\.csv has 0 bytes/],
    ['e.csv', 'LIST_INVALID', /a quote that begins in this line/],
    ['f.csv', 'LIST_INVALID', /is a slide or picture \(TIFF\), not CSV/],
    ['none.csv', 'FILE_MISSING', /there is no list at http.*none\.csv/],
  ] as const) {
    const error = await t.throwsAsync(refsOf(slides, { list: `${web}/${name}?sig=s3cret` }, folder), { message }, name)
    t.is((error as { readonly code?: string }).code, code, name)
    t.notRegex(JSON.stringify(error) + error.message, /s3cret/)
  }
  const shut = await t.throwsAsync(refsOf(slides, { list: `${web}/a.csv?sig=other` }, folder))
  t.is((shut as { readonly code?: string }).code, 'LIST_FORBIDDEN')
})

test('a long list comes in ranges of one state, or whole where that is asked for', async (t) => {
  const lines = Array.from({ length: 60_000 }, (_, i) => `slides/${i}.svs,ü${i}`)
  const { s3 } = await served(t, { 'l.csv': `uri,name\n${lines.join('\n')}\n` })
  process.env.TIASTREAM_CACHE = path.join(await tempFolder(t), 'cache')
  const folder = await tempFolder(t)
  for (const more of [{}, { cache: 'download' }]) {
    const refs = await refsOf(slides, { list: 's3://bucket/l.csv', s3, ...more }, folder)
    t.is(refs.length, 60_000)
    t.is(refs.at(-1)!.uri, 's3://bucket/slides/59999.svs')
    t.is(refs.at(-1)!.carried.name, 'ü59999')
  }
})

test('a run of it makes the files that a list on the disk makes, and is done for that list, too', async (t) => {
  const text = 'uri,age,mpp\nslides/a.tif,61,0.5\n'
  const { web, s3 } = await served(t, { 'c/l.csv': text, 'c/slides/a.tif': slideBytes() })
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'slides'))
  await writeFile(path.join(folder, 'slides/a.tif'), slideBytes())
  await writeFile(path.join(folder, 'l.csv'), text)
  const run = async (source: string) =>
    runFile(
      await writePipeline(folder, { slides: source, grid: '{ size: 224 px, at: baseline }', mask: '{ method: none }', sinks: '[parquet]' }),
    )
  t.is((await run('{ list: l.csv }')).summary.slides.done, 1)
  const files = await hashesOf(path.join(folder, 'out'))
  const there = `{ list: "s3://bucket/c/l.csv", s3: { endpoint: "${s3.endpoint}", anonymous: true } }`
  t.is((await run(there)).summary.slides.skipped, 1)
  await writeFile(path.join(folder, 'l.csv'), `uri,age,mpp\n${web}/c/slides/a.tif?sig=s3cret,61,0.5\n`)
  t.is((await run('{ list: l.csv }')).summary.slides.skipped, 1)
  const plain = await writePipeline(folder, {
    ...{ slides: there, grid: '{ size: 224 px, at: baseline }', mask: '{ method: none }', sinks: '[parquet]' },
  })
  await writeFile(plain, (await readFile(plain, 'utf8')).replace('output: ./out', 'output: ./other'))
  t.is((await runFile(plain)).summary.slides.done, 1)
  t.deepEqual(await hashesOf(path.join(folder, 'other')), files)
  for (const name of await readdir(path.join(folder, 'out/.tiastream')))
    if (/\.json$/.test(name)) t.notRegex(await readFile(path.join(folder, 'out/.tiastream', name), 'utf8'), /s3cret/)
})

test('an address as other programs write it is no path beside the list', (t) => {
  for (const list of ['/data/l.csv', 's3://bucket/l.csv'])
    t.throws(() => listPath('s3a://bucket/a.svs', list), {
      code: 'LIST_INVALID',
      message: /'s3a:\/\/bucket\/a.svs' is no address that is read here/,
    })
  t.is(listPath('a.svs', '/data/l.csv'), '/data/a.svs')
})

test('a list or a model that a server holds back is asked for no longer once the plan is aborted', async (t) => {
  const folder = await tempFolder(t)
  let left = () => {}
  let controller = new AbortController()
  const web = await oddServer(new Uint8Array(0), (_, request) => {
    request.socket.once('close', () => left())
    controller.abort(new Error('enough'))
    return true
  })
  t.teardown(() => web.close())
  const sources = [
    slidesFrom({ list: `${web.url}/l.csv` }),
    slidesFrom({ glob: ['s3://bucket/**/*.tif'], s3: { endpoint: web.url, anonymous: true } }),
    slidesFrom({ glob: [`dicomweb+${web.url}/studies/1.2`] }),
    tiles({ list: `${web.url}/l.csv` }),
    patchesFrom({ list: `${web.url}/l.csv` }),
  ]
  const from = (source: unknown, more: readonly unknown[] = []) =>
    ({ source, stages: [grid(), extract(), batch(), ...more, merge()] }) as never
  const pipelines = [...sources.map((source) => from(source)), from(slidesFrom({ glob: ['*.tif'] }), [infer({ model: `${web.url}/m` })])]
  for (const pipeline of pipelines) {
    const gone = new Promise<void>((resolve) => {
      left = resolve
    })
    controller = new AbortController()
    await t.throwsAsync(definePipeline(pipeline, { folder, signal: controller.signal }), { message: 'enough' })
    await gone
  }
  t.is(web.seen.length, pipelines.length)
})
