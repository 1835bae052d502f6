/** What commands write into a bucket: whole, and never in the place of what they did not make. By the rule that holds of files (test/cli/may-replace.test.ts). */

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { commandFile } from '../../../src/pipeline/store/command-file.js'
import { cases, writeCase } from '../../results/evaluate/golden.js'
import { receiptOf } from '../../results/outputs.js'
import { predictionColumns, predictions, writeTable } from '../../sinks/tables.js'
import { tiastream } from '../../support/command-line.js'
import { tempFolder } from '../../support/temp.js'
import { writeServer } from '../../support/write-server.js'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 's3cret', AWS_REGION: 'us-east-1' })

/** A bucket `box`, in which somebody has a file, and a run its results. */
async function place(t: ExecutionContext) {
  const server = await writeServer('box')
  t.teardown(() => server.close())
  const folder = await tempFolder(t)
  process.env.AWS_ENDPOINT_URL_S3 = server.url
  process.env.TIASTREAM_SCRATCH = path.join(folder, 'scratch')
  const put = (key: string, content: string | Buffer) =>
    void server.objects.set(key, {
      bytes: Buffer.from(content),
      etag: `"${Buffer.from(content).toString('hex')}"`,
      generation: 1,
      meta: {},
    })
  put('notes.csv', 'mine')
  put('run7/a.csv', 'slide,x0\na,1\n')
  put('run7/.tiastream/receipts/a.json', JSON.stringify(receiptOf('a', { files: [{ sink: 'csv', file: 'a.csv', bytes: 13 }] })))
  put('run7/.tiastream/page.html', '<!doctype html><title>x · tiastream</title>')
  const textOf = (key: string) => server.objects.get(key)?.bytes.toString()
  const left = async () =>
    (await readdir(path.join(folder, 'scratch'), { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) =>
      entry.isFile(),
    )
  return { server, folder, put, textOf, left }
}

test('a folder that is called as a scheme is meant by nobody: an address with one slash, or of another program, is refused', async (t) => {
  const folder = await tempFolder(t)
  const table = path.join(folder, 'S.parquet')
  await writeTable('parquet', table, predictionColumns, predictions(10))
  await mkdir(path.join(folder, 's3:/box'), { recursive: true })
  for (const [out, hint] of [
    ['s3:/box/a.csv', 'write two slashes: s3://box/a\\.csv'],
    ['gcs://box/a.csv', 'write gs://bucket/key'],
  ] as const) {
    const { code, err } = await tiastream(['export', table, '--to', 'csv', '-o', out], folder)
    t.is(code, 2)
    t.regex(err, new RegExp(`is no place to write to \\[OPTION_INVALID\\]\n {2}${hint}`))
  }
  const { err } = await tiastream(['report', 's3:/box/run7'], folder)
  t.regex(err, /write two slashes: s3:\/\/box\/run7/)
  t.deepEqual(await readdir(path.join(folder, 's3:/box')), [])
})

test.serial('each command that writes: made, refused in the place of others, replaced where it is its own', async (t) => {
  const { server, folder, textOf, left } = await place(t)
  const out = path.join(folder, 'out')
  await writeCase(out, cases['nine classes, two of them absent']!)
  const table = path.join(folder, 'S.parquet')
  await writeTable('parquet', table, predictionColumns, predictions(10))
  const before = new Map(server.objects)
  const ran = async (...args: string[]) => tiastream(args)
  for (const [args, code] of [
    [['export', table, '--to', 'csv', '-o', 's3://box/a/b.csv'], 0],
    [['export', table, '--to', 'csv', '-o', 's3://box/a/b.csv'], 2],
    [['export', table, '--to', 'csv', '-o', 's3://box/a/b.csv', '--force'], 0],
    [['export', table, '--to', 'csv', '-o', 's3://box/notes.csv', '--force'], 2],
    [['export', table, '--to', 'csv', '-o', 's3://box/run7/a.csv', '--force'], 2],
    [['export', table, '--to', 'jsonl', '-o', 's3://box/a/b.csv', '--force'], 2],
    [['export', table, '--to', 'map', '-o', 's3://box/a/map.png', '--at', '8 mpp'], 0],
    [['report', out, '-o', 's3://box/a/report.html'], 0],
    [['report', out, '-o', 's3://box/a/report.html'], 0],
    [['report', out, '-o', 's3://box/run7/.tiastream/page.html'], 2],
    [['evaluate', out, '-o', 's3://box/a/scores.json'], 0],
    [['thumbnail', path.join('fixtures/slides/demo.tif'), '-o', 's3://box/a/demo.jpg', '--longest', '64'], 0],
    [['thumbnail', path.join('fixtures/slides/demo.tif'), '-o', 's3://box/a/report.html', '--force'], 2],
  ] as const) {
    const { code: was, err } = await ran(...args)
    t.is(was, code, `${args.join(' ')}: ${err}`)
  }
  for (const [key, kept] of before) t.true(server.objects.get(key)!.bytes.equals(kept.bytes), key)
  t.regex(textOf('a/b.csv')!, /^slide,/)
  t.is(textOf('a/b.csv')!.trim().split('\n').length, 11)
  t.regex(textOf('a/report.html')!, /^<!doctype html>/)
  t.truthy(JSON.parse(textOf('a/scores.json')!))
  t.deepEqual(server.objects.get('a/demo.jpg')!.bytes.subarray(0, 3), Buffer.from([0xff, 0xd8, 0xff]))
  // Nothing of the way there, and nothing beside it.
  t.deepEqual([...server.objects.keys()].filter((key) => !before.has(key)).toSorted(), [
    'a/b.csv',
    'a/demo.jpg',
    'a/map.png',
    'a/report.html',
    'a/scores.json',
  ])
  t.deepEqual(await left(), [])
  // Whoever names a table or a folder in an output is told the output.
  for (const inside of ['s3://box/run7/rows/', 's3://box/run7/rows/a.parquet']) {
    const { code, err } = await ran('evaluate', inside)
    t.is(code, 2)
    t.regex(err, /holds no receipts .*\n {2}name its output folder: s3:\/\/box\/run7\/\n/)
  }
  t.regex((await ran('evaluate', 's3://box/run8/')).err, /\n {2}name the output folder of a run: the one that holds/)
})

test.serial('what comes to its place meanwhile stays, and so does what changes there', async (t) => {
  const { put, textOf, left } = await place(t)
  const asked = { kind: 'csv', force: true, reads: ['s3://box/read.csv'] } as const
  const write = async (out: string, meanwhile: () => void) => {
    const file = commandFile({ ...asked, out })
    await file.check()
    await writeFile(file.partial, 'slide,x0\nnew,1\n')
    meanwhile()
    return file.publish()
  }
  await t.throwsAsync(
    write('s3://box/new.csv', () => put('new.csv', 'other')),
    { code: 'OUTPUT_EXISTS', message: /meanwhile/ },
  )
  t.is(textOf('new.csv'), 'other')
  put('own.csv', 'slide,x0\nold,1\n')
  await t.throwsAsync(
    write('s3://box/own.csv', () => put('own.csv', 'slide,x0\nother,1\n')),
    { code: 'OUTPUT_EXISTS', message: /meanwhile/ },
  )
  t.is(textOf('own.csv'), 'slide,x0\nother,1\n')
  await write('s3://box/own.csv', () => undefined)
  t.is(textOf('own.csv'), 'slide,x0\nnew,1\n')
  put('read.csv', 'slide,x0\nread,1\n')
  await t.throwsAsync(commandFile({ ...asked, out: 's3://box/read.csv' }).check(), {
    code: 'OUTPUT_EXISTS',
    message: /is read by this command/,
  })
  t.deepEqual(await left(), [])
})

test.serial('addresses at which nothing can be written', (t) => {
  const asked = { force: true, reads: [] }
  for (const [out, kind, message] of [
    ['https://host/x.csv', 'csv', /results go to a folder/],
    ['s3://box/', 'csv', /names no file/],
    ['s3://box/folder/', 'csv', /names no file/],
    ['s3://box/x.zarr', 'zarr', /many objects/],
    ['az://lab/box/x.csv?sig=geheim&se=1', 'csv', /AZURE_STORAGE_SAS_TOKEN/],
  ] as const) {
    const error = t.throws(() => commandFile({ ...asked, out, kind }), { code: 'OPTION_INVALID', message })
    t.false(error!.message.includes('geheim'))
  }
})
