/** A run over slides on a web server: the same table as from the disk, and no secret of an address anywhere. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { exportTable } from '../../src/pipeline/export.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import { isOfCohort } from '../../src/pipeline/store/layout.js'
import { openSlide } from '../../src/readers/open.js'
import { openResults } from '../../src/results/open.js'
import { page as pageOf } from '../../src/results/report/page.js'
import { openParquet } from '../../src/sinks/parquet/read.js'
import { sinks } from '../../src/sinks/registry.js'
import { type OddServer, oddServer, serve } from '../support/odd-server.js'
import { hashesOf, runFile, writePipeline } from '../support/pipeline-file.js'
import { s3Server } from '../support/s3-server.js'
import { edit, maskBytes, slideBytes, writeCohort } from '../support/small-cohort.js'
import { writeSmallModel } from '../support/small-model.js'
import { tempFolder } from '../support/temp.js'

/** Pixels a side: 16 patches. What is looked at here is where they come from. */
const px = 64
const slide = slideBytes(0, px, px)
const other = slideBytes(0x55, px, px)

/** `/a.tif` and `/m/a.npy`; everything else is not there. Nothing is given to who does not sign. */
async function served(t: ExecutionContext): Promise<OddServer> {
  const server = await oddServer(slide, (_, request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    if (searchParams.get('sig') !== 's3cret') response.writeHead(403).end()
    else if (pathname === '/m/a.npy') serve(maskBytes(1, 1, 1, 0), request, response)
    else if (pathname === '/a.tif') return false
    else response.writeHead(404).end()
    return true
  })
  t.teardown(() => server.close())
  return server
}

async function cohort(t: ExecutionContext, source: string): Promise<string> {
  const folder = await tempFolder(t)
  await writeCohort(folder)
  await writeFile(path.join(folder, 'slides/a.tif'), slide)
  await edit(folder, 'p.yml', 'slides: { list: lists/l.csv }', source)
  await edit(folder, 'p.yml', '[csv]', '[parquet]')
  return folder
}

async function run(folder: string, onEvent: (event: RunEvent) => void = () => undefined) {
  return (await runPipeline(await readPlan(path.join(folder, 'p.yml')), { onEvent })).slides
}

const tableOf = (folder: string) => readFile(path.join(folder, 'out/rows/a.parquet'))

test('a list with addresses gives the bytes that files give; secrets are nowhere', async (t) => {
  const server = await served(t)
  const local = await cohort(t, 'slides: { list: lists/l.csv }')
  await run(local)
  const remote = await cohort(t, 'slides: { list: lists/l.csv }')
  await writeFile(path.join(remote, 'lists/l.csv'), `uri,mask,age\n${server.url}/a.tif?sig=s3cret,${server.url}/m/a.npy?sig=s3cret,61\n`)
  await rm(path.join(remote, 'masks'), { recursive: true })
  await rm(path.join(remote, 'slides'), { recursive: true })
  const events: RunEvent[] = []
  const { done } = await run(remote, (event) => events.push(event))
  t.is(done, 1)
  t.true((await tableOf(remote)).equals(await tableOf(local)))
  t.is((await openParquet(path.join(remote, 'out/rows/a.parquet'))).metadata.slide.name, 'a.tif')
  const { uri } = JSON.parse(await readFile(path.join(remote, 'out/.tiastream/receipts/a.json'), 'utf8'))
  t.is(uri, `${server.url}/a.tif`)
  t.notRegex(JSON.stringify(events), /s3cret/)
  const files = readdirSync(path.join(remote, 'out'), { recursive: true, encoding: 'utf8' }).map((name) => path.join(remote, 'out', name))
  t.true(files.length > 3)
  for (const file of files) if (statSync(file).isFile()) t.false(readFileSync(file).includes('s3cret'), file)
})

test('no file of a slide says where it lay: every sink writes the same from disk, from a web server and from a bucket', async (t) => {
  const server = await served(t)
  const large = slideBytes()
  server.bytes = large
  const bucket = await s3Server('bucket', { 'deep/a.tif': large })
  t.teardown(() => bucket.close())
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'somewhere'))
  await writeFile(path.join(folder, 'somewhere/a.tif'), large)
  await writeSmallModel(folder)
  const list = Object.keys(sinks).map((name) => (['map', 'overlay', 'thumbnail'].includes(name) ? `{ ${name}: { at: 1 mpp } }` : name))
  const seen: Record<string, string>[] = []
  for (const source of [
    'glob: somewhere/a.tif',
    `glob: "${server.url}/a.tif?sig=s3cret"`,
    `glob: "s3://bucket/**/*.tif", s3: { endpoint: "${bucket.url}", anonymous: true }`,
  ]) {
    const slides = `{ ${source}, mpp: 0.5 }`
    await runFile(
      await writePipeline(folder, {
        ...{ slides, model: 'small', grid: '{ size: 56 px, at: 0.5 mpp }', sinks: `[${list.join(', ')}]` },
      }),
    )
    seen.push(await hashesOf(path.join(folder, 'out')))
    // Who comes later asks the server that the source named; nothing here answers for Amazon.
    if (source.includes('s3://')) {
      const table = path.join(folder, 'out/rows/a.parquet')
      t.is((await exportTable(table, { to: 'thumbnail', output: path.join(folder, 'later.png') })).file, path.join(folder, 'later.png'))
      let page = ''
      for await (const piece of pageOf(await openResults(path.join(folder, 'out')))) page += piece
      t.notRegex(page, /cannot be shown|is missing|are missing/)
    }
    await rm(path.join(folder, 'out'), { recursive: true })
  }
  t.true(Object.keys(seen[0]!).length >= list.length)
  for (const one of seen.slice(1)) t.deepEqual(one, seen[0])
})

