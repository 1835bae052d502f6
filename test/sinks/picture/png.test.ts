import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import test from 'ava'
import { OutputFile } from '../../../src/sinks/common/file.js'
import { pngOut } from '../../../src/sinks/picture/png.js'
import { tempFolder } from '../../support/temp.js'

test('no byte of a PNG follows from how fast the disk takes it', async (t) => {
  const folder = await tempFolder(t)
  const [width, height] = [600, 200]
  const noise = Uint8Array.from({ length: 3 * width }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24)
  const made = async (name: string, wait: number) => {
    const file = await OutputFile.open(path.join(folder, name))
    const { write } = file
    file.write = async (data) => {
      if (wait > 0) await later(wait)
      await write.call(file, data)
    }
    const png = await pngOut(file, { width, height })
    for (let y = 0; y < height; y++) await png.write(noise.map((v, i) => v ^ Math.imul(y + i, 0x85ebca6b)))
    await png.finish()
    return readFile(path.join(folder, name))
  }
  const fast = await made('fast.png', 0)
  t.deepEqual(await made('slow.png', 20), fast)
})
