/** Ready-cut pictures on servers: the same bytes of every file as from a folder, and a way back from a row to its picture. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { openResults } from '../../src/results/open.js'
import { writeReport } from '../../src/results/report/write.js'
import { oddServer, serve } from '../support/odd-server.js'
import { s3Server } from '../support/s3-server.js'
import { tempFolder } from '../support/temp.js'

type Files = Readonly<Record<string, Buffer | string>>

const picture = (r: number, g: number) =>
  sharp({ create: { width: 224, height: 224, channels: 3, background: { r, g, b: 90 } } })
    .png()
    .toBuffer()

const outputs = ['set.csv', 'rows/set.parquet', 'set.arrow', 'set.jsonl']

/** A run over a set, and all that it writes of it. No model is asked unless one is named: what is looked at here are the pictures. */
async function made(t: ExecutionContext, source: (folder: string) => string, files: Files = {}, infer = '') {
  const folder = await tempFolder(t)
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true })
    await writeFile(path.join(folder, name), bytes)
  }
  const text = `output: ./out\npatches: ${source(folder)}\nstages: [extract: { on_error: mark }, batch, ${infer}merge]\nsinks: [csv, parquet, arrow, jsonl]\nruntime: { lanes: 1 }\n`
  await writeFile(path.join(folder, 'p.yml'), text)
  const { slides } = await runPipeline(await readPlan(path.join(folder, 'p.yml')))
  t.deepEqual(slides, { done: 1, failed: 0, skipped: 0 })
  const results = await openResults(path.join(folder, 'out'))
  const bytes = await Promise.all(outputs.map((name) => readFile(path.join(folder, 'out', name))))
  return { folder, results, receipt: results.slides[0]!.receipt, bytes, table: bytes[0]!.toString() }
}

type Made = Awaited<ReturnType<typeof made>>