test('it is done: another signature does it no more, another state of the slide does it again', async (t) => {
  const server = await served(t)
  server.odd = () => false
  const folder = await cohort(t, `slides: { glob: "${server.url}/a.tif?sig=one" }`)
  await run(folder)
  const was = await tableOf(folder)
  await edit(folder, 'p.yml', 'sig=one', 'sig=two')
  const asked = server.seen.length
  t.is((await run(folder)).skipped, 1)
  t.is(server.seen.length, asked + 1, 'one request says that it is the same')
  server.bytes = other
  t.is((await run(folder)).done, 1)
  t.false((await tableOf(folder)).equals(was))
})

test('a copy on a server is the slide that was on the disk, its mask too, and the other way round; another slide of its name is not', async (t) => {
  const server = await served(t)
  const folder = await cohort(t, 'slides: { list: lists/l.csv }')
  const here = await readFile(path.join(folder, 'lists/l.csv'), 'utf8')
  const there = `uri,mask,age\n${server.url}/a.tif?sig=s3cret,${server.url}/m/a.npy?sig=s3cret,61\n`
  await writeFile(path.join(folder, 'masks/a.npy'), maskBytes(1, 1, 1, 0))
  t.is((await run(folder)).done, 1)
  const receipt = await readFile(path.join(folder, 'out/.tiastream/receipts/a.json'), 'utf8')
  await writeFile(path.join(folder, 'lists/l.csv'), there)
  t.is((await run(folder)).skipped, 1)
  t.is(await readFile(path.join(folder, 'out/.tiastream/receipts/a.json'), 'utf8'), receipt)
  server.bytes = other
  await t.throwsAsync(run(folder), { code: 'OUTPUT_DIFFERS', message: /a\.tif is another slide of that name/ })
  server.bytes = slide
  await rm(path.join(folder, 'out'), { recursive: true })
  t.is((await run(folder)).done, 1)
  await writeFile(path.join(folder, 'lists/l.csv'), here)
  t.is((await run(folder)).skipped, 1)
  await writeFile(path.join(folder, 'masks/a.npy'), maskBytes(1, 1, 1, 1))
  t.is((await run(folder)).done, 1, 'another mask')
})

test('a slide that is replaced during the run fails as SLIDE_CHANGED, and nothing of it is published', async (t) => {
  const server = await served(t)
  server.odd = () => false
  const folder = await cohort(t, `slides: { glob: "${server.url}/a.tif?sig=s3cret" }`)
  const failed: RunEvent[] = []
  await run(folder, (event) => {
    if (event.type === 'slide.start') server.bytes = other
    if (event.type === 'slide.failed') failed.push(event)
  })
  t.is(failed.length, 1)
  const [{ error }] = failed as [Extract<RunEvent, { type: 'slide.failed' }>]
  t.is(error.code, 'SLIDE_CHANGED')
  t.notRegex(JSON.stringify(error), /s3cret/)
  t.deepEqual(
    readdirSync(path.join(folder, 'out')).filter((name) => name !== '.tiastream' && !isOfCohort(name)),
    [],
  )
})

test('one that is not there, or may not be read, is that slide alone', async (t) => {
  const server = await served(t)
  const folder = await cohort(t, 'slides: { list: lists/l.csv }')
  const lines = ['a,../slides/a.tif,masks/a.npy', `gone,${server.url}/gone.tif?sig=s3cret,`, `shut,${server.url}/a.tif,`]
  await writeFile(path.join(folder, 'lists/l.csv'), `id,uri,mask\n${lines.join('\n')}\n`.replace('masks/', '../masks/'))
  const failed: Record<string, string> = {}
  const { done } = await run(folder, (event) => {
    if (event.type === 'slide.failed') failed[event.slide] = event.error.code
  })
  t.is(done, 1)
  t.deepEqual(failed, { gone: 'SLIDE_MISSING', shut: 'SLIDE_FORBIDDEN' })
})

test('an address opens as a path does, and is told without its query; a picture too', async (t) => {
  const server = await oddServer(slide)
  t.teardown(() => server.close())
  const opened = await openSlide(`${server.url}/some%20slide.tif?sig=s3cret`)
  t.is(opened.info.id, 'some slide')
  t.is(opened.info.uri, `${server.url}/some%20slide.tif`)
  await opened.close()
  server.bytes = readFileSync(path.join(packageRoot, 'fixtures/small/picture.png'))
  const picture = await openSlide(`${server.url}/p.png`)
  const local = await openSlide(path.join(packageRoot, 'fixtures/small/picture.png'))
  const { width, height } = local.info
  const pixels = [picture, local].map(() => new Uint8Array(width * height * 3))
  for (const [i, one] of [picture, local].entries()) {
    t.deepEqual(await one.read([{ region: { x: 0, y: 0, width, height }, width, height }], [pixels[i]!]), [null])
    await one.close()
  }
  t.deepEqual(pixels[0], pixels[1])
})

test('patterns of web addresses are refused with the way out', async (t) => {
  const folder = await cohort(t, 'slides: { glob: "https://example.org/**/*.svs?sig=s3cret" }')
  const error = await t.throwsAsync(readPlan(path.join(folder, 'p.yml')), { message: /a web server does not say which files it has/ })
  t.notRegex(error.message, /s3cret/)
})
