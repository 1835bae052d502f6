/** Runs over slides in object stores that others wrote: the same files from disk, from a web server and from a bucket, and what their rules do. */

import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { SlideError } from '../../src/core/errors.js'
import { packageRoot } from '../../src/core/package-root.js'
import { sameContent } from '../../src/core/slide.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { openSlide } from '../../src/readers/open.js'
import { forgetCredentials } from '../../src/remote/credentials/chain.js'
import { foundBy } from '../../src/sources/common/found.js'
import { oddServer, serve } from '../../test/support/odd-server.js'
import { hashesOf, runFile } from '../../test/support/pipeline-file.js'
import { slideBytes } from '../../test/support/small-cohort.js'
import { tempFolder } from '../../test/support/temp.js'
import { writePipeline } from '../crash/harness.js'
import { long } from '../long.js'
import { type Store, stores } from './stores.js'

const demo = path.join(packageRoot, 'fixtures/slides/demo.tif')
const odd = "a/ü+ %&=?#'()!*~.tif"

const running: Record<string, Store> = {}
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' })

test.before('the stores start', async () => {
  await Promise.all(
    Object.entries(stores).map(async ([name, start]) => {
      running[name] = await start()
    }),
  )
})

test.after.always('the stores stop', () => Promise.all(Object.values(running).map((store) => store.stop())))

/** The sha256 of each file that a run over `source` makes of its slide, and what its receipt says. */
async function madeOf(t: ExecutionContext, source: string, model = 'stain') {
  const folder = await tempFolder(t)
  await writeFile(
    path.join(folder, 'p.yml'),
    `output: ./out\nslides: ${source}\nstages: [{ grid: { at: 2 mpp, size: 224 px } }, mask, extract, batch, { infer: { model: "${model}" } }, merge]\nsinks: [parquet, arrow]\nruntime: { lanes: 1 }\n`,
  )
  const { slides } = await runPipeline(await readPlan(path.join(folder, 'p.yml')))
  t.is(slides.failed, 0)
  const receipt = JSON.parse(await readFile(path.join(folder, 'out/.tiastream/receipts/demo.json'), 'utf8')) as Receipt
  return { folder, files: await hashesOf(path.join(folder, 'out')), uri: receipt.uri, identity: receipt.identity! }
}

/** What the same slide gives from the disk. */
let local: ReturnType<typeof madeOf> | undefined

const sources = [
  ['by pattern', (endpoint) => [`{ glob: "s3://cohort/**/*.tif", s3: { endpoint: "${endpoint}" } }`, 's3://cohort/deep/demo.tif']],
  ['signed', (_, signed) => [`{ glob: "${signed}" }`, signed.replace(/\?.*/, '')]],
  [
    'downloaded',
    (endpoint) => [`{ glob: "s3://cohort/**/*.tif", s3: { endpoint: "${endpoint}" }, cache: download }`, 's3://cohort/deep/demo.tif'],
  ],
] as const satisfies readonly (readonly [string, (endpoint: string, signed: string) => readonly [source: string, uri: string]])[]

async function sameFrom(t: ExecutionContext, source: string, uri: string): Promise<void> {
  local ??= madeOf(t, `{ glob: "${demo}" }`)
  const { files, identity } = await local
  t.deepEqual(Object.keys(files), ['demo.arrow', 'rows/demo.parquet'])
  const remote = await madeOf(t, source)
  t.deepEqual(remote.files, files, uri)
  t.is(remote.uri, uri)
  t.true(sameContent(remote.identity, identity), uri)
  t.truthy(remote.identity.blocks)
}

test.serial('the same files from disk and from a web server', async (t) => {
  const web = await oddServer(await readFile(demo))
  t.teardown(() => web.close())
  await sameFrom(t, `{ glob: "${web.url}/demo.tif" }`, `${web.url}/demo.tif`)
})

