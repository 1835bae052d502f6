/** A finished TIFF is looked at by another reader before it is published: whole ones pass, damaged ones do not. */

import { readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { openTiff } from '../../../src/codecs/tiff-writer/writer.js'
import { readBackTiff } from '../../../src/sinks/picture/read-back.js'
import { temporary } from '../tables.js'

const size = { width: 700, height: 530 }

async function written(folder: string, big: boolean): Promise<string> {
  const file = path.join(folder, 'x.tif.partial')
  const writer = await openTiff(file, { ...size, samples: { kind: 'bytes', channels: 1 }, compression: 'none', big })
  for (let y = 0; y < size.height; y++) await writer.write(Uint8Array.from({ length: size.width }, (_, x) => x ^ y))
  await writer.finish()
  return file
}

for (const big of [false, true]) {
  test(`${big ? 'BigTIFF' : 'classic'}: whole, then of another size, cut off, or without directories`, async (t) => {
    const file = await written(await temporary(t), big)
    await t.notThrowsAsync(readBackTiff(file, size))
    await t.throwsAsync(readBackTiff(file, { width: 700, height: 531 }), { code: 'OUTPUT_BROKEN', message: /700 x 530 px, not 700 x 531/ })
    const bytes = await readFile(file)
    await truncate(file, bytes.length - 400)
    await t.throwsAsync(readBackTiff(file, size), { code: 'OUTPUT_BROKEN' })
    await writeFile(file, Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(12, 0xee), bytes.subarray(16)]))
    await t.throwsAsync(readBackTiff(file, size), { code: 'OUTPUT_BROKEN' })
  })
}
