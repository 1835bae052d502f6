/** A model that lies on a server is the model that lies on the disk: fetched once in each state, into a folder of its own; what names other files is refused. */

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { readCard } from '../../../src/models/card/card.js'
import { findModel } from '../../../src/models/card/find.js'
import { readOnnx } from '../../../src/models/onnx/onnx-file.js'
import { withTensors, writeModel } from '../../../src/models/onnx/outside.js'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { oddServer, serve } from '../../support/odd-server.js'
import { hashesOf, runFile, writePipeline } from '../../support/pipeline-file.js'
import { s3Server } from '../../support/s3-server.js'
import { tempFolder } from '../../support/temp.js'

const stain = path.join(packageRoot, 'models/stain')
const [graph, card] = await Promise.all(['model.onnx', 'model.yml'].map((name) => readFile(path.join(stain, name))))

async function served(t: ExecutionContext, files: Record<string, Uint8Array>) {
  const was = { ...process.env }
  t.teardown(() => {
    process.env = was
  })
  const bucket = await s3Server('bucket', files, 'KEY')
  const web = await oddServer(new Uint8Array(0), (_, request, response) => {
    const found = files[decodeURIComponent(request.url!.slice(1))]
    if (request.url!.startsWith('/shut/')) return !!response.writeHead(403).end()
    if (found === undefined) return !!response.writeHead(404).end()
    serve(found, request, response)
    return true
  })
  t.teardown(() => Promise.all([bucket.close(), web.close()]))
  const cache = path.join(await tempFolder(t), 'cache')
  const credentials = { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' }
  Object.assign(process.env, { TIASTREAM_CACHE: cache, AWS_ENDPOINT_URL_S3: bucket.url, ...credentials })
  return { web: web.url, cache, files }
}

const inCache = async (cache: string) => (await readdir(path.join(cache, 'models')).catch(() => [])).length

test.serial('from a bucket and from a web server its card is that of the disk; it is kept until the server has another', async (t) => {
  const { web, cache, files } = await served(t, { 'models/a b/model.yml': card!, 'models/a b/model.onnx': graph! })
  const { folder, file, ...local } = await readCard(stain)
  for (const address of ['s3://bucket/models/a b', 's3://bucket/models/a b/', `${web}/models/a%20b`]) {
    const { folder: there, file: onnx, ...remote } = await readCard(await findModel(address, '/nowhere'))
    t.deepEqual(remote, local, address)
    t.is(path.dirname(there), path.join(cache, 'models'))
  }
  t.is(await inCache(cache), 2, 'one of each server')
  t.is((await stat(path.join(cache, 'models'))).mode & 0o077, 0)
  files['models/a b/model.yml'] = Buffer.from(`${card}`.replace('name: stain', 'name: other'))
  t.is((await readCard(await findModel(`${web}/models/a%20b`, '/nowhere'))).name, 'other')
  t.is(await inCache(cache), 3)
})

test.serial('tensors that lie beside the graph come, too', async (t) => {
  const folder = await tempFolder(t)
  await writeModel(path.join(folder, 'model.onnx'), await withTensors(await readOnnx(path.join(stain, 'model.onnx'))), 0)
  await writeFile(path.join(folder, 'model.yml'), card!)
  const names = await readdir(folder)
  if (!names.includes('model.onnx.data')) return t.fail('it has no tensor that is large enough')
  const bytes = await Promise.all(names.map(async (name) => [`m/${name}`, await readFile(path.join(folder, name))] as const))
  await served(t, Object.fromEntries(bytes))
  const fetched = await readCard(await findModel('s3://bucket/m', '/nowhere'))
  t.is(fetched.sha256, (await readCard(folder)).sha256)
  t.is(fetched.bytes, (await readCard(folder)).bytes)
})

test.serial('what is not there, shut, signed, one file, or names files elsewhere is told by name', async (t) => {
  const named = (file: string) => Buffer.from(`${card}`.replace('file: model.onnx', `file: ${file}`))
  const { web, cache } = await served(t, {
    'bare/model.onnx': graph!,
    'up/model.yml': named('../model.onnx'),
    'gone/model.yml': card!,
    'text/model.yml': card!,
    'text/model.onnx': Buffer.from('no graph'),
  })
  for (const [address, code, message] of [
    [`${web}/none`, 'MODEL_MISSING', /there is no model at http.*none/],
    [`${web}/bare`, 'MODEL_MISSING', /bare\/model\.yml/],
    [`${web}/gone`, 'MODEL_MISSING', /gone\/model\.onnx/],
    [`${web}/up`, 'CARD_INVALID', /'\.\.\/model\.onnx' is not in the model's folder/],
    [`${web}/text`, 'NOT_ONNX', /text\/model\.onnx/],
    [`${web}/shut/x`, 'DOWNLOAD_REFUSED', /403/],
    [`${web}/bare/model.onnx`, 'DOWNLOAD_REFUSED', /is one file/],
    [`${web}/bare?sig=s3cret`, 'DOWNLOAD_REFUSED', /is signed/],
    ['dicomweb://host/x', 'DOWNLOAD_REFUSED', /DICOMweb/],
    ['s3://elsewhere/x', 'MODEL_MISSING', /NoSuchBucket/],
  ] as const) {
    const error = await t.throwsAsync(findModel(address, '/nowhere'), { message }, address)
    t.is((error as { readonly code?: string }).code, code, address)
    t.notRegex(error.message, /s3cret/)
  }
  t.is(await inCache(cache), 0)
})

test.serial('a run with it is a run with the model on the disk: it makes the same files, and is done for it', async (t) => {
  const { web } = await served(t, { 'm/model.yml': card!, 'm/model.onnx': graph! })
  const folder = await tempFolder(t)
  await mkdir(folder, { recursive: true })
  const run = async (model: string) =>
    runFile(await writePipeline(folder, { model, grid: '{ size: 224 px, at: 4 mpp }', sinks: '[parquet]' }))
  t.is((await run('stain')).summary.slides.done, 1)
  const files = await hashesOf(path.join(folder, 'out'))
  for (const model of ['"s3://bucket/m"', `"${web}/m/"`]) t.is((await run(model)).summary.slides.skipped, 1, model)
  const plan = await readPlan(await writePipeline(folder, { model: '"s3://bucket/m"', grid: '{ like: "s3://bucket/m" }' }))
  t.is(plan.cards['s3://bucket/m']?.name, 'stain')
  await run('stain')
  t.deepEqual(await hashesOf(path.join(folder, 'out')), files)
})
