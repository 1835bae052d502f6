import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import test from 'ava'
import { openRecorded } from '../../../src/pipeline/store/recorded-slide.js'
import { openSlide } from '../../../src/readers/open.js'
import { readers } from '../../../src/readers/registry.js'
import type { TableMetadata } from '../../../src/sinks/common/metadata.js'
import { buildTiff, rgbPage } from '../../readers/tiff-builder.js'
import { temporary } from '../../sinks/tables.js'

test('the slide of a table has the pixels of its run: those of the file, also where they are no squares, or those that a list gave', async (t) => {
  const uri = path.join(await temporary(t), 'a.tif')
  await writeFile(uri, buildTiff([rgbPage({ width: 64, height: 48, extra: { 282: [40_000, 1], 283: [20_000, 1], 296: [3] } })]))
  for (const [given, mpp] of [
    [{}, { x: 0.25, y: 0.5 }],
    [{ mpp: 0.3 }, { x: 0.3, y: 0.3 }],
  ] as const) {
    const run = await openSlide({ uri, ...given })
    t.teardown(() => run.close())
    t.deepEqual(run.info.mpp, mpp)
    const { id, kind, vendor, width, height, power } = run.info
    const slide = { id, kind, vendor, width, height, mpp, power, identity: run.identity } as TableMetadata['slide']
    const again = await openRecorded(readers, { slide } as TableMetadata, { uri }, new AbortController().signal)
    t.teardown(() => again.close())
    t.deepEqual([again.info.mpp, again.info.power], [mpp, power])
  }
})

test('a file of the same size with another byte, or of another size, is not the slide of the table', async (t) => {
  const uri = path.join(await temporary(t), 'a.tif')
  await writeFile(uri, buildTiff([rgbPage({ width: 64, height: 48 })]))
  const run = await openSlide({ uri })
  await run.close()
  const { id, kind, vendor, width, height } = run.info
  const open = (more: object = {}) => {
    const slide = { ...{ id, kind, vendor, width, height, identity: run.identity }, ...more } as TableMetadata['slide']
    return openRecorded(readers, { slide } as TableMetadata, { uri }, new AbortController().signal)
  }
  await (await open()).close()
  for (const more of [{ width: 65 }, { height: 47 }]) await t.throwsAsync(open(more), { code: 'SLIDE_CHANGED' })
  const bytes = await readFile(uri)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(uri, bytes)
  await t.throwsAsync(open(), { code: 'SLIDE_CHANGED', message: /64 x 48 pixels or other bytes/ })
})

test('where no slide is any more, and where an address was signed, the way is --slide', async (t) => {
  const server = createServer((_, response) => void response.writeHead(403).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const web = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.tif`
  const slide = { id: 'a', kind: 'slide', vendor: 'x', width: 64, height: 48 } as TableMetadata['slide']
  for (const [uri, code, way] of [
    [path.join(await temporary(t), 'a.tif'), 'SLIDE_MISSING', /name the slide with --slide where it has moved$/],
    [web, 'SLIDE_FORBIDDEN', /name it with --slide, signed anew where its address was signed$/],
  ] as const) {
    const error = await t.throwsAsync(openRecorded(readers, { slide } as TableMetadata, { uri }, new AbortController().signal), { code })
    t.regex((error as { readonly hint?: string }).hint ?? '', way)
  }
})