/** A web server that wants its addresses signed, but for what lies in `open/`; and a bucket. */
async function servers(t: ExecutionContext, files: Files) {
  const whole = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes)]))
  const bucket = await s3Server('bucket', whole)
  const web = await oddServer(new Uint8Array(0), (_, request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const asked = decodeURIComponent(pathname.slice(1))
    const bytes = asked.startsWith('open/') || searchParams.get('sig') === 's3cret' ? whole[asked.replace(/^open\//, '')] : undefined
    if (bytes === undefined) return !!response.writeHead(404).end()
    serve(bytes, request, response)
    return true
  })
  t.teardown(() => Promise.all([bucket.close(), web.close()]))
  return { s3: `s3: { endpoint: "${bucket.url}", anonymous: true }`, web: web.url }
}

function same(t: ExecutionContext, a: Made, b: Made, what: string): void {
  t.is(a.table, b.table, what)
  for (const [i, name] of outputs.entries()) t.true(a.bytes[i]!.equals(b.bytes[i]!), `${name} ${what}`)
  t.notRegex(Buffer.concat(a.bytes).toString('latin1'), /s3cret|127\.0\.0\.1|s3:|\/tmp/)
  t.is(a.receipt.reference, b.receipt.reference, what)
}

test('from a folder, a bucket, and lists on a disk and a web server: one set, the same bytes of all its files; a damaged picture says the same, too', async (t) => {
  const names = ['dark red/a.png', 'dark red/c d.png', 'dark red/e.webp', 'green/b.png']
  const files: Files = {
    'c/dark red/a.png': await picture(200, 40),
    'c/dark red/c d.png': await picture(120, 120),
    'c/dark red/e.webp': (
      await sharp(await picture(9, 9))
        .webp()
        .toBuffer()
    ).subarray(0, 50),
    'c/green/b.png': await picture(30, 180),
    'c/l.csv': `uri\n${names.join('\n')}\n`,
  }
  const { s3, web } = await servers(t, files)
  const local = await made(t, () => '{ folder: ./c, label: parent, set: set }', files)
  const rows = local.table.trim().split(/\r?\n/)
  t.is(rows.length, 5)
  const [head, ...cells] = rows.map((row) => row.split(','))
  t.deepEqual(
    cells.map((row) => row[head!.indexOf('file')]),
    names,
  )
  t.regex(rows[3]!, /,unreadable,dark red\/e\.webp: the picture/)
  t.is(local.receipt.root, path.join(local.folder, 'c'))

  const of = { label: 'label: parent, set: set' }
  const sources: Record<string, readonly [source: (folder: string) => string, root: string | null, more?: Files]> = {
    'the folder of a bucket': [() => `{ folder: "s3://bucket/c/", ${of.label}, ${s3} }`, 's3://bucket/c'],
    'a pattern of a bucket': [() => `{ glob: "s3://bucket/c/**/*.{png,webp}", ${of.label}, ${s3} }`, 's3://bucket/c'],
    'a pattern of a disk': [() => `{ glob: "./c/**/*.{png,webp}", ${of.label} }`, null, files],
    'a list in the folder': [() => `{ list: c/l.csv, ${of.label} }`, null, files],
    'a list in the bucket': [() => `{ list: "s3://bucket/c/l.csv", ${of.label}, ${s3} }`, 's3://bucket/c'],
    'a list on the web server': [() => `{ list: "${web}/open/c/l.csv", ${of.label} }`, `${web}/open/c`],
    'a list of signed addresses': [
      () => `{ list: l.csv, ${of.label} }`,
      `${web}/c`,
      { 'l.csv': `uri\n${names.map((name) => `${web}/c/${name.split('/').map(encodeURIComponent).join('/')}?sig=s3cret`).join('\n')}\n` },
    ],
  }
  for (const [what, [source, root, more]] of Object.entries(sources)) {
    const there = await made(t, source, more)
    same(t, there, local, what)
    t.is(there.receipt.root, root ?? path.join(there.folder, 'c'), what)
  }
  // Absolute paths: those of the folder that the first run made.
  const absolute = names.map((name) => path.join(local.folder, 'c', name)).join('\n')
  same(t, await made(t, () => `{ list: l.csv, ${of.label} }`, { 'l.csv': `uri\n${absolute}\n` }), local, 'a list of absolute paths')
})

test('a list that lies beside its pictures, or above them, names them as its rows do; what is not there says so without its place', async (t) => {
  const files: Files = { 'c/a.png': await picture(200, 40), 'lists/l.csv': 'uri,case\n../c/a.png,7\n../c/gone.png,8\n' }
  const { s3, web } = await servers(t, files)
  const local = await made(t, () => '{ list: lists/l.csv, set: set }', files)
  t.regex(local.table, /,ok,,\.\.\/c\/a\.png,[^\n]*\n[^\n]*,unreadable,\.\.\/c\/gone\.png does not exist,/)
  same(t, await made(t, () => `{ list: "s3://bucket/lists/l.csv", set: set, ${s3} }`), local, 'bucket')
  same(t, await made(t, () => `{ list: "${web}/open/lists/l.csv", set: set }`), local, 'web')
})

test('pictures on a server without strong ETags are read', async (t) => {
  const bytes = await picture(200, 40)
  const server = await oddServer(bytes, (_, request, response) => {
    serve(bytes, request, response, { etag: 'W/"1"' })
    return true
  })
  t.teardown(() => server.close())
  const there = await made(t, () => '{ list: l.csv, set: set }', { 'l.csv': `uri\n${server.url}/c/a.png\n` })
  t.regex(there.table, /set,0,ok,,a\.png/)
})

test('the report shows the pictures of a set, from its folder and from a web server', async (t) => {
  const files: Files = {
    'c/x/a.png': await picture(200, 40),
    'c/y/b c.png': await picture(30, 180),
    'c/l.csv': 'uri\nx/a.png\ny/b c.png\n',
  }
  const { web } = await servers(t, files)
  for (const [source, own] of [
    [() => '{ folder: ./c, set: set }', files],
    [() => '{ list: c/l.csv, set: set }', files],
    [() => `{ list: "${web}/open/c/l.csv", set: set }`, {}],
  ] as const) {
    const { folder, results } = await made(t, source, own, '{ infer: { model: stain } }, ')
    const file = path.join(folder, 'r.html')
    await writeReport(results, file)
    const page = await readFile(file, 'utf8')
    t.regex(page, /alt="patch /, source())
    t.notRegex(page, /missing: the files/, source())
  }
})
