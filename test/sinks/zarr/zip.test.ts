/** A zip whose entries lie beyond 4 GiB, or are more than 65,535: as others read it. The file has holes, so it takes no place. */

import { open } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import yauzl from 'yauzl'
import { openFile } from '../../../src/readers/byte-source.js'
import { filesInZip } from '../../../src/readers/files/zip.js'
import { defaultLimits } from '../../../src/readers/limits.js'
import { crc32, endOf, headOf, lineOf } from '../../../src/sinks/zarr/zip.js'
import { temporary } from '../tables.js'

const bytes = Buffer.from('0123456789')
const far = 2 ** 32 - 1

for (const [what, offsets, more] of [
  ['an entry and its list below 4 GiB', [0, 2 ** 32 - 1000], 0],
  ['an entry at the last place below 4 GiB, its list beyond', [0, far - 1], 0],
  ['an entry at the number that means more', [0, far], 0],
  ['entries far beyond', [0, far + 2, 3 * 2 ** 32], 0],
  ['65,535 entries', [0], 65_534],
  ['70,000 entries', [0], 69_999],
] as const) {
  test(`${what} come back`, async (t) => {
    const file = path.join(await temporary(t), 'x.zip')
    const handle = await open(file, 'w')
    const size = bytes.length
    const entries = offsets.map((offset, i) => ({ name: Buffer.from(`p/${i}`), crc: crc32(bytes), size, offset }))
    for (const entry of entries) await handle.write(Buffer.concat([headOf(entry), bytes]), 0, undefined, entry.offset)
    const others = Array.from({ length: more }, (_, i) => lineOf({ ...entries[0]!, name: Buffer.from(`more/${i}`) }))
    const list = Buffer.concat([...entries.map(lineOf), ...others])
    const at = entries.at(-1)!.offset + headOf(entries.at(-1)!).length + size
    await handle.write(Buffer.concat([list, endOf(entries.length + more, list.length, at)]), 0, undefined, at)
    await handle.close()

    const zip = await yauzl.openPromise(file, { autoClose: false })
    t.is(zip.entryCount, entries.length + more)
    let seen = 0
    for await (const entry of zip.eachEntry()) {
      if (seen++ >= entries.length) break
      t.is(entry.relativeOffsetOfLocalHeader, offsets[seen - 1]!)
      const stream = await zip.openReadStreamPromise(entry)
      t.deepEqual(Buffer.concat(await stream.toArray()), bytes)
    }
    zip.close()

    // The reader of OME-Zarr in a zip, too.
    const source = await openFile(file)
    const files = await filesInZip(source, defaultLimits)
    for (const i of offsets.keys()) t.deepEqual(Buffer.from(await files.read(files.inside(`p/${i}`), 10)), bytes)
    await source.close()
  })
}
