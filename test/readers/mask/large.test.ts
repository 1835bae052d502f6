/** Masks at a slide's own size: more than 8192², of which only outlines are kept. */

import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { maskFromFile } from '../../../src/stages/mask/files.js'
import { memorySlide } from '../../support/memory-slide.js'

const slide = memorySlide({ width: 100, height: 100 })
const large = { ...slide, info: { ...slide.info, width: 10_000, height: 8_000 } }
/** 3 x 2 pixels of it are tissue, in the lower right half. */
const [left, top] = [8_000, 7_000]

async function inFolder(t: ExecutionContext, body: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mask-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await body(path.join(folder, 'mask'))
}

/** `odd`: what is said of it. */
async function check(t: ExecutionContext, file: string, odd = /^$/): Promise<void> {
  const mask = await maskFromFile(file, large, {
    size: { width: 10, height: 10 },
    signal: new AbortController().signal,
    tell: (event) => void t.regex(event.type === 'warning' ? event.message : JSON.stringify(event), odd),
  })
  t.deepEqual([mask.width, mask.height, mask.pixels.total], [10_000, 8_000, 6])
  t.is(mask.pixels.count(left, top, left + 3, top + 2), 6)
  t.is(mask.coverage({ x: left - 1, y: top, width: 4, height: 4 }), 6 / 16)
}

test('a NumPy array of 80 megapixels with holes', async (t) => {
  await inFolder(t, async (at) => {
    const file = await open(at, 'w')
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (8000, 10000), }\n"
    await file.write(Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]), Buffer.from(header)]))
    for (const y of [0, 1]) await file.write(Uint8Array.of(1, 9, 255), 0, 3, 10 + header.length + (top + y) * 10_000 + left)
    await file.truncate(10 + header.length + 80e6)
    await file.close()
    await check(t, at, /its pixels are of the classes 1, 9, 255/)
  })
})

test('a PNG of 1 bit of 80 megapixels', async (t) => {
  await inFolder(t, async (at) => {
    const stride = 1251
    const rows = new Uint8Array(stride * 8_000)
    for (const y of [0, 1]) rows[(top + y) * stride + 1 + left / 8] = 0b1110_0000
    const chunk = (type: string, data: Uint8Array) => {
      const out = Buffer.alloc(data.length + 12)
      out.writeUInt32BE(data.length)
      out.write(type, 4, 'latin1')
      out.set(data, 8)
      out.writeUInt32BE(crc32(out.subarray(4, data.length + 8)), data.length + 8)
      return out
    }
    const head = Buffer.alloc(13)
    head.writeUInt32BE(10_000)
    head.writeUInt32BE(8_000, 4)
    head[8] = 1
    await writeFile(
      at,
      Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        chunk('IHDR', head),
        chunk('IDAT', deflateSync(rows)),
        chunk('IEND', new Uint8Array(0)),
      ]),
    )
    await check(t, at)
  })
})
