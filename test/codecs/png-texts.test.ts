/** PNG files of which the most is text. */

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import test from 'ava'
import { withoutTexts } from '../../src/codecs/png-texts.js'
import { decodePicture, pictureFacts } from '../../src/codecs/sharp.js'
import { tempFolder } from '../support/temp.js'

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

const head = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0])
const pixels = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 255, 254]
const rows = Buffer.from([0, ...pixels.slice(0, 6), 0, ...pixels.slice(6)])
const pngOf = (...texts: readonly Buffer[]) =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    ...texts,
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ])

const note = chunk('tEXt', Buffer.from('Software\0a camera'))
const packed = deflateSync(Buffer.alloc(2_000_000, 'a'), { level: 9 })
const bomb = chunk('zTXt', Buffer.concat([Buffer.from('k\0\0'), packed]))
const xmpOf = (isPacked: 0 | 1) =>
  chunk(
    'iTXt',
    Buffer.concat([Buffer.from(`XML:com.adobe.xmp\0${String.fromCharCode(isPacked)}\0\0\0`, 'latin1'), Buffer.alloc(40_000, ' ')]),
  )
const bombs = Array.from({ length: 20 }, () => bomb)

test('what nobody reads is left out where it is much, before the pixels; their values stay', async (t) => {
  const file = path.join(await tempFolder(t), 'a.png')
  for (const png of [pngOf(note, ...bombs), pngOf(...bombs, note, ...bombs)]) {
    t.deepEqual(Buffer.from((await withoutTexts(png)) as Uint8Array), pngOf())
    await writeFile(file, png)
    t.deepEqual(Buffer.from((await withoutTexts(file)) as Uint8Array), pngOf())
    for (const from of [file, png]) {
      t.is((await pictureFacts(from)).width, 2)
      t.deepEqual([...(await decodePicture(from, 'drop', 100)).data], pixels)
    }
  }
})

test('a pipe in the place of a picture is not waited for', async (t) => {
  const pipe = path.join(await tempFolder(t), 'a.png')
  if (spawnSync('mkfifo', [pipe]).status !== 0) {
    t.log('SKIPPED: there is no mkfifo')
    return t.pass()
  }
  await t.throwsAsync(pictureFacts(pipe), { message: /it is a pipe/ })
})

test('any other picture is what it was', async (t) => {
  for (const bytes of [
    pngOf(note, bomb),
    // XMP as Photoshop writes it, which nothing makes larger: a file of any size is read with it.
    pngOf(xmpOf(0)),
    Buffer.concat([pngOf(), ...bombs]),
    pngOf().subarray(0, 20),
    Buffer.from('\xff\xd8\xff', 'latin1'),
  ])
    t.is(await withoutTexts(bytes), bytes)
  t.deepEqual(Buffer.from((await withoutTexts(pngOf(xmpOf(1)))) as Uint8Array), pngOf())
  await t.throwsAsync(withoutTexts(pngOf(...Array.from({ length: 5000 }, () => note))), { message: /more than 4096 parts/ })
})