for (const name of Object.keys(stores)) {
  /** Of what each store sees the same requests one is asked; both in `npm run test:long`. */
  const both = name === 'seaweedfs' || long

  test.serial(`${name}: the same files from disk and from a bucket`, async (t) => {
    const { endpoint, put } = running[name]!
    const signed = await put(['cohort', 'deep/demo.tif', demo], ['cohort', 'deep/notes.txt', path.join(packageRoot, 'LICENSE')])
    for (const [how, of] of both ? sources : sources.slice(0, 2)) {
      t.log(how)
      await sameFrom(t, ...of(endpoint, signed))
    }
  })

  const ofOne = both ? test.serial : test.serial.skip

  test.serial(
    `${name}: the same files of a set of pictures from a folder, from lists on a disk and a web server, and from a bucket`,
    async (t) => {
      const { endpoint, put } = running[name]!
      const set = await tempFolder(t)
      const pictures = ['dark red/a.png', 'dark red/c d.png', 'green/ü+.png']
      for (const [i, file] of pictures.entries()) {
        await mkdir(path.join(set, 'c', path.dirname(file)), { recursive: true })
        const background = { r: 200 - 60 * i, g: 40 + 60 * i, b: 90 }
        await sharp({ create: { width: 224, height: 224, channels: 3, background } })
          .png()
          .toFile(path.join(set, 'c', file))
      }
      await writeFile(path.join(set, 'c/l.csv'), `uri\n${pictures.join('\n')}\n`)
      await put(...[...pictures, 'l.csv'].map((file) => ['pictures', `c/${file}`, path.join(set, 'c', file)] as const))
      const web = await oddServer(Buffer.alloc(0), (_, request, response) => {
        serve(readFileSync(path.join(set, decodeURIComponent(request.url!))), request, response)
        return true
      })
      t.teardown(() => web.close())
      const of = async (source: string) => {
        const folder = await tempFolder(t)
        await writeFile(
          path.join(folder, 'p.yml'),
          `output: ./out\npatches: { ${source}, label: parent, set: demo }\nstages: [extract, batch, { infer: { model: stain } }, merge]\nsinks: [parquet, arrow]\nruntime: { lanes: 1 }\n`,
        )
        t.is((await runPipeline(await readPlan(path.join(folder, 'p.yml')))).rows, pictures.length)
        return hashesOf(path.join(folder, 'out'))
      }
      const local = await of(`folder: "${set}/c"`)
      t.deepEqual(Object.keys(local), ['demo.arrow', 'rows/demo.parquet'])
      const s3 = `s3: { endpoint: "${endpoint}" }`
      const [first, ...others] = [
        `folder: "s3://pictures/c", ${s3}`,
        `glob: "s3://pictures/c/**/*.png", ${s3}`,
        `list: "s3://pictures/c/l.csv", ${s3}`,
        `list: "${set}/c/l.csv"`,
        `list: "${web.url}/c/l.csv"`,
      ] as const
      for (const source of both ? [first, ...others] : [first]) t.deepEqual(await of(source), local, source)
    },
  )

  ofOne(`${name}: the list and the model in the bucket, too`, async (t) => {
    const { endpoint, put } = running[name]!
    const folder = await tempFolder(t)
    await writeFile(path.join(folder, 'l.csv'), 'uri,age\nslides/demo.tif,61\n')
    // What its columns are about names the list.
    await mkdir(path.join(folder, 'here'))
    await writeFile(path.join(folder, 'here/l.csv'), `uri,age\n${demo},61\n`)
    const stain = ['model.yml', 'model.onnx'].map(
      (file) => ['all', `models/stain/${file}`, path.join(packageRoot, 'models/stain', file)] as const,
    )
    await put(['all', 'run/l.csv', path.join(folder, 'l.csv')], ['all', 'run/slides/demo.tif', demo], ...stain)
    process.env.AWS_ENDPOINT_URL_S3 = endpoint
    process.env.TIASTREAM_CACHE = path.join(folder, 'cache')
    t.teardown(() => {
      delete process.env.AWS_ENDPOINT_URL_S3
      delete process.env.TIASTREAM_CACHE
    })
    const here = await madeOf(t, `{ list: "${path.join(folder, 'here/l.csv')}" }`)
    const remote = await madeOf(t, '{ list: "s3://all/run/l.csv" }', 's3://all/models/stain')
    t.deepEqual(remote.files, here.files)
    t.is(remote.uri, 's3://all/run/slides/demo.tif')
  })

  ofOne(`${name}: a journal that was begun on the disk is taken up from the bucket, and the other way round`, async (t) => {
    const { endpoint, put } = running[name]!
    await put(['journals', 'demo.tif', demo])
    const [here, there] = [`{ glob: "${demo}" }`, `{ glob: "s3://journals/demo.tif", s3: { endpoint: "${endpoint}" } }`]
    const whole = await tempFolder(t)
    await runFile(await writePipeline(whole, { slides: here }))
    const expected = await hashesOf(path.join(whole, 'out'))
    for (const [first, then] of [
      [here, there],
      [there, here],
    ] as const) {
      const folder = await tempFolder(t)
      const stop = new AbortController()
      const begun = await readPlan(await writePipeline(folder, { slides: first }))
      const onEvent = (event: RunEvent) => event.type === 'slide.band' && stop.abort(new Error('enough'))
      t.is((await runPipeline(begun, { signal: stop.signal, onEvent })).status, 'stopped')
      const { events } = await runFile(await writePipeline(folder, { slides: then }))
      const resumed = events.find((event) => event.type === 'slide.resumed')
      t.true(resumed?.type === 'slide.resumed' && resumed.patches > 0, then)
      t.deepEqual(await hashesOf(path.join(folder, 'out')), expected, then)
    }
  })

  test.serial(`${name}: keys of any letters, pages of many keys, and what is not there`, async (t) => {
    const { endpoint, put } = running[name]!
    const small = path.join(await tempFolder(t), 'a.tif')
    await writeFile(small, slideBytes())
    await put(['letters', odd, small], ['letters', 'a/b/c.TIF', small], ['letters', 'x.tif', small])
    const remote = { s3: { endpoint } }
    const found = await foundBy(['s3://letters/**/*.tif'], '/', remote)
    t.deepEqual(found, [`s3://letters/${odd}`, 's3://letters/a/b/c.TIF', 's3://letters/x.tif'].sort())
    for (const uri of found) await (await openSlide({ kind: 'slide', id: 'a', uri, carried: {}, remote })).close()
    // A page of S3 has 1000. How many lie on one of a store is the store's; so the slower one is asked in `npm run test:long`.
    const many = Array.from(
      { length: both ? 1005 : 5 },
      (_, i) => ['many', `n/${String(i).padStart(4, '0')}.txt`, path.join(packageRoot, '.gitignore')] as const,
    )
    await put(...many)
    t.deepEqual(
      await foundBy(['s3://many/n/*.txt'], '/', remote),
      many.map(([, key]) => `s3://many/${key}`),
    )
    for (const [uri, code] of [
      ['s3://letters/none.tif', /SLIDE_MISSING .*NoSuchKey/],
      ['s3://nobody/none.tif', /SLIDE_MISSING .*NoSuchBucket/],
    ] as const) {
      const error = await t.throwsAsync(openSlide({ kind: 'slide', id: 'a', uri, carried: {}, remote }))
      t.regex(`${(error as { code?: string }).code} ${error.message}`, code)
    }
  })

  test.serial(`${name}: an object that is replaced while it is read is refused by the store itself`, async (t) => {
    const { endpoint, put } = running[name]!
    const folder = await tempFolder(t)
    const [small, other] = ['a.tif', 'b.tif'].map((file) => path.join(folder, file))
    await writeFile(small!, slideBytes())
    await writeFile(other!, slideBytes(0x55))
    await put(['changing', 'a.tif', small!])
    const slide = await openSlide({ kind: 'slide', id: 'a', uri: 's3://changing/a.tif', carried: {}, remote: { s3: { endpoint } } })
    const read = (x: number) =>
      slide.read([{ region: { x, y: 0, width: 64, height: 64 }, width: 64, height: 64 }], [new Uint8Array(64 * 64 * 3)])
    t.deepEqual(await read(0), [null])
    await put(['changing', 'a.tif', other!])
    const error = await t.throwsAsync<SlideError>(read(256), { instanceOf: SlideError, message: /the server has another state of it now/ })
    t.is(error.code, 'SLIDE_CHANGED')
    await slide.close()
  })
}

test.serial('seaweedfs: a wrong secret, and a bucket for everybody', async (t) => {
  const { endpoint, put } = running.seaweedfs!
  await put(['public', 'demo.tif', demo], ['cohort', 'demo.tif', demo])
  process.env.AWS_SECRET_ACCESS_KEY = 'wrong'
  forgetCredentials({})
  try {
    const open = (uri: string, anonymous: boolean) =>
      openSlide({ kind: 'slide', id: 'a', uri, carried: {}, remote: { s3: { endpoint, anonymous } } })
    const error = await t.throwsAsync(open('s3://cohort/demo.tif', false), { message: /403 \(SignatureDoesNotMatch\)/ })
    t.notRegex(JSON.stringify(error), /wrong/)
    await t.throwsAsync(open('s3://cohort/demo.tif', true), { message: /403 \(AccessDenied\)/ })
    await (await open('s3://public/demo.tif', true)).close()
  } finally {
    process.env.AWS_SECRET_ACCESS_KEY = 'secret'
    forgetCredentials({})
  }
})
