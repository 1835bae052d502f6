/** Archives that fuzzing found. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { openStateDict } from '../../../src/workshop/convert/state-dict.js'
import { tempFolder } from '../../support/temp.js'

/** An archive whose ZIP64 locator points to `offset`: PK 06 07, disk, offset, disks; then PK 05 06, the end record. */
function locatedAt(offset: bigint): Buffer {
  const locator = Buffer.alloc(20)
  locator.write('PK\x06\x07', 'latin1')
  locator.writeBigUInt64LE(offset, 8)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(60), locator, end])
}

for (const offset of [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n, 2n ** 40n]) {
  test(`a directory at byte ${offset} is an error that can be caught`, async (t) => {
    const file = path.join(await tempFolder(t), 'far.pth')
    await writeFile(file, locatedAt(offset))
    await t.throwsAsync(openStateDict(file), { code: 'WEIGHTS_UNREADABLE', message: /far\.pth/ })
  })
}
