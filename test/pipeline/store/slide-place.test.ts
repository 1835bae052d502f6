/** From a table to its slide: by the receipt of the output that it lies in, however deep; by itself where version 0.1 wrote it. */

import { copyFile, mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { exportTable } from '../../../src/pipeline/export.js'
import { slidePlace } from '../../../src/pipeline/store/slide-place.js'
import { factsOf } from '../../../src/results/facts.js'
import { parseMetadata } from '../../../src/sinks/common/metadata.js'
import { demo, writeDemo } from '../../results/demo-output.js'
import { receiptOf } from '../../results/outputs.js'
import { everyType, metadata } from '../../sinks/tables.js'
import { s3Server } from '../../support/s3-server.js'
import { tempFolder } from '../../support/temp.js'

test('the receipt says it, of a table in the output and of one in a folder of it', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  const table = path.join(folder, 'demo.parquet')
  t.is((await factsOf(table)).uri, demo)
  await mkdir(path.join(folder, 'rows/deep'), { recursive: true })
  await copyFile(table, path.join(folder, 'rows/deep/x.parquet'))
  t.is((await factsOf(path.join(folder, 'rows/deep/x.parquet'))).uri, demo)
  t.is((await exportTable(table, { to: 'thumbnail', output: path.join(folder, 'here.png') })).of, (await factsOf(table)).rows)
})

test('a table that was taken elsewhere has lost its slide, until somebody names it', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(path.join(folder, 'out'))
  const table = path.join(folder, 'demo.parquet')
  await rename(path.join(folder, 'out/demo.parquet'), table)
  t.is((await factsOf(table)).uri, null)
  const output = path.join(folder, 'x.png')
  const error = await t.throwsAsync(exportTable(table, { to: 'thumbnail', output }), { code: 'SLIDE_MISSING' })
  t.regex((error as { readonly hint?: string }).hint ?? '', /--slide \(it was called demo\.tif\)/)
  t.is((await exportTable(table, { to: 'thumbnail', output, slide: demo })).file, output)
  t.truthy(await exportTable(table, { to: 'csv', output: path.join(folder, 'x.csv') }), 'rows need no slide')
})

test('a table of version 0.1 says itself where its slide lay', async (t) => {
  const { slide, ...rest } = metadata(everyType)
  const { name, ...bare } = slide
  const read = parseMetadata(JSON.stringify({ ...rest, schemaVersion: '1', slide: { ...bare, uri: 'slides/S-1.svs' } }))
  t.is(read!.slide.uri, 'slides/S-1.svs')
  t.deepEqual(await slidePlace('/nowhere/x.parquet', read!.slide), { uri: 'slides/S-1.svs' })
})

test.serial('the receipt in the bucket says it, of a table in the bucket', async (t) => {
  const receipt = JSON.stringify(receiptOf('demo', { uri: 's3://slides/demo.tif' }))
  const bucket = await s3Server('box', { 'runs/7/.tiastream/receipts/demo.json': Buffer.from(receipt) }, 'KEY')
  t.teardown(() => bucket.close())
  const was = { ...process.env }
  t.teardown(() => {
    process.env = was
  })
  const given = { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_S3: bucket.url }
  Object.assign(process.env, given)
  const { slide } = metadata(everyType)
  t.deepEqual(await slidePlace('s3://box/runs/7/rows/demo.parquet', { ...slide, id: 'demo' }), { uri: 's3://slides/demo.tif' })
  t.is(await slidePlace('s3://box/runs/8/rows/demo.parquet', { ...slide, id: 'demo' }), null)
})

test('an id that is a path leads nowhere, and what is no place of results has no receipts', async (t) => {
  const folder = await tempFolder(t)
  await writeDemo(folder)
  const { slide } = metadata(everyType)
  t.is(await slidePlace(path.join(folder, 'x/y.parquet'), { ...slide, id: '../receipts/demo' }), null)
  t.is(await slidePlace('https://127.0.0.1:1/run7/rows/demo.parquet', { ...slide, id: 'demo' }), null)
})
