/** Ready-cut pictures on servers: the same table as from a folder. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { oddServer, serve } from '../support/odd-server.js'
import { s3Server } from '../support/s3-server.js'
import { tempFolder } from '../support/temp.js'

const picture = (r: number, g: number) =>
  sharp({ create: { width: 224, height: 224, channels: 3, background: { r, g, b: 90 } } })
    .png()
    .toBuffer()

async function tableOf(t: ExecutionContext, source: string, files: Readonly<Record<string, Buffer>> = {}, list = ''): Promise<string> {
  const folder = await tempFolder(t)
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true })
    await writeFile(path.join(folder, name), bytes)
  }
  await writeFile(path.join(folder, 'l.csv'), list)
  const text = `output: ./out\npatches: ${source}\nstages: [extract, batch, { infer: { model: stain } }, merge]\nsinks: [csv]\nruntime: { lanes: 1 }\n`
  await writeFile(path.join(folder, 'p.yml'), text)
  const { slides } = await runPipeline(await readPlan(path.join(folder, 'p.yml')))
  t.deepEqual(slides, { done: 1, failed: 0, skipped: 0 })
  const table = await readFile(path.join(folder, 'out/set.csv'), 'utf8')
  t.notRegex(table, /s3cret/)
  // Where they lie is a column.
  return table.replaceAll(/[^,]*\/c\//g, '').replaceAll('%20', ' ')
}

test('from a folder, from a bucket, and from a list of addresses', async (t) => {
  const files = {
    'c/dark red/a.png': await picture(200, 40),
    'c/dark red/c d.png': await picture(120, 120),
    'c/green/b.png': await picture(30, 180),
  }
  const bucket = await s3Server('bucket', files)
  const web = await oddServer(new Uint8Array(0), (_, request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const bytes = searchParams.get('sig') === 's3cret' ? files[decodeURIComponent(pathname.slice(1)) as keyof typeof files] : undefined
    if (bytes === undefined) return !!response.writeHead(404).end()
    serve(bytes, request, response)
    return true
  })
  t.teardown(() => Promise.all([bucket.close(), web.close()]))
  const local = await tableOf(t, '{ folder: ./c, label: parent, set: set }', files)
  t.is(local.trim().split('\n').length, 4)
  const s3 = `s3: { endpoint: "${bucket.url}", anonymous: true }`
  t.is(await tableOf(t, `{ folder: "s3://bucket/c/", label: parent, set: set, ${s3} }`), local)
  t.is(await tableOf(t, `{ glob: "s3://bucket/c/**/*.png", label: parent, set: set, ${s3} }`), local)
  const uris = ['c/dark%20red/a.png', 'c/dark%20red/c%20d.png', 'c/green/b.png'].map((name) => `${web.url}/${name}?sig=s3cret`)
  t.is(await tableOf(t, '{ list: l.csv, label: parent, set: set }', {}, `uri\n${uris.join('\n')}\n`), local)
})
